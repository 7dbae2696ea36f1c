"""Questions that no page answers, in groups; votes on pages and supports of ideas are found by their day."""

import django.db.models.deletion
from django.db import migrations, models

import geoapp.crypto.fields
from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0043_planned_works"),
    ]

    operations = [
        LockTables(
            {
                "incidents_enquiry": "SHARE ROW EXCLUSIVE",
                "incidents_answervote": "SHARE",
                "incidents_ideasupport": "SHARE",
            }
        ),
        migrations.CreateModel(
            name="UnansweredQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "text",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Without what is personal", max_length=160
                    ),
                ),
                (
                    "enquiry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.enquiry"
                    ),
                ),
                (
                    "newest",
                    models.ForeignKey(
                        help_text="Of those that ask the same",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.enquiry",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="answervote",
            index=models.Index(fields=["at"], name="votes_by_day"),
        ),
        migrations.AddIndex(
            model_name="ideasupport",
            index=models.Index(fields=["at"], name="supports_by_day"),
        ),
    ]
