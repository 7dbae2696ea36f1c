"""Heads are signed and anchored; what the service may not do by itself is done by functions of the owner.

Notes that were erased before get the line that says so.
"""

from django.db import migrations, models

from incidents import sql

GUARDS = ("history", "states", "publishing", "units", "rule_edits", "personal_views", "heads", "earlier_erasures")
HEADS = ("historyhead", "accountshead", "personaldataviewhead")
ADDED = {
    "key": lambda: models.BinaryField(editable=False, help_text="The public key of the signature", null=True),
    "mailed_at": lambda: models.DateTimeField(editable=False, help_text="When it was sent to other offices", null=True),
    "signature": lambda: models.BinaryField(editable=False, help_text="Ed25519 over `signed_bytes`", null=True),
    "stamped_at": lambda: models.DateTimeField(
        editable=False, help_text="The moment that the time stamp says", null=True
    ),
    "timestamp": lambda: models.BinaryField(
        editable=False, help_text="The answer of an RFC 3161 authority, DER", null=True
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0007_personal_data_views"),
    ]

    operations = [
        *(
            migrations.AddField(model_name=model, name=name, field=field())
            for model in HEADS
            for name, field in ADDED.items()
        ),
        *(migrations.RunSQL(sql.statement(f"guards/{name}")) for name in GUARDS),
    ]
