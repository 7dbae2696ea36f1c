"""People chat by other ways than Zalo: who they are is said by `chat`, in the column that was for Zalo alone.

Columns, seals and the table of correspondents keep their names in the database, so that the release before reads on.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from geoapp.encrypted import BlindIndex, EncryptedTextField
from geoapp.table_changes import LockTables

CHANGED = ("incidents_follower", "incidents_chatevent", "incidents_notice", "incidents_draft", "incidents_user")


def name_field_anew(model: str, **options: object) -> list:
    """The operations that call the field `zalo` of a model `chat`, for Django only."""
    field = EncryptedTextField(
        max_length=40,
        blank=True,
        db_column="zalo",
        indexed=True,
        sealed_as=f"incidents.{model}.zalo",
        **options,
    )
    return [
        migrations.AlterField(model, "zalo", field),
        migrations.RenameField(model, "zalo", "chat"),
    ]


MEDIA = [
    ("email", "e-mail"),
    ("sms", "SMS"),
    ("zalo", "Zalo"),
    ("messenger", "Messenger"),
    ("webchat", "chat on our pages"),
    ("push", "push message"),
]
CHANNELS = [
    ("web", "Web"),
    ("phone", "Phone"),
    ("open311", "Open311"),
    ("zalo", "Zalo"),
    ("messenger", "Messenger"),
    ("webchat", "Chat on our pages"),
    ("camera", "Camera"),
]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0020_unpublished_ones")]

    operations = [
        LockTables(dict.fromkeys(CHANGED, "ACCESS EXCLUSIVE")),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("report", "reports_by_zalo"),
                *name_field_anew(
                    "report",
                    db_default="",
                    help_text="Where the sender chats with the city, as Correspondent.user: contact data",
                ),
                migrations.AddIndex(
                    "report",
                    models.Index(BlindIndex("chat"), condition=~models.Q(chat=""), name="reports_by_zalo"),
                ),
                *name_field_anew("heldreport"),
                migrations.RemoveConstraint("subjectrequest", "a_request_names_an_address"),
                migrations.RemoveConstraint("subjectrequest", "an_erased_request_says_nothing"),
                *name_field_anew("subjectrequest", help_text="Who asked by chat, as Correspondent.user"),
                migrations.AddConstraint(
                    "subjectrequest",
                    models.CheckConstraint(
                        condition=~models.Q(phone="", email="", chat="") | models.Q(erased_at__isnull=False),
                        name="a_request_names_an_address",
                    ),
                ),
                migrations.AddConstraint(
                    "subjectrequest",
                    models.CheckConstraint(
                        condition=models.Q(erased_at=None)
                        | models.Q(phone="", email="", chat="", note="", outcome="", done_at__isnull=False),
                        name="an_erased_request_says_nothing",
                    ),
                ),
                migrations.AlterModelTable("follower", "incidents_follower"),
                migrations.AlterField(
                    "follower",
                    "user",
                    EncryptedTextField(max_length=40, indexed=True, sealed_as="incidents.follower.user"),
                ),
                migrations.RenameModel("Follower", "Correspondent"),
                migrations.AlterField(
                    "draft",
                    "follower",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft",
                        db_column="follower_id",
                        to="incidents.correspondent",
                    ),
                ),
                migrations.RenameField("draft", "follower", "writer"),
            ]
        ),
        migrations.AddField(
            "correspondent",
            "asked_at",
            models.DateTimeField(null=True, blank=True, help_text="When they asked for a person to answer"),
        ),
        migrations.AddField(
            "correspondent",
            "answered_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="+",
            ),
        ),
        migrations.AddField(
            "correspondent",
            "answered_at",
            models.DateTimeField(null=True, blank=True, help_text="When that person took it over, or wrote last"),
        ),
        migrations.AddIndex(
            "correspondent",
            models.Index(fields=["asked_at"], condition=~models.Q(asked_at=None), name="chats_for_a_person"),
        ),
        migrations.AddConstraint(
            "correspondent",
            models.CheckConstraint(
                condition=models.Q(answered_by=None, answered_at=None)
                | models.Q(asked_at__isnull=False, answered_by__isnull=False, answered_at__isnull=False),
                name="who_answers_was_asked_for",
            ),
        ),
        migrations.AddField(
            "chatevent",
            "words",
            EncryptedTextField(
                blank=True, db_default="", help_text="What was said, for a person who answers; goes with its row"
            ),
        ),
        migrations.AddField(
            "notice",
            "written_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="+",
                db_index=False,
                help_text="Who wrote it, where a person answers in a chat",
            ),
        ),
        migrations.CreateModel(
            "ChatPhoto",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("large", models.BinaryField()),
                ("small", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        "incidents.chatevent", on_delete=django.db.models.deletion.CASCADE, related_name="photos"
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddField(
            "draft",
            "network",
            EncryptedTextField(
                max_length=60, blank=True, db_default="", help_text="From where it was written on our own pages"
            ),
        ),
        migrations.AlterField(
            "draft",
            "where",
            models.CharField(blank=True, max_length=200, help_text="The place in the writer's own words"),
        ),
        migrations.AlterField(
            "block",
            "kind",
            models.CharField(
                choices=[
                    ("address", "network"),
                    ("phone", "phone number"),
                    ("email", "e-mail address"),
                    ("zalo", "account of the chat"),
                    ("key", "key of another system"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField("report", "channel", models.CharField(choices=CHANNELS, max_length=10)),
        migrations.AlterField("heldreport", "channel", models.CharField(choices=CHANNELS, max_length=10)),
        migrations.AlterField("notice", "medium", models.CharField(choices=MEDIA, default="email", max_length=10)),
        migrations.AlterField("messagetemplate", "medium", models.CharField(choices=MEDIA, max_length=10)),
        migrations.AlterField("optout", "medium", models.CharField(choices=MEDIA, max_length=10)),
        migrations.AlterField("confirmation", "medium", models.CharField(choices=MEDIA, max_length=10)),
    ]
