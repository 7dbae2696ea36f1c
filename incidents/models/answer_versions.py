"""Versions of the pages that answer: drafts, who agreed to them, and the history of each, which only grows."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from incidents.models.answers import Answer
from incidents.models.enquiry import Enquiry
from incidents.models.people import Authority
from incidents.models.versions import Version, VersionQuerySet


class AnswerVersionQuerySet(VersionQuerySet["AnswerVersion"]):
    pass


class AnswerVersion(Version):
    """A text of a page: a draft until a second person agrees. Of a new page `answer` is empty until then."""

    answer = models.ForeignKey(Answer, models.PROTECT, null=True, blank=True, related_name="versions")
    enquiry = models.ForeignKey(
        Enquiry, models.PROTECT, null=True, blank=True, related_name="versions", help_text="The question it is made of"
    )
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", help_text="The unit that writes it")
    content = models.JSONField(help_text="The fields of the page by their names")

    objects = AnswerVersionQuerySet.as_manager()

    class Meta(Version.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["answer"], condition=Q(state__in=["draft", "proposed"]), name="a_page_has_one_open_version"
            ),
            models.UniqueConstraint(
                fields=["enquiry"],
                condition=Q(state__in=["draft", "proposed"]),
                name="a_question_has_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "proposed", "dropped"], decided_by=None, decided_at=None)
                | Q(
                    state__in=["published", "withdrawn"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    answer__isnull=False,
                ),
                name="a_published_version_says_who_agreed",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")), name="a_second_person_agrees_to_a_version"
            ),
        ]


class AnswerLine(models.Model):
    """A line of a version's history, with its text where that changed. PostgreSQL refuses updates."""

    class Kind(models.TextChoices):
        DRAFTED = "drafted", _("Drafted")
        CHANGED = "changed", _("Changed")
        PROPOSED = "proposed", _("Handed in")
        RETURNED = "returned", _("Returned")
        PUBLISHED = "published", _("Made public")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DROPPED = "dropped", _("Discarded")

    WRITING = (Kind.DRAFTED, Kind.CHANGED)

    version = models.ForeignKey(AnswerVersion, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=9, choices=Kind)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=1000, blank=True)
    content = models.JSONField(null=True, blank=True, help_text="The text after this, where it was written")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.version_id} {self.kind}"
