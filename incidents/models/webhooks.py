"""Webhooks of partners' systems, and messages to them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import LockedField
from incidents.models.people import ApiKey


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def on(self) -> Self:
        in_time = Q(key__ends_at=None) | Q(key__ends_at__gt=now())
        return self.filter(in_time, off_at=None, key__active=True)


class Webhook(models.Model):
    """An address of a partner's system that is called for public events."""

    class Off(models.TextChoices):
        ASKED = "asked", _("switched off by its owner")
        GONE = "gone", _("the address says that it no longer exists (410)")
        FAILING = "failing", _("nothing was accepted there for days")

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    secret = LockedField(help_text="What its messages are signed with")
    kinds = models.JSONField(default=list, help_text="Kinds of lines of history; empty: all")
    own_only = models.BooleanField(default=False, help_text="Only of incidents that the key's own reports are part of")
    made_at = models.DateTimeField(default=now)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="Since when nothing was taken there")
    slow_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when it is called beside those that answer quickly"
    )
    off_at = models.DateTimeField(null=True, blank=True)
    off_why = models.CharField(max_length=10, choices=Off, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(off_at=None, off_why="") | Q(off_at__isnull=False) & ~Q(off_why=""),
                name="a_webhook_that_is_off_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.key}: {self.url}"


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    def waiting(self) -> Self:
        return self.filter(state=WebhookMessage.State.WAITING)

    def due(self, at: datetime | None = None) -> Self:
        """Messages to send now, in the order of the history: of each incident the first, once its time has come."""
        before = WebhookMessage.objects.waiting().filter(
            webhook=OuterRef("webhook"), incident_key=OuterRef("incident_key"), event_key__lt=OuterRef("event_key")
        )
        return self.waiting().filter(~Exists(before), next_at__lte=at or now()).order_by("event_key", "pk")


class WebhookMessage(models.Model):
    """A message to a webhook, one for each event: stored before it is sent, and repeated until accepted."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        GIVEN_UP = "given_up", _("given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="messages")
    number = models.CharField(max_length=40, help_text="What it is called there: the same each time it is sent")
    kind = models.CharField(max_length=20)
    # No foreign keys: the history is partitioned, and old messages are deleted separately.
    event_key = models.BigIntegerField(null=True, help_text="The line of history; none: a test")
    incident_key = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=now)
    made_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What was answered last")
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was not taken")

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "number"], name="a_webhook_is_told_a_thing_once"),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "incident_key", "event_key"], condition=Q(state="waiting"), name="messages_that_wait"
            ),
            models.Index(fields=["webhook", "-made_at"], name="messages_of_a_webhook"),
            models.Index(fields=["made_at"], name="messages_by_age"),
        ]

    def __str__(self):
        return f"{self.webhook_id} {self.number}"


class SentReport(models.Model):
    """A partner's own id of a report that it sent, used in messages to it."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    sending = models.UUIDField(unique=True, help_text="As the report has it")
    name = models.CharField(max_length=200)
    at = models.DateTimeField(default=now)

    def __str__(self):
        return f"{self.key_id} {self.name}"
