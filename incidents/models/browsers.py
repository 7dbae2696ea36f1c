"""Browsers known by a cookie, and the reports kept in them: no account, and only a digest of the key."""

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import EncryptedTextField
from incidents.models.incident import Report
from incidents.models.moderation import HeldReport
from incidents.models.notices import Medium


class Browser(models.Model):
    """A browser that sent or keeps a report, known by a cookie."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key in its cookie")
    since = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now, help_text="When its own reports were looked at last, by days")

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="browsers_by_use")]

    def __str__(self):
        return f"{self.pk}"


class KeptReport(models.Model):
    """A report or held report listed among the own ones of a browser."""

    class How(models.TextChoices):
        SENT = "sent", _("sent from there")
        KEPT = "kept", _("saved by its link")
        ME_TOO = "me_too", _("“me too” with one tap")

    browser = models.ForeignKey(Browser, models.CASCADE, related_name="kept")
    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="kept_in")
    held = models.ForeignKey(HeldReport, models.CASCADE, null=True, related_name="kept_in")
    how = models.CharField(max_length=6, choices=How)
    since = models.DateTimeField(default=now)
    read_at = models.DateTimeField(default=now, help_text="Until when what the city wrote was read in it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["browser", "report"], name="a_browser_keeps_a_report_once"),
            models.UniqueConstraint(fields=["browser", "held"], name="a_browser_keeps_a_held_report_once"),
            models.CheckConstraint(
                condition=Q(report__isnull=False, held=None) | Q(report=None, held__isnull=False),
                name="what_is_kept_is_one_report",
            ),
            models.CheckConstraint(condition=Q(read_at__gte=F("since")), name="it_is_read_after_it_is_kept"),
        ]

    def __str__(self):
        return f"{self.browser_id}: {self.report_id or self.held_id}"


class AddressCodeQuerySet(models.QuerySet["AddressCode"]):
    def proven(self) -> "AddressCodeQuerySet":
        return self.filter(until__gt=now())


class AddressCode(models.Model):
    """A code sent to the phone or e-mail address of earlier reports.

    Entered in the browser that asked, it opens the reports of that address until it expires. A row is written whether
    or not reports exist; the job that sends the code finds out (`notify.own_codes`).
    """

    TRIES = 5

    browser = models.ForeignKey(Browser, models.CASCADE, related_name="codes")
    medium = models.CharField(max_length=10, choices=Medium)
    address = EncryptedTextField(max_length=254, indexed=True)
    reference = models.CharField(max_length=20, blank=True, help_text="Of the one report that is looked for, if any")
    report = models.ForeignKey(
        Report, models.CASCADE, null=True, related_name="+", help_text="Opened, though its address was not confirmed"
    )
    language = models.CharField(max_length=5, default="vi")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the code; empty where none was sent")
    for_idea = models.BooleanField(
        default=False, db_default=False, help_text="To send or support an idea: sent though nothing else is known"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=now)
    until = models.DateTimeField(null=True, help_text="Until when it opens reports; empty before it was entered")

    objects = AddressCodeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["browser", "-asked_at"], name="codes_of_a_browser")]
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("asked_at")), name="an_address_opens_later"),
            models.CheckConstraint(condition=Q(until=None) | ~Q(digest=""), name="an_address_is_proven_by_a_code"),
            models.CheckConstraint(condition=Q(tries__lte=5), name="a_code_has_few_tries"),
        ]

    def __str__(self):
        return f"{self.browser_id} {self.medium}"
