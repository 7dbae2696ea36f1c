"""Store the viewing ledger: who looked at which camera and which evidence, and what for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geoapp.ledger.heads import PublishedHead
from incidents.models import Incident


class ViewLogEntry(models.Model):
    """An entry of the viewing ledger: a person began to look at these cameras, or at this evidence.

    Lines are numbered without gaps and each is sealed together with the one before (`viewlog.ledger.LOOKS`). PostgreSQL
    refuses to change one, and to delete one that is younger than a year or after the last published head. Cameras and
    evidence are stored by their keys.
    """

    class How(models.TextChoices):
        WALL = "wall", _("on the wall")
        FOCUS = "focus", _("opened in the control room")
        LIVE = "live", _("live stream")
        PICTURE = "picture", _("its picture alone")
        HISTORY = "history", _("earlier pictures")
        DESK = "desk", _("at the desk")
        EVIDENCE = "evidence", _("saved picture")
        EXPORT = "export", _("exported")
        PIN = "pin", _("saved by staff")
        FINDING = "finding", _("as a proposal")
        HEALTH = "health", _("proof of its condition")

    id = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="view_log_entries")
    how = models.CharField(max_length=8, choices=How)
    cameras = ArrayField(models.BigIntegerField(), default=list)
    evidence = ArrayField(models.BigIntegerField(), default=list)
    hour = models.DateTimeField(null=True, help_text="Earlier pictures: those of which hour")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=200, blank=True, help_text="As the person stated it")
    pictures = models.PositiveIntegerField(help_text="How many were shown when it began")
    digest = models.BinaryField(help_text="SHA-256 of the digest before and this line")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(id__gte=1), name="view_log_is_numbered_from_one"),
            models.CheckConstraint(condition=~Q(cameras=[], evidence=[]), name="a_view_log_entry_is_of_something"),
        ]
        indexes = [
            models.Index(fields=["by", "-at"], name="view_log_of_a_person"),
            models.Index(fields=["at"], name="view_log_by_time"),
            GinIndex(fields=["cameras"], name="view_log_of_a_camera"),
        ]

    def __str__(self):
        return f"{self.pk} {self.how}"


class ViewLogHead(PublishedHead):
    """The last seal of a day in the viewing ledger. Lines before it are deleted after their retention period; it
    stays.
    """

    CHAIN = "looks"

    line = models.BigIntegerField(help_text="The number of the last line")


class Flag(models.Model):
    """Unusual viewing that a supervisor should ask about: a person and a day that match a rule of `unusual`."""

    class Rule(models.TextChoices):
        MANY = (
            "many",
            _("more than 120 cameras in 10 minutes without an incident, not counting the rotation of the wall"),
        )
        ELSEWHERE = "elsewhere", _("saved pictures of more than 40 incidents of other units in an hour")
        NIGHT = "night", _("at night (22–5), for the first time in 14 days, without an incident")
        LONG = "long", _("one camera open for 3 hours in a day")

    rule = models.CharField(max_length=10, choices=Rule)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    day = models.DateField()
    first = models.DateTimeField(help_text="When it began")
    last = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Cameras, incidents, lines or minutes, as the rule counts")

    class Meta:
        ordering = ["-day", "-last"]
        constraints = [models.UniqueConstraint(fields=["rule", "by", "day"], name="a_day_is_flagged_once_by_a_rule")]

    def __str__(self):
        return f"{self.day} {self.rule}"
