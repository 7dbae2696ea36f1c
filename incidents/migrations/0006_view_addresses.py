"""A line of the register of looks says by which page or file something was shown."""

from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0005_wrong_codes"),
    ]

    operations = [
        LockTables({"incidents_personaldataview": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="personaldataview",
            name="address",
            field=models.CharField(
                db_default="",
                default="",
                help_text="The page or file by which it was shown, without tokens",
                max_length=200,
            ),
        ),
        migrations.AlterField(
            model_name="personaldataview",
            name="how",
            field=models.CharField(
                choices=[
                    ("desk", "contact at the desk"),
                    ("link", "contact by a unit's link"),
                    ("message", "address of a message"),
                    ("request", "for a request of the person"),
                    ("data", "handed out as a file"),
                    ("held", "report that waits for a look"),
                    ("back", "call that is to be called back"),
                    ("call", "reports of a number that called"),
                    ("lookup", "reports of a number that was typed"),
                    ("mail", "e-mail that waits for a person"),
                    ("enquiry", "question, thanks or complaint"),
                    ("own", "by its sender, with a code"),
                    ("shown", "report that is not public"),
                    ("chat", "conversation in a chat"),
                ],
                max_length=8,
            ),
        ),
    ]
