"""Define the city, its editions of boundaries, their areas, streets and landmarks."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _


def in_language(row: models.Model, field: str) -> str:
    """Return the row's `field` in the active language, else in the city's own."""
    return (getattr(row, f"{field}_en", "") if get_language() == "en" else "") or getattr(row, field)


def text_in_language(table: dict[str, Any], key: str) -> str:
    """Return the text `key` of a table of the pack in the active language, else in the city's own; "" without one."""
    return (table.get(f"{key}_en", "") if get_language() == "en" else "") or table.get(key, "")


class City(models.Model):
    """The one city of this installation, from its pack's `city.toml`."""

    code = models.SlugField(unique=True, verbose_name=_("code"))
    name = models.CharField(max_length=100, verbose_name=_("name"))
    name_en = models.CharField(max_length=100, blank=True, verbose_name=_("name in English"))
    product = models.CharField(
        max_length=60,
        blank=True,
        help_text=_("The name at the top of every page; empty: a neutral one"),
        verbose_name=_("name of the product"),
    )
    product_en = models.CharField(max_length=60, blank=True, verbose_name=_("name of the product in English"))
    button = models.CharField(
        max_length=40,
        default="",
        db_default="",
        blank=True,
        help_text=_("The text on the button that leads to the form; empty: the default text"),
        verbose_name=_("text on the button"),
    )
    button_en = models.CharField(
        max_length=40, default="", db_default="", blank=True, verbose_name=_("text on the button in English")
    )
    metric_srid = models.PositiveIntegerField(help_text="EPSG code of a projected system in metres that fits the city")
    centre = models.PointField(help_text="Where the map opens")
    zoom = models.PositiveSmallIntegerField(default=13, verbose_name=_("zoom at the beginning"))
    emergency = models.JSONField(default=list, help_text='[{"number": "113", "what": "…", "what_en": "…"}]')
    contact = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='The hotline and the office behind this site: {"number": "…", "words": "…", "office": "…"}',
    )
    attribution = models.TextField(blank=True, verbose_name=_("attribution"))
    holidays = models.CharField(
        max_length=10, blank=True, help_text=_("Country of the public holidays: VN"), verbose_name=_("holidays of")
    )
    abbreviations = models.JSONField(
        default=dict, blank=True, help_text="Short ways of writing names, without diacritics: the short one → the name"
    )
    renamed_streets = models.JSONField(
        default=dict,
        blank=True,
        help_text="Names that streets had, without diacritics: the former one → the names of its parts today",
    )
    elsewhere = models.JSONField(
        default=list,
        blank=True,
        help_text='Provinces and cities that are not this one: [{"names": […], "namesake": false}]',
    )
    policies = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="What the pack says of hours, terms and limits, beside what ships: gis_data/policies.py",
    )
    pack_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 over all that was loaded")
    site_pages = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text="Which pages about this site there are (SitePage), so that a footer asks no table for them",
    )
    extract = models.CharField(
        max_length=200, blank=True, help_text="SHA-256 of the file of load_streets in the place of the pack's streets"
    )
    extract_attribution = models.CharField(max_length=200, blank=True, help_text="Whose data that file holds")
    ground_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 over what the map's ground was drawn of"
    )
    ground_attribution = models.CharField(max_length=200, blank=True, help_text="Whose data the ground is")

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")

    def __str__(self):
        return self.name

    @property
    def title(self) -> str:
        return in_language(self, "name")

    @property
    def brand(self) -> str:
        return in_language(self, "product") or gettext("City reports")

    @property
    def contact_texts(self) -> dict[str, str]:
        """The hotline: `number`, `words`, `hint`; and the `office` behind this site. Empty ones are left out."""
        texts = {key: text_in_language(self.contact, key) for key in ("words", "hint", "office")}
        return {key: text for key, text in [("number", self.contact.get("number", "")), *texts.items()] if text}

    @property
    def emergency_lines(self) -> list[dict[str, str]]:
        """The emergency numbers in the pack's order, each with the name of its service (`what`)."""
        return [{"number": line["number"], "what": text_in_language(line, "what")} for line in self.emergency]

    @property
    def report_words(self) -> str:
        spoken = get_language()
        own = self.button if spoken == settings.LANGUAGE_CODE else ""
        return (self.button_en if spoken == "en" else "") or own or gettext("Report a problem")


