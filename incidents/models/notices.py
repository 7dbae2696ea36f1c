"""Notices, their templates and delivery receipts, and opt-outs."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Q, Value
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedListField, EncryptedTextField, LockedField, SealedTextField
from incidents.models.incident import Event, Report


class Medium(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", "SMS"
    ZALO = "zalo", "Zalo"
    MESSENGER = "messenger", "Messenger"
    WEBCHAT = "webchat", _("chat on our pages")
    PUSH = "push", _("push message")


CODE_TEXTS = ("confirm", "own_code", "idea_code", "outside_code")  # the keys of the texts that tell a code
CHAT_MEDIA = (Medium.ZALO, Medium.MESSENGER, Medium.WEBCHAT)
# The field of a report, a person or a unit's contact in which an address of this medium stands.
CONTACT_FIELDS: dict[str, str] = {Medium.SMS: "phone", Medium.EMAIL: "email"}


def way_of_chat(user: str) -> str:
    """Channel of a Correspondent.user, also of their reports.

    A Medium, or the Report.Channel of calls, by which no later notice can be sent.
    """
    way, colon, _id = user.partition(":")
    return way if colon else Medium.ZALO


def medium_of_chat(user: str) -> Medium:
    return Medium(way_of_chat(user))


class Notice(models.Model):
    """A message to one address for one cause; unique, so that it is sent once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        UNSURE = "unsure", _("passed on, no answer yet")
        SENT = "sent", _("accepted by the gateway")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("not sent")  # opted out, withdrawn, or told together with others

    UNSENT = (State.WAITING, State.UNSURE)

    cause = models.CharField(
        max_length=120,
        default="",
        help_text="event:123, reminder:55, digest:2026-11-27:8 …",
        verbose_name=_("cause"),
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("line of the history")
    )
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="notices")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who wrote it, where a person answers in a chat",
    )
    medium = models.CharField(max_length=10, choices=Medium, default=Medium.EMAIL, verbose_name=_("medium"))
    address = EncryptedTextField(max_length=500, indexed=True)
    template = models.CharField(max_length=40, blank=True, help_text="The key of its text", verbose_name=_("text used"))
    values = EncryptedListField(
        default=list, blank=True, help_text="What stands in the text's places, in their order; links among them"
    )
    choices = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text='[["#kind RD.01", "Pothole"], …]: buttons that a chat shows with it',
    )
    language = models.CharField(max_length=5, default="vi")
    subject = SealedTextField(max_length=200, blank=True)
    text = EncryptedTextField(help_text="With the links that stand in it")
    mentioned = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=Value([], ArrayField(models.CharField())),
        blank=True,
        help_text="References of incidents that the text names: by them it is found",
    )
    urgent = models.BooleanField(default=False, help_text="Goes out in quiet hours, too")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, verbose_name=_("state"))
    made_at = models.DateTimeField(default=now, verbose_name=_("made at"))
    send_after = models.DateTimeField(default=now, verbose_name=_("to be sent after"))
    tries = models.PositiveSmallIntegerField(default=0, verbose_name=_("attempts"))
    fault = models.TextField(blank=True, help_text="What the gateway said last")
    provider_id = models.CharField(max_length=100, blank=True, db_index=True)
    segments = models.PositiveSmallIntegerField(default=0, help_text=_("Parts of an SMS"), verbose_name=_("parts"))
    cost = models.PositiveIntegerField(
        default=0, help_text=_("In the currency's smallest unit"), verbose_name=_("cost")
    )
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent at"))
    delivered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("delivered at"))
    # Codes and private links lie here, encrypted, until it has gone out for good: see notify.hidden_words.
    secrets_erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["send_after"], condition=Q(state__in=["waiting", "unsure"]), name="notices_to_send"),
            models.Index(fields=["medium", "sent_at"], name="notices_sent"),
            models.Index(fields=["-made_at"], condition=Q(state="failed"), name="notices_that_failed"),
            models.Index(
                fields=["made_at"],
                condition=Q(secrets_erased_at=None) & ~Q(state="waiting"),
                name="notices_with_secrets",
            ),
        ]
        constraints = [
            models.UniqueConstraint("cause", "medium", BlindIndex("address"), name="nobody_hears_of_a_cause_twice"),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False), name="what_is_sent_says_when"
            ),
        ]

    def __str__(self):
        return f"{self.get_medium_display()} {self.pk}"


