"""Whether a unit answers by official letters, and what stands on them."""

from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0049_follows")]

    operations = [
        LockTables({"incidents_authority": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="authority",
            name="letter_head",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="Lines that stand on a letter beside the unit's name, as the law wants them",
                max_length=300,
                verbose_name="head of its letters",
            ),
        ),
        migrations.AddField(
            model_name="authority",
            name="letter_signature",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="Lines with which a letter ends. Empty: the unit's name",
                max_length=300,
                verbose_name="signature of its letters",
            ),
        ),
        migrations.AddField(
            model_name="authority",
            name="letters",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text=(
                    "What it answers has the form of an official letter: on the private page, by e-mail and on paper"
                ),
                verbose_name="answers by official letter",
            ),
        ),
    ]
