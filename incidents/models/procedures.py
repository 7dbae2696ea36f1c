"""Procedures of the control room by category, step by step. Data of the city's pack."""

from django.db import models

from gis_data.models import in_language
from incidents.models.catalogue import Category


class ProcedureStepQuerySet(models.QuerySet["ProcedureStep"]):
    def applying_to(self, category: Category) -> "list[ProcedureStep]":
        steps = self.filter(models.Q(category=None) | models.Q(category__in=[category.pk, category.parent_id]))
        by_category: dict[int | None, list[ProcedureStep]] = {}
        for step in steps.order_by("position", "pk"):
            by_category.setdefault(step.category_id, []).append(step)
        levels = (category.pk, category.parent_id, None)
        return next((by_category[key] for key in levels if key in by_category), [])


class ProcedureStep(models.Model):
    """A step of a procedure, ticked off in the control room."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+", help_text="A type, a group, or any"
    )
    position = models.PositiveSmallIntegerField(help_text="Its place in the file")
    words = models.CharField(max_length=120)
    words_en = models.CharField(max_length=120, blank=True)
    calls = models.BooleanField(default=False, help_text="The form of a call stands beside it")

    objects = ProcedureStepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "words"], nulls_distinct=False, name="a_step_stands_once_in_a_procedure"
            )
        ]

    def __str__(self):
        return f"{self.category or '*'} {self.words}"

    @property
    def sentence(self) -> str:
        return in_language(self, "words")