class MessageTemplate(models.Model):
    """The city's own text in place of the default. One with unknown placeholders is refused when saved."""

    key = models.CharField(max_length=40, help_text=_("resolved, reminder, digest …"), verbose_name=_("key"))
    medium = models.CharField(max_length=10, choices=Medium, verbose_name=_("medium"))
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, verbose_name=_("language"))
    subject = models.CharField(max_length=200, blank=True, verbose_name=_("subject"))
    text = models.TextField(verbose_name=_("text"))
    provider_key = models.CharField(
        max_length=60,
        blank=True,
        help_text=_("Its number at the SMS provider"),
        verbose_name=_("number at the provider"),
    )

    class Meta:
        verbose_name = _("text of messages")
        verbose_name_plural = _("texts of messages")
        ordering = ["key", "medium", "language"]
        constraints = [
            models.UniqueConstraint(fields=["key", "medium", "language"], name="a_text_stands_once"),
        ]

    def __str__(self):
        return f"{self.key}, {self.get_medium_display()}, {self.get_language_display()}"


class OptOut(models.Model):
    """An address that declined messages by this medium."""

    medium = models.CharField(max_length=10, choices=Medium, verbose_name=_("medium"))
    address = EncryptedTextField(max_length=500, indexed=True, verbose_name=_("address"))
    at = models.DateTimeField(default=now, verbose_name=_("moment"))

    class Meta:
        verbose_name = _("address without messages")
        verbose_name_plural = _("addresses without messages")
        constraints = [models.UniqueConstraint("medium", BlindIndex("address"), name="one_opts_out_once")]

    def __str__(self):
        return f"{self.medium} {self.at}"


class Receipt(models.Model):
    """A gateway's delivery status of a message or a part of it; expected while `state` is empty.

    Without a notice: the message is not known (yet).
    """

    class State(models.TextChoices):
        SENT = "sent", _("on its way")
        FAILED = "failed", _("failed")
        DELIVERED = "delivered", _("delivered")

    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100)
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, blank=True, related_name="receipts")
    part = models.PositiveSmallIntegerField(default=0, help_text="From 1; 0: all of it, or nobody knows which")
    whole = models.BooleanField(default=True, help_text="Speaks of all of the message")
    state = models.CharField(max_length=10, choices=State, blank=True)
    code = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(default=now)
    settled = models.BooleanField(default=False, help_text="Its notice says the same")

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(settled=False), name="receipts_to_settle")]
        constraints = [models.UniqueConstraint(fields=["provider", "provider_id"], name="a_message_has_one_receipt")]

    def __str__(self):
        return f"{self.provider} {self.provider_id} {self.state}"


class StoredSms(models.Model):
    """An incoming SMS with its text until it is processed. Gateways repeat an SMS until it is acknowledged."""

    provider = models.CharField(max_length=20)
    message_id = models.CharField(max_length=100)
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True, help_text="Until it is taken")
    text = EncryptedTextField(blank=True, help_text="Until it is taken")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "message_id"], name="what_comes_in_is_taken_once"),
        ]

    def __str__(self):
        return f"{self.provider} {self.message_id}"


class PushSubscription(models.Model):
    """A browser's push subscription of a reporter, a follower or a staff user."""

    endpoint = EncryptedTextField(max_length=500, indexed=True)
    p256dh = EncryptedTextField(max_length=100)
    auth = EncryptedTextField(max_length=50)
    report = models.ForeignKey(Report, models.CASCADE, null=True, blank=True, related_name="browsers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="browsers")
    follows = models.BooleanField(
        default=False, db_default=False, help_text="Somebody follows by it, be it a reporter's, too, or not"
    )
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(BlindIndex("endpoint"), name="a_browser_subscribes_once"),
            models.CheckConstraint(
                condition=Q(report__isnull=False, person=None)
                | Q(report=None, person__isnull=False)
                | Q(report=None, person=None, follows=True),
                name="a_browser_is_somebodys",
            ),
        ]

    def __str__(self):
        return f"{self.pk}"


class ChatAccount(models.Model):
    """Tokens of the city's account at a chat platform; they rotate, so use them under the row's lock."""

    platform = models.CharField(max_length=20, unique=True)
    access_token = LockedField()
    refresh_token = LockedField()
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(default=now)
    fault = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("refreshed_at")), name="a_token_lives_for_a_while")
        ]

    def __str__(self):
        return self.platform
