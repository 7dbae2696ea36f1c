"""Store the shifts of the control room: claims on incidents, the append-only log, and hand-overs."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera
from geoapp.crypto.fields import SealedTextField
from incidents.models import AnnouncementLine, Incident, ProcedureStep, Severity


class RoomClaimQuerySet(models.QuerySet):
    def standing(self) -> "RoomClaimQuerySet":
        return self.filter(ended_at=None)


class RoomClaim(models.Model):
    """A claim: somebody in the control room has an incident in hand, until they give it back or the claim expires."""

    class End(models.TextChoices):
        GIVEN_BACK = "given_back", _("returned")
        TAKEN_OVER = "taken_over", _("taken over")
        TERM = "term", _("time expired")
        CLOSED = "closed", _("the incident is closed")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    taken_at = models.DateTimeField(default=now)
    until = models.DateTimeField(help_text="When it ends by itself")
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    objects = RoomClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(ended_at=None), name="an_incident_is_in_one_hand_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="what_is_in_hand_ends_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.incident_id} {self.by_id}"


class StepTick(models.Model):
    """A done step of an incident's procedure. The log records who took it back."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    step = models.ForeignKey(ProcedureStep, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "step"], name="a_step_is_ticked_once")]

    def __str__(self):
        return f"{self.incident_id} {self.step_id}"


class RoomLineQuerySet(models.QuerySet):
    def between(self, since: datetime, until: datetime | None = None) -> "RoomLineQuerySet":
        lines = self.filter(at__gte=since)
        if until:
            lines = lines.filter(at__lt=until)
        whole = ("by", "incident__category", "incident__area", "camera", "corrects", "announced")
        return lines.select_related(*whole).order_by("-at", "-pk")


class RoomLine(models.Model):
    """A line of the control room's log: what somebody there did, or wrote. PostgreSQL refuses to change one."""

    class Kind(models.TextChoices):
        WRITTEN = "written", _("Note")
        CORRECTION = "correction", _("Correction")
        TAKEN = "taken", _("Now handling it")
        GIVEN_BACK = "given_back", _("Returned")
        TERM = "term", _("No longer handled: time expired")
        CREATED = "created", _("Incident created")
        REMARKED = "remarked", _("Remark to the unit")
        ASKED = "asked", _("Unit asked")
        URGED = "urged", _("Unit reminded")
        GRADED = "graded", _("Severity changed")
        ORDERED = "ordered", _("Directive")
        CALLED = "called", _("Telephone call")
        STEP_DONE = "step_done", _("Procedure step done")
        STEP_UNDONE = "step_undone", _("Procedure step marked as not done")
        ANNOUNCED = "announced", _("Announced to people nearby")
        RECALLED = "recalled", _("Announcement ended or revoked")
        MADE = "made", _("Incident created from a camera alert")
        MERGED = "merged", _("Added to an incident, from a camera alert")
        DISMISSED = "dismissed", _("Camera alert dismissed")
        KEPT = "kept", _("Section of pictures saved")
        HANDED_OVER = "handed_over", _("Shift handed over")
        RECEIVED = "received", _("Shift taken over")

    at = models.DateTimeField(default=now, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Nobody: it happened by itself",
    )
    text = SealedTextField(blank=True)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="+")
    camera = models.ForeignKey(Camera, models.PROTECT, null=True, related_name="+")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    announced = models.OneToOneField(
        AnnouncementLine, models.PROTECT, null=True, related_name="+", help_text="Of which it tells"
    )

    objects = RoomLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="correction") & Q(corrects__isnull=False) & ~Q(text=""))
                | (~Q(kind="correction") & Q(corrects=None)),
                name="a_correction_names_its_line",
            ),
        ]

    def __str__(self):
        return f"{self.at:%F %T} {self.kind}"

    @property
    def is_own_words(self) -> bool:
        """Return whether a person wrote the line; all others are written by acts."""
        return self.kind in (self.Kind.WRITTEN, self.Kind.CORRECTION)

    @property
    def words(self) -> str:
        """Return its text in the reader's language: a changed severity is stored as its code."""
        severity, colon, why = self.text.partition(": ")
        if self.kind != self.Kind.GRADED or severity not in Severity.values:
            return self.text
        return f"{Severity(severity).label}{colon}{why}"


class HandOver(models.Model):
    """A handed-over shift: its figures, what is unfinished, and who took it."""

    since = models.DateTimeField(help_text="When the shift began")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=now)
    figures = models.JSONField(default=dict)
    cameras = models.JSONField(default=list, help_text="Of cameras that failed long ago: name and what is wrong")
    note = SealedTextField(blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(taken_at=None), name="one_hand_over_waits_at_a_time"),
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by=None) | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="who_takes_a_shift_is_named",
            ),
        ]

    def __str__(self):
        return f"{self.given_at:%F %T}"

    @classmethod
    def waiting(cls) -> Any:
        return cls.objects.filter(taken_at=None).select_related("by").first()


class HandOverItem(models.Model):
    """An unfinished incident of a hand-over: what was done, what comes next, and whether the next shift has read it."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="items")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    done = SealedTextField(blank=True)
    then = SealedTextField(max_length=200, blank=True)
    is_read = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["hand_over", "incident"], name="an_incident_is_handed_over_once")
        ]

    def __str__(self):
        return f"{self.hand_over_id} {self.incident_id}"
