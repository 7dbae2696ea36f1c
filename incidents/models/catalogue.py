"""What can be reported, and who answers for what where."""

from django.contrib.gis.db import models
from django.db.models import Q

from gis_data.models import Area, in_language
from incidents.models.people import Authority

TARGET = r"^[1-9][0-9]*(min|h|d|wd)$"  # 30min · 4h · 10d calendar days · 5wd working days


class CategoryQuerySet(models.QuerySet):
    def leaves(self):
        """What can be reported: groups only order the menu."""
        return self.filter(parent__isnull=False)


class Category(models.Model):
    """A field of the matter: a group, or a leaf of a group that can be reported."""

    code = models.CharField(max_length=20, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    icon = models.CharField(max_length=30, help_text="A symbol of icons.svg: c-flood")
    position = models.PositiveSmallIntegerField(default=0)
    everyday = models.BooleanField(default=False, help_text="Offered first")
    emergency = models.BooleanField(default=False, help_text="Shows the emergency numbers before anything else")
    restricted = models.BooleanField(default=False, help_text="Never shown in public")
    accept_within = models.CharField(max_length=8, blank=True)
    resolve_within = models.CharField(max_length=8, blank=True)
    keywords = models.TextField(blank=True)
    search = models.TextField(editable=False, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent=None, resolve_within="")
                | Q(parent__isnull=False, accept_within__regex=TARGET, resolve_within__regex=TARGET),
                name="a_leaf_has_its_targets",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def title(self):
        return in_language(self, "name")


class RoutingRule(models.Model):
    """Who answers for a category in an area. The most specific rule wins: area deeper, then leaf, then group, then any.

    `authority` empty means: the authority of the ward in which the place lies.
    """

    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="rules")
    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="rules")
    authority = models.ForeignKey(Authority, models.CASCADE, null=True, blank=True, related_name="rules")
    reason = models.CharField(max_length=200, help_text="One plain sentence, shown to the citizen")
    reason_en = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "area"], nulls_distinct=False, name="one_rule_for_a_category_in_an_area"
            )
        ]

    def __str__(self):
        return f"{self.category or '*'} × {self.area or '*'} → {self.authority or 'local'}"
