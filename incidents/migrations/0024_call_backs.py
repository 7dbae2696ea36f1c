"""Calls that somebody is to answer by calling back, what was recorded of calls, and who looked at them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.encrypted import BlindIndex, EncryptedTextField
from geoapp.table_changes import LockTables

NAMED = ("incidents_user", "incidents_incident", "incidents_report", "incidents_personaldataview")
STATES = [("waiting", "to be fetched"), ("kept", "kept"), ("refused", "cannot be kept"), ("deleted", "deleted")]
REASONS = [
    ("unclear", "not understood"),
    ("silent", "said nothing"),
    ("person", "wants to speak with a person"),
    ("cut", "the call ended before all was said"),
    ("fault", "the telephone system failed"),
    ("promised", "promised by the hotline"),
]
OUTCOMES = [
    ("reported", "a report was made"),
    ("answered", "answered"),
    ("unreached", "nobody could be reached"),
    ("nothing", "nothing to do"),
]
VIEWS = [
    ("desk", "contact at the desk"),
    ("link", "contact by a unit's link"),
    ("message", "address of a message"),
    ("request", "for a request of the person"),
    ("data", "handed out as a file"),
    ("held", "report that waits for a look"),
    ("back", "call that is to be called back"),
]


def person() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0023_browsers")]

    operations = [
        LockTables(dict.fromkeys(NAMED, "ACCESS EXCLUSIVE")),
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(max_length=40, help_text="The telephone system, as its hook's address names it"),
                ),
                ("call_id", models.CharField(max_length=100)),
                (
                    "url",
                    EncryptedTextField(
                        blank=True, help_text="Where it lies there, until it is fetched", max_length=2000
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="SHA-256 of the file as the system told it, in hex", max_length=64
                    ),
                ),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=10)),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                ("fault", models.CharField(blank=True, help_text="Why it cannot be kept", max_length=200)),
                ("file", models.FileField(blank=True, upload_to="recordings/%Y/%m/")),
                (
                    "kind",
                    models.CharField(
                        blank=True, help_text="Of the file: audio/wav …, as its first bytes say", max_length=20
                    ),
                ),
                ("size", models.PositiveIntegerField(default=0, help_text="Bytes of the file")),
                (
                    "seconds",
                    models.PositiveIntegerField(blank=True, help_text="As the telephone system told", null=True),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=~models.Q(state="deleted"), fields=["told_at"], name="recordings_by_age")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "call_id"), name="a_call_has_one_recording"),
                    models.CheckConstraint(
                        condition=models.Q(state="kept", url="", fetched_at__isnull=False)
                        & ~models.Q(file="")
                        & ~models.Q(kind="")
                        | ~models.Q(state="kept") & models.Q(file=""),
                        name="a_kept_recording_has_its_file",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="The telephone system; empty: the hotline itself", max_length=40
                    ),
                ),
                ("call_id", models.CharField(blank=True, help_text="Of the call there", max_length=100)),
                (
                    "phone",
                    EncryptedTextField(blank=True, help_text="Empty: the caller hid it", indexed=True, max_length=20),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "words",
                    EncryptedTextField(blank=True, help_text="What was said, as far as it was understood"),
                ),
                ("reason", models.CharField(choices=REASONS, max_length=10)),
                (
                    "urgent",
                    models.BooleanField(default=False, help_text="The words say that somebody may be in danger"),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(help_text="By when the person is called back")),
                ("tries", models.PositiveSmallIntegerField(default=0, help_text="How often nobody answered")),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, choices=OUTCOMES, max_length=10)),
                (
                    "note",
                    EncryptedTextField(blank=True, help_text="What came of it, in the words of who called"),
                ),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recording",
                    models.OneToOneField(
                        blank=True,
                        help_text="Of that call",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_back",
                        to="incidents.recording",
                    ),
                ),
                ("taken_by", person()),
                ("done_by", person()),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="incidents.report",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(done_at=None), fields=["-urgent", "due_at"], name="call_backs_that_wait"
                    ),
                    models.Index(
                        condition=~models.Q(done_at=None), fields=["done_by", "done_at"], name="call_backs_of_a_person"
                    ),
                    models.Index(BlindIndex("phone"), condition=~models.Q(phone=""), name="call_backs_by_phone"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=~models.Q(call_id=""), fields=("source", "call_id"), name="a_call_is_called_back_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(taken_by=None, taken_at=None)
                        | models.Q(taken_by__isnull=False, taken_at__isnull=False),
                        name="who_takes_a_call_back_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(done_at=None, done_by=None, outcome="")
                        | models.Q(done_at__isnull=False, outcome__in=["reported", "answered", "unreached", "nothing"]),
                        name="a_call_back_that_is_done_says_what_came",
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(outcome="reported") | models.Q(report__isnull=False),
                        name="what_was_reported_has_its_report",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(erased_at=None)
                        | models.Q(phone="", words="", note="", done_at__isnull=False),
                        name="an_erased_call_back_says_nothing",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="personaldataview",
            name="call_back",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="views",
                to="incidents.callback",
            ),
        ),
        migrations.AlterField(
            model_name="personaldataview", name="how", field=models.CharField(choices=VIEWS, max_length=8)
        ),
    ]