class SitePage(models.Model):
    """A page about this site, such as its terms: from the pack's `information/pages`, until the city edits it.

    The text is rendered by `geoapp.web.markup`: a few signs, no HTML.
    """

    TITLE_MAX, TEXT_MAX = 100, 30_000

    slug = models.SlugField(
        unique=True,
        max_length=50,
        help_text=_("about, help, terms and accessibility have addresses of their own; others stand below /about/"),
        verbose_name=_("code"),
    )
    title = models.CharField(max_length=TITLE_MAX, verbose_name=_("title"))
    title_en = models.CharField(max_length=TITLE_MAX, blank=True, verbose_name=_("title in English"))
    text = models.TextField(
        max_length=TEXT_MAX,
        help_text=_("## heading, ### smaller heading, - list, 1. numbered list, **bold**, [words](/help/)"),
        verbose_name=_("text"),
    )
    text_en = models.TextField(max_length=TEXT_MAX, blank=True, verbose_name=_("text in English"))
    changed_at = models.DateTimeField(default=now, editable=False, verbose_name=_("changed at"))
    edited = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Loading the city's files leaves it as it is"),
        verbose_name=_("edited here"),
    )

    class Meta:
        verbose_name = _("page about this site")
        verbose_name_plural = _("pages about this site")
        ordering = ["slug"]

    def __str__(self):
        return in_language(self, "title")

    @property
    def is_translated(self) -> bool:
        """Whether it has a text in the active language."""
        return get_language() != "en" or settings.LANGUAGE_CODE == "en" or bool(self.text_en)

    @property
    def shown_title(self) -> str:
        return in_language(self, "title") if self.is_translated else self.title

    @property
    def shown_text(self) -> str:
        return in_language(self, "text")


class Level(models.IntegerChoices):
    """Depth of an area; deeper is higher, so that the most specific sorts last."""

    CITY = 1, _("city")
    DISTRICT = 2, _("district")
    WARD = 3, _("ward")


class EditionQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        return self.filter(in_force__contains=day)

    def above(self, edition: "Edition") -> Self:
        """Return upper levels' editions in force on its days (of a draft: drafts), the nearest level first."""
        days = Q(in_force__overlap=edition.in_force) if edition.in_force else Q(in_force=None)
        editions = self.filter(days, city=edition.city_id, level__lt=edition.level)
        return editions.order_by("-level", F("in_force").desc(), "-pk")

    def ever_in_force(self) -> Self:
        return self.filter(in_force__isnull=False)


