"""Store external feeds for the control room's map, and their last items."""

from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import LockedField
from gis_data.models import in_language

EVERY_S = (10, 86_400)
VALID_S = (30, 7 * 86_400)
LEVELS_AT_MOST = 4
# A header of HTTP that carries a key; none that says how a message is sent, or to whom.
KEY_HEADER = (
    r"(?i)^(?!(host|cookie|connection|content-.*|transfer-.*|te|upgrade|expect|range|accept.*)$)[a-z][a-z0-9-]*\Z"
)
SLACK = timedelta(seconds=4)  # a job that comes a moment early does not wait for a whole round


def check_levels(levels: Any) -> None:
    """Raise ValidationError unless this is a list of at most four ascending numbers."""
    fine = isinstance(levels, list) and len(levels) <= LEVELS_AT_MOST
    fine = fine and all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels)
    if not fine or levels != sorted(set(levels)):
        raise ValidationError(_("Enter at most four numbers, each larger than the one before: [5, 15, 30]"))


class FeedQuerySet(models.QuerySet):
    def due(self, at: datetime) -> Self:
        return self.filter(active=True).filter(Q(asked_at=None) | Q(asked_at__lte=at + SLACK - F("every")))

    def kinds_in_use(self) -> list[tuple[str, Any]]:
        """Return the kinds that are layers of the map; works of utilities are offered to who announces them."""
        used = set(self.filter(active=True).exclude(kind=Feed.Kind.WORKS).values_list("kind", flat=True))
        return [(code, name) for code, name in Feed.Kind.choices if code in used]

    def failing(self) -> Self:
        return self.filter(active=True).exclude(failing_since=None).order_by("failing_since", "code")


