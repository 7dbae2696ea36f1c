"""Changes of boundaries, and what they moved."""

from typing import Any

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, Edition
from incidents.models.incident import Incident
from incidents.models.people import Authority

# No foreign key checks for rows written by the million.
IN_BULK: dict[str, Any] = {"db_constraint": False, "db_index": False}


class Reform(models.Model):
    """A change to another edition of boundaries on a day: planned, enacted, possibly reverted as a whole."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        ENACTED = "enacted", _("in force")
        TAKEN_BACK = "taken_back", _("revoked")
        DROPPED = "dropped", _("cancelled before its day")

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="reforms", verbose_name=_("edition"))
    ends = models.ManyToManyField(
        Edition, related_name="ended_by", help_text=_("The editions that end on that day"), verbose_name=_("ends")
    )
    day = models.DateField(help_text=_("The first day on which the new edition is in force"), verbose_name=_("day"))
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED, verbose_name=_("state"))
    by = models.CharField(
        max_length=150, blank=True, help_text=_("Who set the day: a user name"), verbose_name=_("done by")
    )
    planned_at = models.DateTimeField(default=now, verbose_name=_("planned at"))
    enacted_at = models.DateTimeField(null=True, blank=True, verbose_name=_("enacted at"))
    taken_back_at = models.DateTimeField(null=True, blank=True, verbose_name=_("revoked at"))
    counts = models.JSONField(
        default=dict, blank=True, help_text=_("What it moved, and what stayed"), verbose_name=_("counts")
    )
    # Primary keys by kind of other rows it created or moved, for reverting it.
    ledger = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("change of boundaries")
        verbose_name_plural = _("changes of boundaries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition"], condition=Q(state__in=["planned", "enacted"]), name="an_edition_has_one_reform"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "dropped"], enacted_at=None)
                | Q(state__in=["enacted", "taken_back"], enacted_at__isnull=False),
                name="enacted_at_says_when_it_was_enacted",
            ),
        ]

    def __str__(self):
        return f"{self.edition} ({self.day})"


class Progress(models.Model):
    """Progress of long work on a reform, written outside its transaction so that others see it."""

    reform = models.OneToOneField(Reform, models.CASCADE, related_name="progress")
    step = models.CharField(max_length=30)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=now)
    fault = models.TextField(blank=True, help_text="Why it stopped, if it did")

    def __str__(self):
        return f"{self.step} {self.done}/{self.of}"


class Placement(models.Model):
    """The area of an incident in another edition than that of its own area.

    Millions are written in bulk from data just read in the database: foreign keys would double the time.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="placements", **IN_BULK)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", **IN_BULK)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "edition"], name="one_place_in_an_edition")]

    def __str__(self):
        return f"{self.incident_id} in {self.area_id}"


class Reassignment(models.Model):
    """What a reform changed in an open incident. Written in bulk as Placement; Django protects what it refers to."""

    reform = models.ForeignKey(Reform, models.CASCADE, related_name="reassignments", **IN_BULK)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="reassignments", **IN_BULK)
    old_area = models.ForeignKey(Area, models.PROTECT, related_name="+", **IN_BULK)
    new_area = models.ForeignKey(Area, models.PROTECT, related_name="+", **IN_BULK)
    old_authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", **IN_BULK)
    new_authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", **IN_BULK)
    old_state = models.CharField(max_length=10, choices=Incident.State)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reform", "incident"], name="a_reform_moves_an_incident_once")]

    def __str__(self):
        return f"{self.incident_id}: {self.old_area_id} → {self.new_area_id}"
