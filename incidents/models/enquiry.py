"""Enquiries: questions, thanks and complaints about staff. They have no place, and only their sender and those who
answer see them.
"""

import hashlib
import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedEmailField, EncryptedTextField, with_whole_value
from incidents.models.answers import Answer
from incidents.models.browsers import Browser
from incidents.models.catalogue import TARGET
from incidents.models.incident import SHORT_TOKEN, Incident, Report
from incidents.models.people import ApiKey, Authority, User


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def open(self) -> "EnquiryQuerySet":
        return self.filter(state__in=Enquiry.OPEN)

    def waiting(self) -> "EnquiryQuerySet":
        return self.open().order_by("due_at", "pk")

    def held_back(self) -> "EnquiryQuerySet":
        return self.filter(state=Enquiry.State.HELD).order_by("received_at", "pk")

    def done(self) -> "EnquiryQuerySet":
        return self.filter(state__in=Enquiry.ENDED).order_by("-closed_at", "-pk")

    def late(self, at: datetime | None = None) -> "EnquiryQuerySet":
        return self.open().filter(due_at__lt=at or now())

    def with_link(self, token: str) -> "EnquiryQuerySet":
        return with_whole_value(self.filter(erased_at=None), "token", token)

    def with_pages(self) -> "EnquiryQuerySet":
        return self.select_related("authority").defer("text", "token", "phone", "email", "chat", "sender_id")


class Enquiry(models.Model):
    """A question, thanks, or a complaint about staff or a unit."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        THANKS = "thanks", _("Thanks")
        COMPLAINT = "complaint", _("Complaint about staff or a unit")

    class State(models.TextChoices):
        HELD = "held", _("Being checked")
        RECEIVED = "received", _("Received")
        PASSED_ON = "passed_on", _("With the unit")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")
        INCIDENT = "incident", _("Became an incident")
        REFUSED = "refused", _("Not accepted")

    OPEN = (State.RECEIVED, State.PASSED_ON)
    ENDED = (State.ANSWERED, State.CLOSED, State.INCIDENT, State.REFUSED)

    reference = models.CharField(max_length=20, unique=True, help_text="H2611-40874")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    channel = models.CharField(max_length=10, choices=Report.Channel)
    sender_id = EncryptedTextField(blank=True, help_text="What its sender, or their system, calls it")
    # Idempotency key set by the sender: a form sent twice is one enquiry.
    sending = models.UUIDField(default=uuid.uuid4, unique=True)
    token = EncryptedTextField(
        max_length=43, indexed=True, index_chars=SHORT_TOKEN, default=secrets.token_urlsafe,
        help_text="The private link to follow it",
    )  # fmt: skip
    text = EncryptedTextField(blank=True)
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    email = EncryptedEmailField(blank=True, indexed=True)
    chat = EncryptedTextField(max_length=40, blank=True, indexed=True, help_text="As Correspondent.user")
    phone_confirmed_at = models.DateTimeField(null=True, blank=True)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=5, default="vi")
    notice_version = models.CharField(max_length=10, blank=True)
    received_at = models.DateTimeField(default=now)
    target = models.CharField(max_length=8, help_text="How much time there is for an answer")
    due_at = models.DateTimeField()
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="enquiries", help_text="Which has it now")
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, blank=True, related_name="+", help_text="Which it became"
    )
    answer_page = models.ForeignKey(
        Answer, models.PROTECT, null=True, blank=True, related_name="enquiries", help_text="The page that answered it"
    )
    public_agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its sender agreed that it becomes a public question"
    )
    # Of a stranger: reasons for moderation, and the addresses that can be blocked.
    reasons = models.JSONField(default=list, blank=True, help_text="Values of HeldReport.Reason")
    network = models.CharField(max_length=45, blank=True)
    key = models.ForeignKey(ApiKey, models.PROTECT, null=True, blank=True, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When it was told that it is late")
    closed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When all that was written in it was erased")

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "enquiries"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["received", "passed_on"]), name="open_enquiries"),
            models.Index(fields=["closed_at"], condition=~Q(closed_at=None), name="ended_enquiries"),
            models.Index(fields=["received_at"], name="enquiries_by_day"),
            models.Index(BlindIndex("phone"), condition=~Q(phone=""), name="enquiries_by_phone"),
            models.Index(BlindIndex("email"), condition=~Q(email=""), name="enquiries_by_email"),
            models.Index(BlindIndex("chat"), condition=~Q(chat=""), name="enquiries_by_chat"),
        ]
        constraints = [
            models.UniqueConstraint(BlindIndex("token"), condition=~Q(token=""), name="a_link_leads_to_one_enquiry"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False, state__in=["answered", "closed", "incident", "refused"])
                | Q(closed_at=None, state__in=["held", "received", "passed_on"]),
                name="a_settled_enquiry_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="incident", incident__isnull=False) | ~Q(state="incident") & Q(incident=None),
                name="an_enquiry_names_what_it_became",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("received_at")), name="an_enquiry_is_due_later"),
            models.CheckConstraint(
                condition=Q(public_agreed_at=None) | Q(kind="question"), name="only_a_question_becomes_public"
            ),
            models.CheckConstraint(
                condition=Q(answer_page=None) | Q(kind="question"), name="a_page_answers_only_questions"
            ),
        ]

    def __str__(self):
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_at < now()

    def write_line(
        self, kind: str, *, by: User | None = None, note: str = "", at: datetime | None = None
    ) -> "EnquiryLine":
        """Add a line with a note to the history, in the caller's transaction; `at`: now by default."""
        written = EnquiryNote(text=note) if note else None
        line = EnquiryLine(enquiry=self, kind=kind, state=self.state, by=by, authority=self.authority, at=at or now())
        line.note_digest = written.digest() if written else b""
        line.save(force_insert=True)
        if written:
            written.line = line
            written.save(force_insert=True)
        return line

    @property
    def has_contact(self) -> bool:
        return bool(self.phone or self.email or self.chat)


