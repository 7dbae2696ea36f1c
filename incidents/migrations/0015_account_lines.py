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
                    ("given", "gave the post"),
                    ("asked", "gave the post, which waits for a second yes"),
                    ("confirmed", "said yes to the post"),
                    ("refused", "refused the post"),
                    ("ended", "ended the post"),
                    ("lost", "asked to replace a lost second factor"),
                    ("replaced", "said yes: the second factors were taken away"),
                    ("kept", "refused to replace the second factor"),
                    ("factor", "added a second factor"),
                    ("removed", "removed a second factor"),
                    ("password", "set the password"),
                    ("linked", "linked with the city account"),
                    ("opened", "opened the account"),
                    ("changed", "changed the account"),
                    ("locked", "locked the account"),
                    ("unlocked", "unlocked the account"),
                    ("signed_out", "signed the person out everywhere"),
                ],
                max_length=10,
            ),
        )
    ]
