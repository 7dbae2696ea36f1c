"""Aggregates of ended incidents, so that statistics do not count two million rows on demand."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func


class MapSpot(Func):
    """A point as one integer: squares of a map level are ranges of it (sql/guards/map_spot.sql)."""

    function = "map_spot"
    output_field = models.BigIntegerField()


class RandomNumber(Func):
    """SQL function: a random 52-bit integer, unique in practice."""

    template = "floor(random() * 4503599627370496)::bigint"
    output_field = models.BigIntegerField()


class TransactionNumber(Func):
    """SQL function: number of the writing transaction. Running ones are numbered from the oldest one on."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class SumChange(models.Model):
    """An ended incident to add to the sums (n = 1) or to subtract from them (n = -1).

    Written by a trigger with the incident (sql/guards/sums.sql) and read with the sums, which are thus always current.
    """

    n = models.SmallIntegerField()
    spot = models.BigIntegerField()
    lon = models.IntegerField(help_text="In steps of 1e-7 degrees: whole numbers can be taken out as they were put in")
    lat = models.IntegerField()
    area_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    state = models.CharField(max_length=10)
    published = models.BooleanField()
    received_at = models.DateTimeField()

    def __str__(self):
        return f"{self.n:+d} {self.state}"


class UnitChange(models.Model):
    """An ended incident to add to the sums of units (n = 1) or to subtract from them (n = -1).

    Written by a trigger with the incident (sql/guards/unit_sums.sql) and read with the sums.
    """

    n = models.SmallIntegerField()
    authority_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    state = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField()

    def __str__(self):
        return f"{self.n:+d} {self.state}"


class RatingChange(models.Model):
    """A rating to add to the sums (n = 1) or to subtract from them (n = -1), like UnitChange.

    Written with each rating, and when a rated incident changes its unit or category.
    """

    n = models.SmallIntegerField()
    at = models.DateTimeField()
    stars = models.SmallIntegerField()
    authority_id = models.BigIntegerField()
    category_id = models.BigIntegerField()

    def __str__(self):
        return f"{self.n:+d} {self.stars}"


class MapSum(models.Model):
    """Number and position of published ended incidents in a map square, by category and state."""

    pk = models.CompositePrimaryKey("level", "cell", "area_id", "category_id", "state")
    level = models.SmallIntegerField(help_text="Of the square: so many times was the world halved, as for tiles")
    cell = models.BigIntegerField(
        help_text="The number of the square: the first 2 × level bits of its incidents' spots"
    )
    area_id = models.IntegerField(help_text="0 where the squares are so large that areas are not told apart")
    category_id = models.IntegerField()
    state = models.CharField(max_length=10)
    n = models.IntegerField()
    lon = models.BigIntegerField(help_text="The sum, in steps of 1e-7 degrees")
    lat = models.BigIntegerField()
    west = models.IntegerField()
    south = models.IntegerField()
    east = models.IntegerField()
    north = models.IntegerField()

    def __str__(self):
        return f"{self.level}/{self.cell}: {self.n} {self.state}"


class EndedMonth(models.Model):
    """Ended incidents of an area reported in a month, packed (sql/aggregate_pack.sql)."""

    pk = models.CompositePrimaryKey("month", "area_id")
    month = models.DateField(help_text="Its first day, by the city's clock")
    area_id = models.BigIntegerField()
    packed = models.BinaryField(help_text="Eight bytes of each: what statistics count")
    places = models.BinaryField(help_text="Eight bytes of each: where it lies")
    units = models.BinaryField(help_text="Four bytes of each: its unit, and whether everybody may see a photo")
    keys = models.BinaryField(help_text="Eight bytes of each: its key, by which they are in order")
    unit_keys = ArrayField(models.BigIntegerField(), help_text="The units of all of them")
    version = models.BigIntegerField(db_default=RandomNumber(), help_text="Another one whenever it is packed")
    west = models.IntegerField(help_text="The bounds of them all, in steps of 1e-7 degrees")
    south = models.IntegerField()
    east = models.IntegerField()
    north = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["month"], include=["version"], name="versions_of_months")]

    def __str__(self):
        return f"{self.month} {self.area_id}"


class PlacedMonth(models.Model):
    """Incidents of an EndedMonth by areas of another edition than that of their own area (sql/aggregate_place.sql).

    `area_id` 0 has those in no area. That row exists, possibly empty, where all were placed.
    """

    pk = models.CompositePrimaryKey("edition_id", "month", "own_area_id", "area_id")
    edition_id = models.BigIntegerField()
    month = models.DateField(help_text="Its first day, by the city's clock")
    own_area_id = models.BigIntegerField(help_text="Of the EndedMonth")
    area_id = models.BigIntegerField(help_text="Of the edition; 0: in none of them")
    packed = models.BinaryField(help_text="Eight bytes of each, as EndedMonth has them")
    version = models.BigIntegerField(db_default=RandomNumber(), help_text="Another one whenever it is packed")

    class Meta:
        indexes = [models.Index(fields=["month", "own_area_id"], name="placed_months_by_own_area")]

    def __str__(self):
        return f"{self.month} {self.own_area_id} in {self.area_id}"


class AcceptedChange(models.Model):
    """A moment of an acceptance whose day has to be packed again."""

    at = models.DateTimeField()

    def __str__(self):
        return str(self.at)


class UnitSum(models.Model):
    """Results of a unit's incidents of a category over some days: ended ones and all ratings.

    Each figure counts by its own day: reports by receipt, results by their event, missed deadlines by the deadline,
    ratings by their event (sql/aggregate_unit_rows.sql).
    """

    pk = models.CompositePrimaryKey("days", "first_day", "authority_id", "category_id")
    days = models.SmallIntegerField(help_text="1, or 7, 28 or 112 from a Monday on; 0: a week of all fields")
    first_day = models.DateField(help_text="By the city's clock")
    authority_id = models.BigIntegerField()
    category_id = models.BigIntegerField(help_text="0 where fields are not told apart")
    received = models.IntegerField()
    done = models.IntegerField()
    in_time = models.IntegerField(help_text="Done by the deadline, extensions included")
    in_time_first = models.IntegerField(help_text="Done by the first deadline")
    ended_late = models.IntegerField(help_text="Done or not accepted, after the deadline")
    missed = models.IntegerField(help_text="Deadlines that passed before it was done or not accepted")
    stars = models.IntegerField(help_text="The sum of the ratings")
    ratings = models.IntegerField()

    def __str__(self):
        return f"{self.first_day} + {self.days}: {self.authority_id}, {self.category_id}"


class DoneDay(models.Model):
    """Incidents done on a day, eight bytes each: unit, category, duration (sql/aggregate_pack_done.sql)."""

    day = models.DateField(primary_key=True, help_text="By the city's clock")
    packed = models.BinaryField()

    def __str__(self):
        return str(self.day)


class AcceptedDay(models.Model):
    """Incidents accepted on a day, eight bytes each: unit, category, duration (sql/aggregate_pack_accepted.sql)."""

    day = models.DateField(primary_key=True, help_text="By the city's clock")
    packed = models.BinaryField()

    def __str__(self):
        return str(self.day)
