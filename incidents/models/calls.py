"""Call-backs by operators, recordings, and calls answered by a machine."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedTextField
from incidents.models.incident import Incident, Report


def new_call_key() -> str:
    return secrets.token_hex(16)


class Recording(models.Model):
    """A recording at a telephone system: fetched once, private, deleted after its retention period.

    It may be reported before or after its call-back.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("to be fetched")
        KEPT = "kept", _("saved")
        REFUSED = "refused", _("cannot be saved")
        DELETED = "deleted", _("deleted")

    source = models.CharField(max_length=40, help_text="The telephone system, as its hook's address names it")
    call_id = models.CharField(max_length=100)
    url = EncryptedTextField(max_length=2000, blank=True, help_text="Where it lies there, until it is fetched")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file as the system told it, in hex")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    told_at = models.DateTimeField(default=now)
    fetched_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=200, blank=True, help_text="Why it cannot be kept")
    file = models.FileField(upload_to="recordings/%Y/%m/", blank=True)
    kind = models.CharField(max_length=20, blank=True, help_text="Of the file: audio/wav …, as its first bytes say")
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the file")
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="As the telephone system told")

    class Meta:
        indexes = [
            models.Index(fields=["told_at"], condition=~Q(state="deleted"), name="recordings_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "call_id"], name="a_call_has_one_recording"),
            models.CheckConstraint(
                condition=Q(state="kept", url="", fetched_at__isnull=False) & ~Q(file="") & ~Q(kind="")
                | ~Q(state="kept") & Q(file=""),
                name="a_kept_recording_has_its_file",
            ),
        ]

    def __str__(self):
        return f"{self.source} {self.call_id} {self.state}"

    @property
    def is_kept(self) -> bool:
        return self.state == self.State.KEPT


class VoiceCall(models.Model):
    """State of a call answered by a machine. Deleted with all that was said (privacy.KEEP_CHAT)."""

    source = models.CharField(max_length=40, help_text="The telephone system, as its hook's address names it")
    call_id = models.CharField(max_length=100)
    key = models.CharField(max_length=32, unique=True, default=new_call_key, help_text="Of its Correspondent")
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True, help_text="Empty: the caller hid it")
    language = models.CharField(max_length=5, default="vi")
    words = EncryptedTextField(blank=True, help_text="What was said so far, as far as it was understood")
    urgent = models.BooleanField(default=False)
    turns = models.PositiveSmallIntegerField(default=0, help_text="How often it was answered")
    silences = models.PositiveSmallIntegerField(default=0, help_text="How often nothing was heard, lately")
    unclear = models.PositiveSmallIntegerField(default=0, help_text="How often it was not understood, lately")
    transferred = models.BooleanField(default=False)
    began_at = models.DateTimeField(default=now)
    heard_at = models.DateTimeField(default=now, help_text="When its last event came")
    said_at = models.DateTimeField(null=True, blank=True, help_text="When what was answered last was said")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField(max_length=20, blank=True, help_text="Of the incident of its report")

    class Meta:
        indexes = [
            models.Index(fields=["heard_at"], name="calls_by_age"),
            models.Index(fields=["heard_at"], condition=Q(ended_at=None), name="calls_that_go_on"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "call_id"], name="a_call_is_known_once")]

    def __str__(self):
        return f"{self.source} {self.call_id}"

    @property
    def user(self) -> str:
        return f"{Report.Channel.VOICE}:{self.key}"


class VoiceTurn(models.Model):
    """A raw event of a call with its answer: a repeated event gets the same answer."""

    call = models.ForeignKey(VoiceCall, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=12)
    body = EncryptedTextField(help_text="As received")
    at = models.DateTimeField(help_text="When it happened, as the telephone system says")
    came_at = models.DateTimeField(default=now)
    answer = EncryptedTextField(blank=True, help_text="As JSON")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "event_id"], name="an_event_of_a_call_is_answered_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="what_is_answered_says_when",
            ),
        ]

    def __str__(self):
        return f"{self.event_id} {self.kind}"


class CallBackQuerySet(models.QuerySet["CallBack"]):
    def waiting(self) -> "CallBackQuerySet":
        return self.filter(done_at=None).order_by("-urgent", "due_at", "pk")

    def free(self) -> "CallBackQuerySet":
        return self.filter(taken_by=None)

    def overdue(self) -> "CallBackQuerySet":
        return self.filter(done_at=None, due_at__lt=now())

    def with_pages(self) -> "CallBackQuerySet":
        return self.select_related("recording", "taken_by", "incident__category", "report__incident")


class CallBack(models.Model):
    """A promise that an operator calls somebody back."""

    class Reason(models.TextChoices):
        UNCLEAR = "unclear", _("not understood")
        SILENT = "silent", _("said nothing")
        PERSON = "person", _("wants to speak to a person")
        CUT = "cut", _("the call ended early")
        FAULT = "fault", _("the telephone system failed")
        PROMISED = "promised", _("promised by the hotline")

    class Outcome(models.TextChoices):
        REPORTED = "reported", _("a report was created")
        ANSWERED = "answered", _("answered")
        UNREACHED = "unreached", _("nobody could be reached")
        NOTHING = "nothing", _("nothing to do")

    source = models.CharField(max_length=40, blank=True, help_text="The telephone system; empty: the hotline itself")
    call_id = models.CharField(max_length=100, blank=True, help_text="Of the call there")
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True, help_text="Empty: the caller hid it")
    language = models.CharField(max_length=5, default="vi")
    words = EncryptedTextField(blank=True, help_text="What was said, as far as it was understood")
    reason = models.CharField(max_length=10, choices=Reason)
    urgent = models.BooleanField(default=False, help_text="The words say that somebody may be in danger")
    recording = models.OneToOneField(
        Recording, models.PROTECT, null=True, blank=True, related_name="call_back", help_text="Of that call"
    )
    asked_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(help_text="By when the person is called back")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often nobody answered")
    tried_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    note = EncryptedTextField(blank=True, help_text="What came of it, in the words of who called")
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="call_backs")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="call_backs")
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-urgent", "due_at"], condition=Q(done_at=None), name="call_backs_that_wait"),
            models.Index(fields=["done_by", "done_at"], condition=~Q(done_at=None), name="call_backs_of_a_person"),
            models.Index(BlindIndex("phone"), condition=~Q(phone=""), name="call_backs_by_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "call_id"], condition=~Q(call_id=""), name="a_call_is_called_back_once"
            ),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None) | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="who_takes_a_call_back_says_when",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, outcome="")
                | Q(done_at__isnull=False, outcome__in=["reported", "answered", "unreached", "nothing"]),
                name="a_call_back_that_is_done_says_what_came",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="reported") | Q(report__isnull=False), name="what_was_reported_has_its_report"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(phone="", words="", note="", done_at__isnull=False),
                name="an_erased_call_back_says_nothing",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.reason}"
