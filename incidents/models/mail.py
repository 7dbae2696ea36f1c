"""Incoming e-mails until they are settled, and addresses that bounce."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedBytesField, EncryptedEmailField, EncryptedTextField
from incidents.models.enquiry import Enquiry
from incidents.models.incident import Report
from incidents.models.moderation import HeldReport
from incidents.models.notices import Medium, Notice


class StoredMailQuerySet(models.QuerySet["StoredMail"]):
    def for_a_person(self) -> "StoredMailQuerySet":
        return self.filter(state=StoredMail.State.FOR_PERSON).order_by("came_at", "pk")


class StoredMail(models.Model):
    """An incoming e-mail. Its content is deleted some days after it is settled; its digest stays to detect repeats."""

    # Not stored: whether the sender's mailbox is proven while the mail is settled.
    sender_is_proven = False

    class State(models.TextChoices):
        WAITING = "waiting", _("not read yet")
        REPORT = "report", _("became a report")
        HELD = "held", _("became a report that is being checked")
        ENQUIRY = "enquiry", _("became a question, thanks or a complaint")
        ASKED = "asked", _("asked for more")
        ANSWERED = "answered", _("answered with the state of its number")
        REPLY = "reply", _("was added to its incident")
        FOR_PERSON = "person", _("waiting for a person")
        SETTLED = "settled", _("settled by a person")
        DROPPED = "dropped", _("automatic e-mail")

    class Why(models.TextChoices):
        """Why a person has to look, or why it was dropped."""

        UNREADABLE = "unreadable", _("it cannot be parsed")
        TOO_LARGE = "too_large", _("too large: only its beginning is here")
        NO_SENDER = "no_sender", _("it has no sender who can be answered")
        NO_WORDS = "no_words", _("it has no text")
        NOT_UNDERSTOOD = "not_understood", _("after one question it is still not clear where or what it is")
        ASKS_PERSON = "asks_person", _("its sender asks for a person")
        DANGER = "danger", _("someone may be in danger, and the location is not clear")
        MANY = "many", _("too many e-mails from this sender")
        CIRCULAR = "circular", _("sent to very many people at once")
        STAFF = "staff", _("a reply to an e-mail for staff")
        FOLLOWS = "follows", _("a reply to what is already waiting")
        REFUSED = "refused", _("its report was not accepted")
        FAILED = "failed", _("reading it failed several times")
        AGAIN = "again", _("the same text from the same sender as before")
        LOOP = "loop", _("one of our own e-mails that came back")
        BOUNCE = "bounce", _("says that an e-mail was not delivered")
        RECEIPT = "receipt", _("a read receipt")
        COMPLAINT = "complaint", _("a complaint about an e-mail")
        LIST = "list", _("from a list")
        AUTOMATIC = "automatic", _("an automatic reply")
        BLOCKED = "blocked", _("its sender is blocked")
        ERASED = "erased", _("erased at the sender's request, or because its time limit was reached")

    digest = models.CharField(max_length=64, unique=True, help_text="Of sender and Message-ID: the same again is known")
    way = models.CharField(max_length=10, help_text="imap, lmtp")
    raw = EncryptedBytesField(blank=True, help_text="As received")
    cut = models.BooleanField(default=False, help_text="It is larger, and only its beginning was kept")
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes, as it came")
    null_sender = models.BooleanField(default=False, help_text="The envelope names nobody to whom an answer goes")
    recipients = EncryptedTextField(blank=True, help_text="Addresses of ours on the envelope")
    sender = EncryptedEmailField(blank=True, indexed=True)
    name = EncryptedTextField(blank=True, help_text="The sender's, as it stands there")
    message_id = EncryptedTextField(blank=True)
    subject = EncryptedTextField(blank=True)
    words = EncryptedTextField(blank=True, help_text="What its writer wrote, as it was read")
    words_digest = models.CharField(max_length=64, blank=True, help_text="Of what it says")
    left_out = models.PositiveSmallIntegerField(default=0, help_text="Attachments that are no photos")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(max_length=20, choices=Why, blank=True)
    language = models.CharField(max_length=5, default="vi")
    report = models.ForeignKey(Report, models.SET_NULL, null=True, blank=True, related_name="mails")
    held = models.ForeignKey(HeldReport, models.SET_NULL, null=True, blank=True, related_name="mails")
    enquiry = models.ForeignKey(Enquiry, models.SET_NULL, null=True, blank=True, related_name="mails")
    about = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followed_by", help_text="The mail that it follows"
    )
    answer = models.ForeignKey(
        Notice, models.SET_NULL, null=True, blank=True, related_name="answered_mails", help_text="What was answered"
    )
    at = models.DateTimeField(default=now, help_text="When it was written, as it says")
    came_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = StoredMailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["came_at"], condition=Q(state="person"), name="mails_for_a_person"),
            models.Index(fields=["came_at"], name="mails_by_age"),
            models.Index(BlindIndex("sender"), F("came_at").desc(), name="mails_by_sender"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", taken_at=None) | (~Q(state="waiting") & Q(taken_at__isnull=False)),
                name="a_mail_waits_until_it_is_taken",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="a_settled_mail_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.state}"


class Mailbox(models.Model):
    """Position in an IMAP folder: `last_uid` is valid for this `uid_validity` only."""

    name = models.CharField(max_length=300, unique=True, help_text="Server, user and folder, as a digest")
    uid_validity = models.PositiveBigIntegerField(default=0)
    last_uid = models.PositiveBigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it was read last, to its end or not")
    fault = models.CharField(max_length=200, blank=True, help_text="Why it could not be read last")

    def __str__(self):
        return f"{self.uid_validity}:{self.last_uid}"


class DeadAddress(models.Model):
    """An address that bounces; nothing is sent there until it writes again."""

    medium = models.CharField(max_length=10, choices=Medium)
    address = EncryptedTextField(max_length=500, indexed=True)
    code = models.CharField(max_length=40, blank=True, help_text="What the server said: 5.1.1")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("medium", BlindIndex("address"), name="an_address_is_dead_once")]

    def __str__(self):
        return f"{self.medium} {self.code}"
