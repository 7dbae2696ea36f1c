"""More kinds of lines in the ledger of accounts: opened, changed, locked, unlocked, signed out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_prompt")]
    operations = [
        migrations.AlterField(
            model_name="accountline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("given", "assigned the post"),
                    ("asked", "assigned the post, waiting for approval"),
                    ("confirmed", "approved the post"),
                    ("refused", "refused the post"),
                    ("ended", "ended the post"),
                    ("lost", "asked to replace a lost second factor"),
                    ("replaced", "approved: the second factors were removed"),
                    ("kept", "refused to replace the second factor"),
                    ("factor", "added a second factor"),
                    ("removed", "removed a second factor"),
                    ("password", "set the password"),
                    ("linked", "linked with the city account"),
                    ("opened", "created the account"),
                    ("changed", "changed the account"),
                    ("locked", "locked the account"),
                    ("unlocked", "unlocked the account"),
                    ("signed_out", "signed the person out everywhere"),
                ],
                max_length=10,
            ),
        )
    ]