class Edition(models.Model):
    """A published set of boundaries of one level, and the days on which it is in force.

    A draft has no days yet: load it, look at it, then give it its period.
    """

    city = models.ForeignKey(City, models.CASCADE, related_name="editions", verbose_name=_("city"))
    level = models.PositiveSmallIntegerField(choices=Level, verbose_name=_("level"))
    code = models.SlugField(verbose_name=_("code"))
    name = models.CharField(max_length=100, verbose_name=_("name"))
    name_en = models.CharField(max_length=100, blank=True, verbose_name=_("name in English"))
    in_force = DateRangeField(null=True, blank=True, verbose_name=_("in force"))
    approximate = models.BooleanField(
        default=False, help_text=_("Cells around centre points, not true boundaries"), verbose_name=_("approximate")
    )
    attribution = models.TextField(blank=True, verbose_name=_("attribution"))
    report = models.JSONField(default=dict, blank=True, help_text="What the check of its file found")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of boundaries")
        verbose_name_plural = _("editions of boundaries")
        constraints = [
            models.UniqueConstraint(fields=["city", "code"], name="an_edition_has_its_own_code"),
            ExclusionConstraint(
                name="one_edition_of_a_level_on_any_day",
                expressions=[
                    ("city", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self, "name")

    @property
    def is_draft(self) -> bool:
        return self.in_force is None


class AreaQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        return self.filter(edition__in_force__contains=day)

    def within(self, keys: Iterable[int | None]) -> Self:
        keys = list(keys)
        return self.filter(Q(pk__in=keys) | Q(parent__in=keys) | Q(parent__parent__in=keys))

    def containing(self, key: int) -> Self:
        return self.filter(Q(pk=key) | Q(children=key) | Q(children__children=key)).distinct()

    def covering(self, point: Point) -> Self:
        """Filter the areas that contain this point (EPSG:4326); on a common border, both."""
        return self.filter(pieces__shape__intersects=point).distinct()

    def named_like(self, words: str) -> "models.QuerySet[Any]":
        """Filter areas whose names resemble these words (as `plain` returns them), best first."""
        return (
            self.filter(Q(search__contains=words) | Q(search__trigram_word_similar=words))
            .annotate(likeness=TrigramSimilarity("search", words))
            .order_by("-likeness", "name")
        )


class Area(models.Model):
    """A district or ward of one edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="areas", verbose_name=_("edition"))
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("lies in")
    )
    level = models.PositiveSmallIntegerField(choices=Level, verbose_name=_("level"))
    code = models.CharField(max_length=20, help_text=_("The official code"), verbose_name=_("code"))
    name = models.CharField(max_length=100, help_text=_("Without the type: Old Wharf"), verbose_name=_("name"))
    full_name = models.CharField(
        max_length=120, help_text=_("With the type: Ward of Old Wharf"), verbose_name=_("full name")
    )
    full_name_en = models.CharField(max_length=120, blank=True, verbose_name=_("full name in English"))
    kind = models.CharField(max_length=40, blank=True, verbose_name=_("kind"))
    declared_km2 = models.FloatField(null=True, blank=True, verbose_name=_("official size, km²"))
    shape = models.MultiPolygonField(help_text="The boundary as loaded (EPSG:4326)")
    outline = models.MultiPolygonField(help_text="Simplified together with its neighbours, for small scales")
    label_point = models.PointField(help_text="A point inside, where the name may stand")
    search = models.TextField(editable=False, help_text="The names without diacritics, for look-ups")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="a_code_stands_once_in_an_edition")]
        indexes = [GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name="area_search_trigrams")]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self, "full_name")


class AreaPiece(models.Model):
    """A small part of an area for fast look-ups, made by `sql/subdivide.sql`."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="pieces")
    shape = models.PolygonField()


class Succession(models.Model):
    """Shares of an area of one edition in an area of a later one. See `succession.compute_successions`."""

    old = models.ForeignKey(Area, models.CASCADE, related_name="successors", verbose_name=_("old area"))
    new = models.ForeignKey(Area, models.CASCADE, related_name="predecessors", verbose_name=_("new area"))
    km2 = models.FloatField(help_text=_("What the two have in common"), verbose_name=_("in common, km²"))
    share_old = models.FloatField(help_text=_("As a part of the old one, 0 … 1"), verbose_name=_("part of the old one"))
    share_new = models.FloatField(help_text=_("As a part of the new one, 0 … 1"), verbose_name=_("part of the new one"))

    class Meta:
        verbose_name = _("succession of areas")
        verbose_name_plural = _("successions of areas")
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="a_succession_stands_once"),
            models.CheckConstraint(
                condition=Q(share_old__gt=0, share_old__lte=1, share_new__gt=0, share_new__lte=1),
                name="shares_are_parts_of_one",
            ),
        ]

    def __str__(self):
        return f"{self.old} → {self.new}"


class Upload(models.Model):
    """An uploaded boundary file that is to become a draft edition."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        READING = "reading", _("being read")
        UNMAPPED = "unmapped", _("column meanings needed")
        FAULTY = "faulty", _("refused")
        DRAFTED = "drafted", _("a draft edition")

    city = models.ForeignKey(City, models.CASCADE, related_name="uploads")
    file = models.FileField(upload_to="boundaries/%Y/%m/")
    name = models.CharField(
        max_length=200, help_text=_("Name of the file where it came from"), verbose_name=_("name of the file")
    )
    by = models.CharField(
        max_length=150, blank=True, help_text=_("Who uploaded it: a user name"), verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(default=now, verbose_name=_("uploaded at"))
    options = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("code, name, name_en, level, crs, layer, attributes of the edition"),
        verbose_name=_("accompanying data"),
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, verbose_name=_("state"))
    progress = models.JSONField(default=dict, blank=True, help_text='{"step": "…", "done": 3, "of": 168}')
    columns = models.JSONField(default=list, blank=True, help_text='The attributes: [{"name": "…", "samples": […]}]')
    report = models.JSONField(
        default=dict, blank=True, help_text=_("What the check found"), verbose_name=_("report of the check")
    )
    edition = models.ForeignKey(
        Edition, models.SET_NULL, null=True, blank=True, related_name="uploads", verbose_name=_("edition")
    )

    class Meta:
        verbose_name = _("boundary file")
        verbose_name_plural = _("boundary files")
        ordering = ["-pk"]

    def __str__(self):
        return self.name


class FormerUnit(models.Model):
    """A former ward or district by whose name people still give addresses. From the pack's table."""

    city = models.ForeignKey(City, models.CASCADE, related_name="former_units")
    level = models.PositiveSmallIntegerField(choices=Level, verbose_name=_("level"))
    code = models.CharField(max_length=20, help_text=_("Its official code"), verbose_name=_("code"))
    full_name = models.CharField(max_length=120, verbose_name=_("full name"))
    district = models.CharField(
        max_length=120, blank=True, help_text=_("The full name of the district it lay in"), verbose_name=_("district")
    )
    search = models.TextField(editable=False, help_text="Its name and its district's without diacritics")

    class Meta:
        verbose_name = _("former unit")
        verbose_name_plural = _("former units")
        constraints = [models.UniqueConstraint(fields=["city", "level", "code"], name="a_former_unit_stands_once")]
        indexes = [GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name="former_search_trigrams")]

    def __str__(self):
        return f"{self.full_name}, {self.district}" if self.district else self.full_name


