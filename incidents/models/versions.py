"""Abstract model of a version of a page: one person drafts it, a second person publishes it."""

from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=models.Model)


class VersionQuerySet(models.QuerySet[Row]):
    def open(self) -> Self:
        return self.filter(state__in=Version.OPEN).order_by("-state", "pk")


class Version(models.Model):
    """One person's text of a page. `edit` and `state` change only under a lock, by `incidents.versions.steps`."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Waiting for a second person")
        PUBLISHED = "published", _("Public now")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DROPPED = "dropped", _("Discarded")

    OPEN = (State.DRAFT, State.PROPOSED)

    content: Any  # a JSON field of each kind: the fields of the page by their names
    edit = models.PositiveIntegerField(default=1, help_text="Counts changes, so that two at once are told apart")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return f"{self.pk} {self.state}"

    @property
    def title(self) -> str:
        return self.content.get("title", "")

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
