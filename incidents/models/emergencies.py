"""Emergency mode: when it is on and for which wards, what was done, its bulletins, and places that it shows."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from incidents.models.announcements import LONGEST
from incidents.models.people import Authority

if TYPE_CHECKING:
    from incidents.models.people import AnyUser

TITLE_MAX, ADVICE_MAX, SOURCE_MAX = 90, 200, 120  # title and advice make one announcement
DEEPEST_CM = 500


class TimeRange(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


class EmergencyQuerySet(models.QuerySet["Emergency"]):
    def on(self, at: datetime | None = None) -> "EmergencyQuerySet":
        moment = at or now()
        return self.filter(starts_at__lte=moment, over_at__gt=moment)

    def shown_to(self, user: "AnyUser") -> "EmergencyQuerySet":
        """Filter those that everybody sees; of practice only who is signed in knows."""
        return self if user.is_authenticated else self.filter(practice=False)

    def without_shape(self) -> "EmergencyQuerySet":
        return self.defer("reach")


class Emergency(models.Model):
    """An emergency mode for the city or some wards, with its end. It is over when `over_at` says so."""

    class Kind(models.TextChoices):
        FLOOD = "flood", pgettext_lazy("kind of emergency", "Flooding")
        STORM = "storm", pgettext_lazy("kind of emergency", "Storm")
        FIRE = "fire", pgettext_lazy("kind of emergency", "Large fire")
        OUTAGE = "outage", pgettext_lazy("kind of emergency", "Large power or water cut")
        OTHER = "other", pgettext_lazy("kind of emergency", "Other emergency")

    kind = models.CharField(max_length=8, choices=Kind)
    practice = models.BooleanField(default=False, help_text="Seen by signed-in staff only; nothing is sent")
    title = models.CharField(max_length=TITLE_MAX)
    title_en = models.CharField(max_length=TITLE_MAX, blank=True)
    advice = models.CharField(max_length=ADVICE_MAX, blank=True, help_text="What people should do")
    advice_en = models.CharField(max_length=ADVICE_MAX, blank=True)
    source = models.CharField(max_length=SOURCE_MAX, blank=True, help_text="Who says so: a weather service")
    area_codes = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Wards; none: the city"
    )
    place_name = models.CharField(max_length=200)
    place_name_en = models.CharField(max_length=200, blank=True)
    reach = models.MultiPolygonField(help_text="The wards as they were drawn; the city simplified")
    unit = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it ends by itself")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was ended before, or its end was noted")
    over_at = models.GeneratedField(
        expression=Coalesce("ended_at", "until"), output_field=models.DateTimeField(), db_persist=True
    )

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency mode")
        verbose_name_plural = _("emergency modes")
        indexes = [models.Index(fields=["over_at"], name="emergencies_by_end")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("starts_at")), name="an_emergency_has_an_end"),
            models.CheckConstraint(
                condition=Q(until__lte=F("starts_at") + LONGEST), name="an_emergency_ends_within_a_week"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("starts_at"), ended_at__lte=F("until")),
                name="an_emergency_ends_between_its_times",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="an_emergency_says_what_happens"),
            *(
                ExclusionConstraint(
                    name=f"one_{name}_at_a_time",
                    expressions=[(TimeRange("starts_at", "over_at"), RangeOperators.OVERLAPS)],
                    condition=Q(practice=practice),
                )
                for name, practice in (("emergency", False), ("practice", True))
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.kind}"

    def is_on(self, at: datetime | None = None) -> bool:
        return self.starts_at <= (at or now()) < (self.ended_at or self.until)

    @property
    def words(self) -> str:
        return self.in_language("title")

    @property
    def advice_words(self) -> str:
        return self.in_language("advice")

    @property
    def place_title(self) -> str:
        return self.in_language("place_name")

    def in_language(self, name: str) -> str:
        english = (get_language() or "").startswith("en")
        return (english and getattr(self, f"{name}_en")) or getattr(self, name)


class EmergencyLine(models.Model):
    """An act on an emergency mode, by whom and what held after it. PostgreSQL refuses updates."""

    class Kind(models.TextChoices):
        ON = "on", pgettext_lazy("act on emergency mode", "Switched on")
        CHANGED = "changed", pgettext_lazy("act on emergency mode", "Changed")
        OFF = "off", pgettext_lazy("act on emergency mode", "Switched off")
        EXPIRED = "expired", pgettext_lazy("act on emergency mode", "Ended automatically")

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField()
    title = models.CharField(max_length=TITLE_MAX)
    advice = models.CharField(max_length=ADVICE_MAX, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["emergency"], condition=Q(kind="on"), name="an_emergency_is_switched_on_once"
            ),
            models.UniqueConstraint(
                fields=["emergency"], condition=Q(kind__in=["off", "expired"]), name="an_emergency_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="expired", by=None) | ~Q(kind="expired") & Q(by__isnull=False),
                name="an_act_on_an_emergency_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.emergency_id} {self.kind}"


class EmergencyBulletin(models.Model):
    """Figures of an emergency mode at one moment, for everybody. PostgreSQL refuses updates."""

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="bulletins")
    number = models.PositiveIntegerField(help_text="From 1")
    at = models.DateTimeField(default=now)
    figures = models.JSONField(help_text="Numbers by name: `emergency.bulletins`")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["emergency", "number"], name="a_bulletin_has_its_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="bulletins_are_numbered_from_one"),
        ]

    def __str__(self):
        return f"{self.emergency_id}: {self.number}"


class Shelter(models.Model):
    """A place where people find shelter. It is shown in an emergency while it is open."""

    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200)
    place = models.PointField()
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="People")
    open = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["name", "address"], name="a_shelter_stands_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(address=""), name="a_shelter_can_be_found"),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gte=1), name="a_shelter_takes_somebody"),
        ]

    def __str__(self):
        return self.name

    @property
    def title(self) -> str:
        return ((get_language() or "").startswith("en") and self.name_en) or self.name


class WaterDepth(models.Model):
    """How deep a street was under water at a moment, and who measured it."""

    class Source(models.TextChoices):
        GAUGE = "gauge", pgettext_lazy("source of a depth", "gauge")
        CAMERA = "camera", pgettext_lazy("source of a depth", "camera")
        STAFF = "staff", pgettext_lazy("source of a depth", "staff on site")
        CITIZEN = "citizen", pgettext_lazy("source of a depth", "a citizen")

    street = models.CharField(max_length=200)
    place = models.PointField()
    depth_cm = models.PositiveIntegerField(help_text="0: the street is passable again")
    measured_at = models.DateTimeField()
    source = models.CharField(max_length=8, choices=Source)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-measured_at"], name="depths_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(depth_cm__lte=DEEPEST_CM), name="a_street_is_not_a_river"),
            models.CheckConstraint(condition=~Q(street=""), name="a_depth_names_its_street"),
        ]

    def __str__(self):
        return f"{self.street}: {self.depth_cm}"


OLD_AFTER = timedelta(hours=1)  # from then on a depth may no longer hold
