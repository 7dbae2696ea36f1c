"""What is kept counted of the incidents that have ended, so that nobody counts two million of them when asked."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func


class MapSpot(Func):
    """Where a point lies, as one number: the squares of a level of the map are ranges of it (sql/guards/sums.sql)."""

    function = "map_spot"
    output_field = models.BigIntegerField()


class SumChange(models.Model):
    """An incident that has ended, still to be put into the sums (n = 1), or to be taken out of them (n = -1).

    Written by PostgreSQL beside the incident's row (sql/guards/sums.sql); read with the sums, which so are never late.
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


class MapSum(models.Model):
    """The published incidents of a square of the map that have ended, by category and state: how many, and where."""

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
    """The incidents of an area that were reported in a month and have ended, packed (sql/sums_pack.sql)."""

    pk = models.CompositePrimaryKey("month", "area_id")
    month = models.DateField(help_text="Its first day, by the city's clock")
    area_id = models.BigIntegerField()
    packed = models.BinaryField(help_text="Eight bytes of each: what statistics count")
    places = models.BinaryField(help_text="Eight bytes of each: where it lies")
    units = models.BinaryField(help_text="Four bytes of each: its unit, and whether everybody may see a photo")
    keys = models.BinaryField(help_text="Eight bytes of each: its key, by which they are in order")
    unit_keys = ArrayField(models.BigIntegerField(), help_text="The units of all of them")
    west = models.IntegerField(help_text="The bounds of them all, in steps of 1e-7 degrees")
    south = models.IntegerField()
    east = models.IntegerField()
    north = models.IntegerField()

    def __str__(self):
        return f"{self.month} {self.area_id}"
