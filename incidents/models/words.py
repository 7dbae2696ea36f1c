"""Which words speak of which category: sentences of the pack, and what was learned of them and of reports."""

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from incidents.models.catalogue import Category


class CategorySentence(models.Model):
    """A sentence as people say it, and what it is about; those that measure are never learned from."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, related_name="sentences", help_text="Empty: about nothing to be reported"
    )
    text = models.CharField(max_length=500)
    measures = models.BooleanField(default=False)

    def __str__(self):
        return self.text


class LearnedCategoriesQuerySet(models.QuerySet["LearnedCategories"]):
    def in_use(self) -> int | None:
        """The key of the newest model, if it is better than the lexicon."""
        newest = self.order_by("-pk").values_list("pk", "right_by_lexicon", "right_by_model").first()
        return newest[0] if newest and newest[2] > newest[1] else None

    def delete_oldest(self, *, keep: int) -> None:
        """Delete all but the newest `keep`."""
        self.exclude(pk__in=list(self.order_by("-pk").values_list("pk", flat=True)[:keep])).delete()


class LearnedCategories(models.Model):
    """Which pieces of words speak of which category, and how well that does by texts that it was not learned from."""

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