class FormerPart(models.Model):
    """An area that a former unit went into: whole or in part, the main part marked."""

    class How(models.TextChoices):
        WHOLE = "whole", _("as a whole")
        MAIN = "main", _("the main part")
        PART = "part", _("a part")

    former = models.ForeignKey(FormerUnit, models.CASCADE, related_name="parts")
    area = models.ForeignKey(Area, models.CASCADE, related_name="former_parts", verbose_name=_("area"))
    how = models.CharField(max_length=5, choices=How, verbose_name=_("how much of it"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["former", "area"], name="a_former_part_stands_once")]

    def __str__(self):
        return f"{self.former} → {self.area}"


class Street(models.Model):
    """A named street line, drawn on the map and used to name a point."""

    city = models.ForeignKey(City, models.CASCADE, related_name="streets")
    name = models.CharField(max_length=120, verbose_name=_("name"))
    rank = models.PositiveSmallIntegerField(
        help_text=_("1 main road, 2 street, 3 lane or alley"), verbose_name=_("rank")
    )
    line = models.LineStringField()
    search = models.TextField(editable=False)

    class Meta:
        verbose_name = _("street")
        verbose_name_plural = _("streets")
        indexes = [GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name="street_search_trigrams")]

    def __str__(self):
        return self.name


class StreetName(models.Model):
    """A street known by name only, and a district of before the reform in which it lies."""

    city = models.ForeignKey(City, models.CASCADE, related_name="street_names")
    name = models.CharField(max_length=120, verbose_name=_("name"))
    district = models.CharField(max_length=120, help_text=_("Its name without the type"), verbose_name=_("district"))
    search = models.TextField(editable=False, help_text="The name without diacritics")

    class Meta:
        verbose_name = _("name of a street")
        verbose_name_plural = _("names of streets")
        constraints = [models.UniqueConstraint(fields=["city", "name", "district"], name="a_street_name_stands_once")]

    def __str__(self):
        return f"{self.name}, {self.district}"


