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
                    ("desk", "contact details at the desk"),
                    ("link", "contact details by a unit's link"),
                    ("message", "address of a message"),
                    ("request", "at the request of the person"),
                    ("data", "exported as a file"),
                    ("held", "report waiting for review"),
                    ("back", "call to be returned"),
                    ("call", "reports of a number that called"),
                    ("lookup", "reports of a number that was entered"),
                    ("mail", "e-mail waiting for a person"),
                    ("enquiry", "question, thanks or complaint"),
                    ("own", "by its sender, with a code"),
                    ("shown", "report that is not public"),
                    ("chat", "conversation in a chat"),
                ],
                max_length=8,
            ),
        ),
    ]
