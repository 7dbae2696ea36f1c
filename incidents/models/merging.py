"""Merges of incidents, and moves of reports between them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from geoapp.crypto.fields import SealedTextField
from incidents.models.incident import Incident, Report


class MergeQuerySet(models.QuerySet["Merge"]):
    def in_force(self) -> "MergeQuerySet":
        return self.filter(undone_at=None)


class Merge(models.Model):
    """A merge of an incident into another, which stands for it until the merge is undone."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="merges")
    into = models.ForeignKey(Incident, models.PROTECT, related_name="gathered")
    stands = models.ForeignKey(
        Incident,
        models.PROTECT,
        related_name="+",
        help_text="As `into`, or what stands for that",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: by rule"
    )
    reason = SealedTextField(blank=True)
    at = models.DateTimeField(default=now)
    was = models.JSONField(help_text="What the incident was, and is again: state, published, waiting_since, photos")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(undone_at=None), name="an_incident_is_merged_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(incident=F("into")), name="nothing_is_merged_into_itself"),
        ]

    def __str__(self):
        return f"{self.incident} → {self.stands}"


class ReportMove(models.Model):
    """A move of a report between incidents; the origin of its first move is where it was received."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="moves")
    origin = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    target = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    merge = models.ForeignKey(
        Merge, models.PROTECT, null=True, blank=True, related_name="moves", help_text="Empty: it was taken out"
    )
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.report_id}: {self.origin} → {self.target}"