class EnquiryTerm(models.Model):
    """Time to answer an enquiry of a kind. Data of the city's pack (enquiries.csv)."""

    kind = models.CharField(max_length=10, choices=Enquiry.Kind, unique=True, verbose_name=_("kind"))
    answer_within = models.CharField(
        max_length=8, help_text=_("48h, 5wd (working days) …"), verbose_name=_("answer within")
    )

    class Meta:
        ordering = ["kind"]
        verbose_name = _("time to answer an enquiry")
        verbose_name_plural = _("times to answer enquiries")
        constraints = [models.CheckConstraint(condition=Q(answer_within__regex=TARGET), name="an_enquiry_has_a_term")]

    def __str__(self):
        return self.get_kind_display()


class EnquiryLine(models.Model):
    """An append-only line of an enquiry's history. Its text is an EnquiryNote."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")
        HELD = "held", _("Being checked")
        LET_THROUGH = "let_through", _("Release")
        REFUSED = "refused", _("Not accepted")
        PASSED_ON = "passed_on", _("Passed on")
        GIVEN_BACK = "given_back", _("Returned")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")
        INCIDENT = "incident", _("Became an incident")
        REMINDED = "reminded", _("Reminded")
        VIEWED = "viewed", _("Contact details viewed")
        ERASED = "erased", _("Personal data were erased")
        AGREED = "agreed", _("The sender agreed to publication")
        REVOKED = "revoked", _("The sender no longer agrees to publication")
        PUBLISHED = "published", _("Published as a question and answer")
        WITHDRAWN = "withdrawn", _("The public question was withdrawn")

    # Kinds of lines that the sender reads.
    TOLD = (
        Kind.RECEIVED, Kind.REFUSED, Kind.PASSED_ON, Kind.ANSWERED, Kind.CLOSED, Kind.INCIDENT, Kind.AGREED,
        Kind.REVOKED, Kind.PUBLISHED, Kind.WITHDRAWN,
    )  # fmt: skip

    enquiry = models.ForeignKey(Enquiry, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=10, choices=Enquiry.State, help_text="The enquiry's state after this")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", help_text="The unit that has it after this"
    )

    note_digest = models.BinaryField(default=b"", help_text="Of what was written with it: see EnquiryNote.digest")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.enquiry} {self.kind}"


class EnquiryNote(models.Model):
    """Text of a line: the line holds its digest, so the text can be deleted when personal data is erased."""

    line = models.OneToOneField(EnquiryLine, models.PROTECT, primary_key=True, related_name="note")
    text = EncryptedTextField()
    salt = models.UUIDField(default=uuid.uuid4, help_text="Drawn by chance, and deleted with it")

    def __str__(self):
        return str(self.line)

    def digest(self) -> bytes:
        """SHA-256 of salt and text: the salt prevents guessing short texts."""
        return hashlib.sha256(self.salt.bytes + self.text.encode()).digest()

    @property
    def is_as_written(self) -> bool:
        return bytes(self.line.note_digest) == self.digest()


class KeptEnquiry(models.Model):
    """An enquiry among the own ones of the browser that sent it."""

    browser = models.ForeignKey(Browser, models.CASCADE, related_name="kept_enquiries")
    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="kept_in")
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["browser", "enquiry"], name="a_browser_keeps_an_enquiry_once")]

    def __str__(self):
        return f"{self.browser_id}: {self.enquiry_id}"
