"""Crews of a unit, with hours and days of their shift."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from gis_data.alphabet import in_alphabet
from incidents.models.people import Authority

DAYS = 7  # of a week, Monday is 0
PEOPLE_MAX = 99  # of a crew without an account
ROOM_MAX = 99  # incidents that a crew can have at a time


def every_day() -> list[int]:
    return list(range(DAYS))


class CrewQuerySet(models.QuerySet["Crew"]):
    def in_use(self) -> "CrewQuerySet":
        return self.filter(ended_at=None).order_by("starts", in_alphabet("name"), "pk")

    def of_units(self, units: Iterable[int]) -> "CrewQuerySet":
        """Crews in use of these units (keys)."""
        return self.in_use().filter(authority__in=list(units))


class Crew(models.Model):
    """People of a unit who share a shift. A closed crew stays, since the history names it."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="crews")
    name = models.CharField(max_length=60, verbose_name=_("name"))
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="crews")
    others = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(PEOPLE_MAX)],
        help_text="People of it who have no account",
        verbose_name=_("people without an account"),
    )
    days = ArrayField(models.PositiveSmallIntegerField(), default=every_day, help_text="Monday is 0")
    starts = models.TimeField(verbose_name=_("shift starts"))
    ends = models.TimeField(help_text="Before `starts`: on the next morning", verbose_name=_("shift ends"))
    room = models.PositiveSmallIntegerField(
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(ROOM_MAX)],
        help_text="With so many it is full",
        verbose_name=_("busy with"),
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was given up")

    objects = CrewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "name"], condition=Q(ended_at=None), name="a_crew_has_its_name_at_its_unit"
            ),
            models.CheckConstraint(condition=~Q(starts=models.F("ends")), name="a_shift_has_hours"),
            models.CheckConstraint(condition=Q(days__len__gt=0), name="a_shift_has_days"),
            models.CheckConstraint(condition=Q(room__gt=0), name="a_crew_has_room"),
        ]

    def __str__(self):
        return f"{self.authority}: {self.name}"

    def shift_on(self, moment: datetime) -> tuple[datetime, datetime]:
        day = localtime(moment)
        begin = day.replace(hour=self.starts.hour, minute=self.starts.minute, second=0, microsecond=0)
        end = day.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        return begin, end if self.starts < self.ends else end + timedelta(days=1)

    def shift_at(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """(begin, end) of the current shift; None between shifts."""
        for day in (moment, moment - timedelta(days=1)):
            begin, end = self.shift_on(day)
            if begin <= moment < end and begin.weekday() in self.days:
                return begin, end
        return None

    def next_shift(self, moment: datetime) -> datetime:
        shifts = (self.shift_on(moment + timedelta(days=n))[0] for n in range(DAYS + 1))
        return next(begin for begin in shifts if begin > moment and begin.weekday() in self.days)

    def shift_to_come(self, moment: datetime) -> tuple[datetime, datetime]:
        """(begin, end) of the current shift, else of the next one."""
        return self.shift_at(moment) or self.shift_on(self.next_shift(moment))
