"""Announcements of units to people near by. Append-only: each change is a further line."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.models.incident import Incident
from incidents.models.people import Authority

LONGEST = timedelta(days=7)
WORDS_MAX = 300
RADII_M = (50, 5000)  # of a circle


class Announcement(models.Model):
    """An announcement for a ward or circle by a unit; texts and times are in its lines."""

    class Kind(models.TextChoices):
        FLOOD = "flood", _("Flooding")
        CLOSED_ROAD = "closed_road", _("Road closed")
        OUTAGE = "outage", _("Power or water cut")
        FIRE = "fire", _("Fire, danger")
        WORKS = "works", _("Works")
        OTHER = "other", _("Announcement")

    kind = models.CharField(max_length=12, choices=Kind)
    unit = models.ForeignKey(Authority, models.PROTECT, related_name="announcements")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="announcements")
    emergency = models.ForeignKey(
        "incidents.Emergency", models.PROTECT, null=True, blank=True, related_name="announcements"
    )
    area_code = models.CharField(max_length=20, blank=True, help_text="Of a ward, in the edition of that day")
    middle = models.PointField(null=True, blank=True, help_text="Of a circle (EPSG:4326)")
    radius_m = models.PositiveIntegerField(null=True, blank=True)
    place_name = models.CharField(max_length=200, help_text="What the ward, or the middle of the circle, is called")
    place_name_en = models.CharField(max_length=200, blank=True)
    reach = models.MultiPolygonField(help_text="The ward as it was drawn, or the circle")

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(
                condition=(Q(middle=None, radius_m=None) & (~Q(area_code="") | Q(emergency__isnull=False)))
                | Q(area_code="", middle__isnull=False, radius_m__gte=RADII_M[0], radius_m__lte=RADII_M[1]),
                name="an_announcement_is_for_a_ward_or_a_circle",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.kind}"

    @property
    def place_title(self) -> str:
        english = (get_language() or "").startswith("en")
        return (english and self.place_name_en) or self.place_name


class AnnouncementLineQuerySet(models.QuerySet["AnnouncementLine"]):
    def counting(self) -> "AnnouncementLineQuerySet":
        return self.exclude(kind=AnnouncementLine.Kind.TAKEN_BACK).filter(taken_back_by=None)

    def standing(self) -> "AnnouncementLineQuerySet":
        later = AnnouncementLine.objects.counting().filter(announcement=OuterRef("announcement"), pk__gt=OuterRef("pk"))
        return self.counting().exclude(models.Exists(later))

    def shown(self, at: datetime | None = None) -> "AnnouncementLineQuerySet":
        """Valid lines not over at this moment (now): current or in the future."""
        lines = self.standing().filter(until__gt=at or now()).exclude(kind=AnnouncementLine.Kind.ENDED)
        return lines.with_pages().order_by("-urgent", "starts_at", "-pk")

    def in_force(self, at: datetime | None = None) -> "AnnouncementLineQuerySet":
        return self.shown(at).filter(starts_at__lte=at or now())

    def meeting(self, shape: Any) -> "AnnouncementLineQuerySet":
        """Lines whose area meets this shape (EPSG:4326)."""
        return self.filter(announcement__reach__intersects=shape)

    def with_pages(self) -> "AnnouncementLineQuerySet":
        return self.select_related("announcement__unit", "announcement__incident").defer("announcement__reach")


class AnnouncementLine(models.Model):
    """A text of an announcement with author and time span. PostgreSQL refuses updates."""

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Published")
        CORRECTED = "corrected", _("Corrected")
        ENDED = "ended", _("Ended early")
        TAKEN_BACK = "taken_back", _("Withdrawn")

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.CharField(max_length=WORDS_MAX)
    text_en = models.CharField(max_length=WORDS_MAX, blank=True)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it ends by itself; of what ended early, when that was")
    urgent = models.BooleanField(help_text="Who follows the place is told at once")
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back_by")
    event = models.BigIntegerField(null=True, help_text="The key of the line in the incident's history")

    objects = AnnouncementLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["until"], name="announcements_by_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["announcement"], condition=Q(kind="issued"), name="an_announcement_is_issued_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["ended", "taken_back"]) | Q(starts_at__lt=F("until")),
                name="an_announcement_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(until__lte=F("starts_at") + LONGEST), name="an_announcement_ends_within_a_week"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("at") + LONGEST), name="an_announcement_begins_within_a_week"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="an_announcement_says_something"),
            models.CheckConstraint(
                condition=Q(kind="taken_back", takes_back__isnull=False) | (~Q(kind="taken_back") & Q(takes_back=None)),
                name="what_takes_back_names_its_line",
            ),
        ]

    def __str__(self):
        return f"{self.announcement_id} {self.kind}"

    @property
    def words(self) -> str:
        """Its text in the active language; Vietnamese where there is none."""
        english = (get_language() or "").startswith("en")
        return (english and self.text_en) or self.text

    def is_over(self, at: datetime | None = None) -> bool:
        return self.kind == self.Kind.ENDED or self.until <= (at or now())


class FollowedAnnouncement(models.Model):
    """A line that waits for a follower's next digest, or was sent with it."""

    follow = models.ForeignKey("incidents.Follow", models.CASCADE, related_name="announced")
    line = models.ForeignKey(AnnouncementLine, models.CASCADE, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follow", "line"], name="an_announcement_waits_once_for_a_follower")
        ]

    def __str__(self):
        return f"{self.follow_id}: {self.line_id}"