class Junction(models.Model):
    """A crossing of two streets of different names, computed by `sql/junctions.sql`."""

    city = models.ForeignKey(City, models.CASCADE, related_name="junctions")
    one = models.CharField(max_length=120, help_text=_("The name that sorts first"), verbose_name=_("one street"))
    other = models.CharField(max_length=120, verbose_name=_("other street"))
    point = models.PointField()
    search_one = models.TextField(editable=False)
    search_other = models.TextField(editable=False)

    class Meta:
        verbose_name = _("junction")
        verbose_name_plural = _("junctions")
        indexes = [
            models.Index(fields=["search_one", "search_other"], name="a_junction_by_its_streets"),
            models.Index(fields=["search_other"], name="a_junction_by_the_other"),
        ]

    def __str__(self):
        return f"{self.one} × {self.other}"


class Landmark(models.Model):
    """A place that addresses name: a market, a roundabout, a hospital, a bus stop."""

    city = models.ForeignKey(City, models.CASCADE, related_name="landmarks")
    kind = models.CharField(max_length=30, help_text=_("market, roundabout, bus_stop …"), verbose_name=_("kind"))
    name = models.CharField(max_length=150, verbose_name=_("name"))
    point = models.PointField(verbose_name=_("place"))
    search = models.TextField(editable=False)
    extract = models.BooleanField(default=False, help_text="From a file of load_streets, not from the pack")

    class Meta:
        verbose_name = _("landmark")
        verbose_name_plural = _("landmarks")
        indexes = [GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name="landmark_search_trigrams")]

    def __str__(self):
        return self.name


class House(models.Model):
    city = models.ForeignKey(City, models.CASCADE, related_name="houses")
    number = models.CharField(max_length=30, help_text=_("As written: 12/34/5"), verbose_name=_("number"))
    street = models.CharField(max_length=120, verbose_name=_("street"))
    point = models.PointField()
    search = models.TextField(editable=False, help_text="The street without diacritics")

    class Meta:
        verbose_name = _("house number")
        verbose_name_plural = _("house numbers")
        indexes = [models.Index(fields=["search", "number"], name="a_house_by_its_street")]

    def __str__(self):
        return f"{self.number} {self.street}"


class GroundShape(models.Model):
    """A part of the base map, generalised for some zooms. Made by `basemap.loading`."""

    class Layer(models.IntegerChoices):
        GREEN = 1
        WATER = 2
        WATERWAY = 3
        RAIL = 4
        ROAD = 5
        BUILDING = 6
        NAME = 7  # a point at which the name of a park or a lake may stand

    city = models.ForeignKey(City, models.CASCADE, related_name="ground")
    band = models.PositiveSmallIntegerField(help_text="For which zooms it is generalised: `ground.drawing.BANDS`")
    layer = models.PositiveSmallIntegerField(choices=Layer)
    rank = models.PositiveSmallIntegerField(help_text="How weighty it is in its layer: 1 is drawn first and widest")
    first_zoom = models.PositiveSmallIntegerField(help_text="The lowest zoom of tiles in which it is drawn")
    name = models.CharField(max_length=120, blank=True)
    shape = models.GeometryField(srid=3857, spatial_index=False)

    class Meta:
        indexes = [GistIndex(fields=["band", "shape"], name="ground_of_a_band_by_place")]

    def __str__(self):
        return f"{self.get_layer_display()} {self.name}".strip()


class GeocoderUsage(models.Model):
    """Requests to the external geocoder by all processes on a day, and when the next is allowed."""

    day = models.DateField(unique=True)
    asked = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=now)

    def __str__(self):
        return f"{self.day}: {self.asked}"
