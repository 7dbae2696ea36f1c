"""Matters ask questions; reports keep the answers, and where photos of theirs are still to be fetched."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from geoapp.encrypted import EncryptedListField, EncryptedTextField
from geoapp.table_changes import LockTables
from incidents import sql

CHANNELS = [
    ("web", "Web"),
    ("phone", "Phone"),
    ("open311", "Open311"),
    ("zalo", "Zalo"),
    ("messenger", "Messenger"),
    ("webchat", "Chat on our pages"),
    ("camera", "Camera"),
    ("api", "Another system"),
]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0024_call_backs")]

    operations = [
        LockTables(
            {
                "incidents_category": "SHARE ROW EXCLUSIVE",
                "incidents_report": "ACCESS EXCLUSIVE",
                "incidents_heldreport": "ACCESS EXCLUSIVE",
                "incidents_draft": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            "Question",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "datatype",
                    models.CharField(
                        choices=[
                            ("string", "a line"),
                            ("text", "several lines"),
                            ("number", "a number"),
                            ("datetime", "a day and time"),
                            ("singlevaluelist", "one of several"),
                            ("multivaluelist", "some of several"),
                            ("note", "shown, not asked"),
                        ],
                        max_length=20,
                    ),
                ),
                ("required", models.BooleanField(default=False, help_text="On forms, and for other systems")),
                (
                    "personal",
                    models.BooleanField(default=False, help_text="Its answers are shown with the contact only"),
                ),
                ("text", models.CharField(max_length=200)),
                ("text_en", models.CharField(blank=True, max_length=200)),
                ("hint", models.CharField(blank=True, max_length=200)),
                ("hint_en", models.CharField(blank=True, max_length=200)),
                (
                    "choices",
                    models.JSONField(blank=True, default=list, help_text='[{"key": "deep", "vi": "…", "en": "…"}]'),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="incidents.category"
                    ),
                ),
            ],
            options={"ordering": ["position", "pk"]},
        ),
        migrations.AddConstraint(
            "question",
            models.UniqueConstraint(fields=["category", "code"], name="a_question_of_a_category_is_asked_once"),
        ),
        migrations.AddConstraint(
            "question",
            models.CheckConstraint(
                condition=~models.Q(datatype="note") | models.Q(required=False), name="no_note_wants_an_answer"
            ),
        ),
        migrations.RunSQL(sql.statement("guards/question_edits"), migrations.RunSQL.noop),
        migrations.AddField(
            "report",
            "answers",
            EncryptedListField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Those to the questions of its category",
            ),
        ),
        migrations.AddField("heldreport", "answers", EncryptedListField(blank=True, db_default=[], default=list)),
        migrations.AddField(
            "heldreport",
            "media_urls",
            EncryptedListField(blank=True, db_default=[], default=list, help_text="Where photos of it lie"),
        ),
        migrations.AddField(
            "draft",
            "answers",
            EncryptedListField(
                blank=True,
                db_default=[],
                default=list,
                help_text='[["pole", ["A12"]], …]: code of the question, values',
            ),
        ),
        migrations.AlterField("report", "channel", models.CharField(choices=CHANNELS, max_length=10)),
        migrations.AlterField("heldreport", "channel", models.CharField(choices=CHANNELS, max_length=10)),
        migrations.CreateModel(
            "RemotePhoto",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", EncryptedTextField(max_length=2000)),
                ("public", models.BooleanField(default=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.report"
                    ),
                ),
            ],
        ),
    ]
