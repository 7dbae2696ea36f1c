"""Training sentences of categories, and models learned from them and from reports."""

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from incidents.models.catalogue import Category


class CategorySentence(models.Model):
    """A typical sentence and its category; those for measuring are never trained on."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, related_name="sentences", help_text="Empty: about nothing to be reported"
    )
    text = models.CharField(max_length=500)
    measures = models.BooleanField(default=False)

    def __str__(self):
        return self.text


class LearnedCategoriesQuerySet(models.QuerySet["LearnedCategories"]):
    def in_use(self) -> int | None:
        newest = self.order_by("-pk").values_list("pk", "right_by_lexicon", "right_by_model").first()
        return newest[0] if newest and newest[2] > newest[1] else None

    def delete_oldest(self, *, keep: int) -> None:
        self.exclude(pk__in=list(self.order_by("-pk").values_list("pk", flat=True)[:keep])).delete()


class LearnedCategories(models.Model):
    """A model of word pieces by category, with its score on texts it was not trained on."""

    learned_at = models.DateTimeField(default=now)
    reports = models.PositiveIntegerField(help_text="From which it was learned, besides the pack's words")
    measured = models.PositiveIntegerField(help_text="Texts that measured it")
    right_by_lexicon = models.PositiveIntegerField(help_text="Of those, first suggestion right by the lexicon")
    right_by_model = models.PositiveIntegerField(help_text="Of those, first suggestion right with the model")
    model = models.BinaryField(help_text="A file of NumPy (NPZ)")

    objects = LearnedCategoriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "learned categories"
        constraints = [
            models.CheckConstraint(
                condition=Q(right_by_lexicon__lte=F("measured"), right_by_model__lte=F("measured")),
                name="no_more_are_right_than_measured",
            )
        ]

    def __str__(self):
        return f"{self.learned_at:%Y-%m-%d}: {self.right_by_model}/{self.measured}"
