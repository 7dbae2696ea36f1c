"""The register of views of personal data, and unusual views."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geoapp.ledger.heads import PublishedHead
from incidents.models.calls import CallBack
from incidents.models.enquiry import Enquiry
from incidents.models.ideas import Idea
from incidents.models.incident import Incident
from incidents.models.moderation import HeldReport
from incidents.models.people import Authority
from incidents.models.work import SubjectRequest


class PersonalDataView(models.Model):
    """A line of the register: a user saw contacts, words or other personal data of these reports.

    Lines are numbered without gaps, and each seal includes the one before (`register.PERSONAL_VIEWS`). PostgreSQL
    refuses updates, and deletes of lines younger than a year or after the last published head. Reports are stored by
    key, so that erased ones leave no name.
    """

    class How(models.TextChoices):
        DESK = "desk", _("contact details at the desk")
        LINK = "link", _("contact details by a unit's link")
        MESSAGE = "message", _("address of a message")
        REQUEST = "request", _("at the request of the person")
        DATA = "data", _("exported as a file")
        HELD = "held", _("report waiting for review")
        BACK = "back", _("call to be returned")
        CALL = "call", _("reports of a number that called")
        LOOKUP = "lookup", _("reports of a number that was entered")
        MAIL = "mail", _("e-mail waiting for a person")
        ENQUIRY = "enquiry", _("question, thanks or complaint")
        OWN = "own", _("by its sender, with a code")
        SHOWN = "shown", _("report that is not public")
        CHAT = "chat", _("conversation in a chat")
        IDEA = "idea", _("idea and its sender")

    id = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="personal_data_views")
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="+", help_text="Outside, by link")
    how = models.CharField(max_length=8, choices=How)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="+")
    reports = ArrayField(models.BigIntegerField(), default=list, help_text="Whose: keys of reports")
    request = models.ForeignKey(SubjectRequest, models.PROTECT, null=True, related_name="+")
    held = models.ForeignKey(HeldReport, models.PROTECT, null=True, related_name="views")
    call_back = models.ForeignKey(CallBack, models.PROTECT, null=True, related_name="views", db_index=False)
    enquiry = models.ForeignKey(Enquiry, models.PROTECT, null=True, related_name="views", db_index=False)
    idea = models.ForeignKey(Idea, models.PROTECT, null=True, related_name="views", db_index=False)
    address = models.CharField(
        max_length=200, default="", db_default="", help_text="The page or file by which it was shown, without tokens"
    )
    digest = models.BinaryField(help_text="SHA-256 of the digest before and this line")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(id__gte=1), name="views_are_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(by__isnull=False, authority=None)
                | Q(by=None, authority__isnull=False)
                | Q(by=None, authority=None, how="own"),
                name="a_view_is_somebodys",
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-at"], name="views_of_a_person"),
            models.Index(fields=["at"], name="views_by_time"),
            GinIndex(fields=["reports"], name="views_of_a_report"),
        ]

    def __str__(self):
        return f"{self.pk} {self.how}"


class PersonalDataViewHead(PublishedHead):
    """Last seal of a day in the register. It stays when lines before it are deleted."""

    CHAIN = "personal-views"

    line = models.BigIntegerField(help_text="The number of the last line")


class UnusualView(models.Model):
    """A user's views of one day that match a rule of `unusual_views`."""

    class Rule(models.TextChoices):
        MANY = "many", _("contact details of more than 30 incidents in 10 minutes")
        DAY = "day", _("contact details of more than 150 incidents in a day")
        OLD = "old", _("contact details of more than 5 incidents in an hour that were closed over 90 days ago")
        NIGHT = "night", _("at night (22–5), for the first time in 14 days")

    rule = models.CharField(max_length=10, choices=Rule)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    day = models.DateField()
    first = models.DateTimeField(help_text="When it began")
    last = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Incidents or lines, as the rule counts")

    class Meta:
        ordering = ["-day", "-last"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "by", "day"], name="views_of_a_day_are_flagged_once_by_a_rule")
        ]

    def __str__(self):
        return f"{self.day} {self.rule}"
