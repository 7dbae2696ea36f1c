"""Announcements of units to people near by, and planned works. Append-only: each change is a further line."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.models.incident import Incident
from incidents.models.people import Authority

LONGEST = timedelta(days=7)
LONGEST_WORKS = timedelta(days=366)  # of planned works, and how long before they are announced
WORDS_MAX = 300
WORKS_WORDS_MAX = 2000
TITLE_MAX = 120
RADII_M = (50, 5000)  # of a circle
EVERY_DAY = "1234567"  # Monday is 1


class Announcement(models.Model):
    """An announcement by a unit: for a ward or circle, or planned works for wards, a drawn area or streets.

    Texts and times are in its lines.
    """

    class Kind(models.TextChoices):
        FLOOD = "flood", _("Flooding")
        CLOSED_ROAD = "closed_road", _("Road closed")
        OUTAGE = "outage", _("Power or water cut")
        FIRE = "fire", _("Fire, danger")
        WORKS = "works", _("Works")
        HEALTH = "health", _("Epidemic prevention")
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
    reach = models.MultiPolygonField(help_text="The ward as it was drawn, the circle, or the area of planned works")
    planned = models.BooleanField(default=False, db_default=False, help_text="Lasts months, with hours of work")
    area_codes = ArrayField(
        models.CharField(max_length=20), default=list, db_default=[], help_text="Of the wards that planned works reach"
    )

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        indexes = [GinIndex(fields=["area_codes"], name="announcements_by_wards")]
        constraints = [
            models.CheckConstraint(
                condition=Q(middle=None, radius_m=None, planned=False) & (~Q(area_code="") | Q(emergency__isnull=False))
                | Q(
                    area_code="",
                    middle__isnull=False,
                    radius_m__gte=RADII_M[0],
                    radius_m__lte=RADII_M[1],
                    planned=False,
                )
                | (Q(planned=True, emergency=None, area_code="", middle=None, radius_m=None) & ~Q(area_codes=[])),
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
        return self.filter(kind__in=AnnouncementLine.PUBLIC, taken_back_by=None)

    def waiting(self, at: datetime | None = None) -> "AnnouncementLineQuerySet":
        """Works that wait for a second person: neither decided, nor over, nor ended early since."""
        decided = AnnouncementLine.objects.filter(decides=OuterRef("pk"), taken_back_by=None)
        ended = AnnouncementLine.objects.counting().filter(
            announcement=OuterRef("announcement"), kind=AnnouncementLine.Kind.ENDED
        )
        lines = self.filter(kind=AnnouncementLine.Kind.PROPOSED, until__gt=at or now())
        lines = lines.exclude(models.Exists(decided)).exclude(models.Exists(ended))
        return lines.with_pages().select_related("by").order_by("at", "pk")

    def standing(self) -> "AnnouncementLineQuerySet":
        later = AnnouncementLine.objects.counting().filter(announcement=OuterRef("announcement"), pk__gt=OuterRef("pk"))
        return self.counting().exclude(models.Exists(later))

    def shown(self, at: datetime | None = None) -> "AnnouncementLineQuerySet":
        """Valid lines not over at this moment (now): current or in the future."""
        lines = self.standing().filter(until__gt=at or now()).exclude(kind=AnnouncementLine.Kind.ENDED)
        return lines.with_pages().order_by("-urgent", "announcement__planned", "starts_at", "-pk")

    def between(self, begins: datetime, ends: datetime) -> "AnnouncementLineQuerySet":
        """Valid lines of what is on within this span, also if it is over; what ended early is not."""
        lines = self.standing().exclude(kind=AnnouncementLine.Kind.ENDED).filter(starts_at__lt=ends, until__gt=begins)
        return lines.with_pages().order_by("-urgent", "starts_at", "pk")

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
        PROPOSED = "proposed", _("Waiting for a second person")
        REFUSED = "refused", _("Returned")

    PUBLIC = (Kind.ISSUED, Kind.CORRECTED, Kind.ENDED)

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField(max_length=TITLE_MAX, blank=True, db_default="")
    title_en = models.CharField(max_length=TITLE_MAX, blank=True, db_default="")
    text = models.CharField(max_length=WORKS_WORDS_MAX)
    text_en = models.CharField(max_length=WORKS_WORDS_MAX, blank=True)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it ends by itself; of what ended early, when that was")
    urgent = models.BooleanField(help_text="Who follows the place is told at once")
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back_by")
    event = models.BigIntegerField(null=True, help_text="The key of the line in the incident's history")
    planned = models.BooleanField(default=False, db_default=False, help_text="As its announcement")
    hours_from = models.TimeField(null=True, blank=True, help_text="Of each working day; empty: day and night")
    hours_to = models.TimeField(null=True, blank=True, help_text="Where it is earlier: of the next day")
    weekdays = models.CharField(max_length=7, default=EVERY_DAY, db_default=EVERY_DAY, help_text="Monday is 1")
    decides = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="decisions", help_text="What a second person read"
    )
    note = models.CharField(max_length=WORDS_MAX, blank=True, db_default="", help_text="Why it was returned")

    objects = AnnouncementLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["until"], name="announcements_by_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["announcement"], condition=Q(kind="issued"), name="an_announcement_is_issued_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["ended", "taken_back", "refused"]) | Q(starts_at__lt=F("until")),
                name="an_announcement_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(until__lte=F("starts_at") + LONGEST)
                | Q(planned=True, until__lte=F("starts_at") + LONGEST_WORKS),
                name="an_announcement_ends_within_a_week",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("at") + LONGEST) | Q(planned=True, starts_at__lte=F("at") + LONGEST_WORKS),
                name="an_announcement_begins_within_a_week",
            ),
            models.CheckConstraint(
                condition=Q(planned=True) & ~Q(title="") & Q(urgent=False)
                | Q(
                    planned=False,
                    title="",
                    title_en="",
                    hours_from=None,
                    hours_to=None,
                    weekdays=EVERY_DAY,
                    decides=None,
                )
                & Q(LessThanOrEqual(Length("text"), WORDS_MAX), LessThanOrEqual(Length("text_en"), WORDS_MAX))
                & ~Q(kind__in=["proposed", "refused"]),
                name="planned_works_have_a_title_and_others_few_words",
            ),
            models.CheckConstraint(
                condition=Q(hours_from=None, hours_to=None) | Q(hours_from__isnull=False, hours_to__isnull=False),
                name="hours_of_work_have_both_ends",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__regex=r"^1?2?3?4?5?6?7?$") & ~Q(weekdays=""), name="works_have_days_of_the_week"
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

    @property
    def title_in_words(self) -> str:
        english = (get_language() or "").startswith("en")
        return (english and self.title_en) or self.title

    @property
    def headline(self) -> str:
        """Return the title of planned works; of other announcements their kind."""
        return self.title_in_words or self.announcement.get_kind_display()

    @property
    def brief(self) -> str:
        """What a message, a card or a row says: of planned works the title alone."""
        return self.title_in_words or self.words

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


class AnnouncementPicture(models.Model):
    """A picture of planned works, public with them. PostgreSQL refuses updates."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="pictures")
    caption = models.CharField(max_length=TITLE_MAX, help_text="What it shows")
    picture = models.FileField(upload_to="announced/%Y/%m/")
    small = models.FileField(upload_to="announced/%Y/%m/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.caption


class OfferedWorksQuerySet(models.QuerySet["OfferedWorks"]):
    def waiting(self, at: datetime | None = None) -> "OfferedWorksQuerySet":
        """What nobody has decided and is not over, soonest first."""
        lasting = Q(until=None) | Q(until__gt=at or now())
        return self.filter(lasting, state=OfferedWorks.State.WAITING).order_by("starts_at", "pk")


class OfferedWorks(models.Model):
    """Works that a utility's feed tells of, as last listed. A person makes an announcement of it, or discards it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be decided")
        TAKEN = "taken", _("Announced")
        DROPPED = "dropped", _("Discarded")

    feed = models.SlugField(max_length=40, help_text="The code of the feed")
    source = models.CharField(max_length=150, help_text="Whose feed it is")
    key = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, help_text="Of what it says; another one is to be decided anew")
    kind = models.CharField(max_length=12, choices=Announcement.Kind)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=WORKS_WORDS_MAX, blank=True)
    place = models.CharField(max_length=200, blank=True)
    reach = models.MultiPolygonField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    announcement = models.ForeignKey(Announcement, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfferedWorksQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "key"], name="a_feed_offers_works_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, announcement=None)
                | Q(state="taken", decided_by__isnull=False, announcement__isnull=False)
                | Q(state="dropped", decided_by__isnull=False, announcement=None),
                name="offered_works_are_decided_by_a_person",
            ),
        ]

    def __str__(self):
        return self.title
