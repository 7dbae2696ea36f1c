"""Campaigns: a promise of the city as a number, by a day, and what counts for it. Data of the city's pack."""

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, in_language
from incidents.models.answers import Answer
from incidents.models.catalogue import Category
from incidents.models.people import Authority
from incidents.models.versions import Version, VersionQuerySet

TITLE_MAX, TEXT_MAX, UNIT_MAX, SOURCE_MAX = 120, 600, 60, 200


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> "CampaignQuerySet":
        """Filter campaigns that everybody may read: the only door for pages, the box and the site map."""
        return self.filter(state=Campaign.State.PUBLISHED)

    def under_way(self) -> "CampaignQuerySet":
        """Filter public campaigns between their first day and their deadline, the nearest deadline first."""
        today = localtime().date()
        return self.public().filter(starts_on__lte=today, due_on__gte=today).order_by("due_on", "pk")


class Campaign(models.Model):
    """A promise: so many of something, from a day to a day.

    What is done is counted from incidents of its categories and areas, or stated by hand with its day and source.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    slug = models.SlugField(unique=True, max_length=60)
    title = models.CharField(max_length=TITLE_MAX)
    title_en = models.CharField(max_length=TITLE_MAX, blank=True)
    text = models.CharField(max_length=TEXT_MAX)
    text_en = models.CharField(max_length=TEXT_MAX, blank=True)
    words = models.TextField(blank=True, help_text="Other words for it, one a line")
    promised = models.PositiveIntegerField(help_text="How many")
    unit = models.CharField(max_length=UNIT_MAX, help_text="Of what: manholes cleared")
    unit_en = models.CharField(max_length=UNIT_MAX, blank=True)
    starts_on = models.DateField()
    due_on = models.DateField(help_text="The last day")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="campaigns", help_text="Which promises it")
    categories = models.ManyToManyField(Category, blank=True, related_name="+", help_text="Kinds or groups that count")
    areas = models.ManyToManyField(Area, blank=True, related_name="+", help_text="Where; none: the whole city")
    only_proven = models.BooleanField(default=False, help_text="Only results that are proven count")
    done_by_hand = models.PositiveIntegerField(null=True, blank=True, help_text="What is no incident: how many")
    done_on = models.DateField(null=True, blank=True, help_text="The day of that number")
    done_source = models.CharField(max_length=SOURCE_MAX, blank=True)
    done_source_en = models.CharField(max_length=SOURCE_MAX, blank=True)
    why_late = models.CharField(max_length=TEXT_MAX, blank=True, help_text="And what bridges the gap")
    why_late_en = models.CharField(max_length=TEXT_MAX, blank=True)
    answers = models.ManyToManyField(Answer, blank=True, related_name="campaigns", help_text="Its own questions")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-due_on", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text="") & ~Q(unit=""), name="a_campaign_says_what_it_promises"
            ),
            models.CheckConstraint(condition=Q(promised__gt=0), name="a_campaign_promises_something"),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="a_campaign_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(done_by_hand=None, done_on=None)
                | Q(done_by_hand__isnull=False, done_on__isnull=False) & ~Q(done_source=""),
                name="a_number_by_hand_has_day_and_source",
            ),
        ]

    def __str__(self):
        return self.slug

    @property
    def heading(self) -> str:
        return in_language(self, "title")

    @property
    def description(self) -> str:
        return in_language(self, "text")

    @property
    def promised_unit(self) -> str:
        return in_language(self, "unit")

    @property
    def source(self) -> str:
        return in_language(self, "done_source")

    @property
    def reason(self) -> str:
        return in_language(self, "why_late")


class CampaignVersionQuerySet(VersionQuerySet["CampaignVersion"]):
    pass


class CampaignVersion(Version):
    """One person's text of a campaign: a draft until a second agrees. Of a new one `campaign` is empty until then."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="versions")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", help_text="The unit that promises")
    content = models.JSONField(help_text="The fields of the campaign by their names")
    note = models.CharField(max_length=1000, blank=True, help_text="Why it was returned or withdrawn")

    objects = CampaignVersionQuerySet.as_manager()

    class Meta(Version.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(state__in=["draft", "proposed"]),
                name="a_campaign_has_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "proposed", "dropped"], decided_by=None, decided_at=None)
                | Q(
                    state__in=["published", "withdrawn"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    campaign__isnull=False,
                ),
                name="a_public_campaign_says_who_agreed",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")), name="a_second_person_agrees_to_a_campaign"
            ),
        ]
