"""Store wall layouts and habits of people in the control room."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from gis_data.alphabet import in_alphabet

# Columns and rows of a wall.
SIZES = ("4x3", "5x4", "6x5", "8x5", "8x6", "10x8")
DWELL_S = (5, 600)  # how long a page of the pool may stand


class LayoutQuerySet(models.QuerySet):
    def for_person(self, user: Any) -> "LayoutQuerySet":
        return self.filter(Q(owner=user) | Q(shared=True)).select_related("owner").order_by(in_alphabet("name"), "pk")


class Layout(models.Model):
    """A saved wall: number of tiles, which cameras rotate, and which are pinned to a place."""

    name = models.CharField(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="layouts")
    shared = models.BooleanField(default=False, help_text="Everybody in the control room may choose it")
    size = models.CharField(max_length=5, choices=[(size, size.replace("x", " × ")) for size in SIZES], default="5x4")
    # Of the pool: a state, a group as `area:26740`, `road:Hai Bà Trưng` or `source:tth`, and words of the name.
    state = models.CharField(max_length=8, default="all")
    group = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=60, blank=True)
    # Cameras that stay where they are while the pool turns: {code: place on the wall, from 0}.
    pins = models.JSONField(default=dict, blank=True)
    dwell_s = models.PositiveSmallIntegerField(
        default=24, validators=[MinValueValidator(DWELL_S[0]), MaxValueValidator(DWELL_S[1])]
    )

    objects = LayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="a_person_names_a_layout_once"),
            models.CheckConstraint(
                condition=Q(size__in=SIZES, dwell_s__gte=DWELL_S[0], dwell_s__lte=DWELL_S[1]),
                name="a_layout_can_be_shown",
            ),
        ]

    def __str__(self):
        return self.name


class Habits(models.Model):
    """The settings of a person in the control room, on any screen."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="habits", primary_key=True)
    sound_urgent = models.BooleanField(default=True, help_text="A tone when something urgent is reported")
    sound_disputed = models.BooleanField(default=True, help_text="A tone when citizens disagree with a result")
    keys = models.BooleanField(default=True, help_text="Single letters and digits act while the wall has the focus")

    def __str__(self):
        return str(self.person_id)

    @classmethod
    def of(cls, user: Any) -> "Habits":
        return cls.objects.filter(person=user).first() or cls(person=user)