class Feed(models.Model):
    """An external feed: its format, how often it is read, and how long a value is valid."""

    class Kind(models.TextChoices):
        RAIN = "rain", _("Rain")
        TIDE = "tide", _("Tide and water levels")
        ALERT = "alert", _("Weather warnings")
        VEHICLES = "vehicles", _("Own vehicles")
        WORKS = "works", _("Planned works of a utility")

    class Form(models.TextChoices):
        GEORSS = "georss", "GeoRSS"
        CAP = "cap", "CAP 1.2"
        GEOJSON = "geojson", "GeoJSON, OGC API Features"
        CSV = "csv", "CSV"

    class Fault(models.TextChoices):
        ADDRESS = "address", _("The address may not be called, or there is no such host")
        CONNECTION = "connection", _("There is no answer at the address")
        SLOW = "slow", _("The answer takes too long")
        LARGE = "large", _("The answer is too large")
        STATUS = "status", _("The server refuses")
        REDIRECTS = "redirects", _("The address redirects too often")
        XML = "xml", _("The answer is not XML, or not safe to read")
        JSON = "json", _("The answer is not JSON")
        FORMAT = "format", _("The answer does not have the selected format")
        EMPTY = "empty", _("Nothing in the answer has a location that can be drawn")
        KEY = "key", _("Its key can no longer be decrypted and must be entered again")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=80, blank=True)
    credit = models.CharField(_("owner of the data"), max_length=150, blank=True)
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[RegexValidator(r"^https?://[^\s/@]+(/\S*)?$", _("Enter an address with http or https."))],
    )
    form = models.CharField(_("format"), max_length=10, choices=Form)
    every = models.DurationField(
        _("fetched every"),
        default=timedelta(minutes=5),
        validators=[MinValueValidator(timedelta(seconds=EVERY_S[0])), MaxValueValidator(timedelta(seconds=EVERY_S[1]))],
    )
    valid = models.DurationField(
        _("a value is valid for"),
        default=timedelta(minutes=30),
        validators=[MinValueValidator(timedelta(seconds=VALID_S[0])), MaxValueValidator(timedelta(seconds=VALID_S[1]))],
    )
    name_key = models.CharField(_("field with the name"), max_length=60, blank=True)
    value_key = models.CharField(_("field with the value"), max_length=60, blank=True)
    time_key = models.CharField(_("field with the time"), max_length=60, blank=True)
    unit = models.CharField(_("unit of measure"), max_length=20, blank=True)
    levels = models.JSONField(_("thresholds"), default=list, blank=True, validators=[check_levels])
    active = models.BooleanField(_("in use"), default=True)
    key_header = models.CharField(
        _("header of the key"),
        max_length=60,
        blank=True,
        db_default="",
        help_text=_("If the server needs a key: Authorization, X-Api-Key …"),
        validators=[RegexValidator(KEY_HEADER, _("Enter a header that may hold a key, like Authorization."))],
    )
    secret = LockedField(
        blank=True, default="", db_default="", editable=False, help_text="The whole value of key_header"
    )

    asked_at = models.DateTimeField(_("last fetched"), null=True, editable=False)
    read_at = models.DateTimeField(_("last successful"), null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    fault = models.CharField(_("why"), max_length=12, choices=Fault, blank=True, editable=False)
    detail = models.CharField(_("answer received"), max_length=150, blank=True, editable=False)
    left_out = models.PositiveIntegerField(_("skipped, without a location"), default=0, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed of the map")
        verbose_name_plural = _("feeds of the map")
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(
                name="a_feed_that_fails_says_since_when_and_why",
                condition=Q(failing_since=None, fault="") | Q(failing_since__isnull=False) & ~Q(fault=""),
            ),
            models.CheckConstraint(name="a_key_of_a_feed_has_its_header", condition=Q(secret="") | ~Q(key_header="")),
            models.CheckConstraint(
                name="a_feed_is_asked_in_a_rhythm",
                condition=Q(
                    every__gte=timedelta(seconds=EVERY_S[0]),
                    every__lte=timedelta(seconds=EVERY_S[1]),
                    valid__gte=timedelta(seconds=VALID_S[0]),
                    valid__lte=timedelta(seconds=VALID_S[1]),
                ),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def name(self) -> str:
        return in_language(self, "title")


def origin_of(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address; an unreadable address is its own origin."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", address, None


class FeedItemQuerySet(models.QuerySet):
    def shown(self, at: datetime) -> Self:
        """Return the items that are valid at this moment, and those that lately were, which are shown as old."""
        return self.filter(feed__active=True, gone_at__gt=at)

    def valid_at(self, at: datetime) -> Self:
        return self.filter(feed__active=True, until__gt=at, at__lte=at)

    def near(self, place: Point, metres: float) -> Self:
        """Return the items within so many metres of a place, or over it; nearest first, with `distance`."""
        lying = self.annotate(distance=Distance("shape", place))
        return lying.filter(distance__lte=D(m=metres)).order_by("distance", "pk")


class FeedItem(models.Model):
    """An item of a feed as last listed: a station with its value, a vehicle, the area of a warning."""

    class Severity(models.TextChoices):
        EXTREME = "Extreme", _("Extreme danger")
        SEVERE = "Severe", _("Severe danger")
        MODERATE = "Moderate", _("Moderate danger")
        MINOR = "Minor", _("Minor danger")
        UNKNOWN = "Unknown", _("Danger of unknown degree")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="items")
    key = models.CharField(max_length=300)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=1000, blank=True)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    severity = models.CharField(max_length=10, choices=Severity, blank=True)
    heading = models.FloatField(null=True)
    shape = models.GeometryField(geography=False)
    at = models.DateTimeField()  # of which moment it is true
    until = models.DateTimeField()  # from then on it is old
    gone_at = models.DateTimeField(db_index=True)  # from then on it is not shown

    objects = FeedItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "key"], name="a_feed_tells_a_thing_once"),
            models.CheckConstraint(name="what_is_gone_was_old_before", condition=Q(gone_at__gte=F("until"))),
        ]

    def __str__(self):
        return self.title

    @property
    def map_key(self) -> str:
        return f"{self.feed_id} {self.key}"

    @property
    def level(self) -> int:
        """Return the level from 0 to 4, by the thresholds of its feed, or by the severity of a warning."""
        if self.severity:
            return SEVERITY_LEVELS.get(self.severity, 1)
        return sum(1 for level in self.feed.levels if self.value is not None and self.value >= level)


SEVERITY_LEVELS = {"Extreme": 4, "Severe": 3, "Moderate": 2, "Minor": 1, "Unknown": 1}
