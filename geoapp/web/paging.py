"""Pages of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class KeyPaginator(Paginator):
    """Pages of a list whose rows are chosen by their keys first.

    What a row shows, from other tables and of lines of history, is asked for those of the page alone: PostgreSQL would
    look it up for all rows before it cuts them. `shown`: the same rows with all that, in the same order. `counted`:
    as many rows, where they are counted more quickly than `chosen`.
    """

    def __init__(self, chosen: QuerySet, per_page: int, *, shown: QuerySet, counted: QuerySet | None = None) -> None:
        super().__init__(chosen, per_page)
        self.chosen, self.shown, self.counted = chosen, shown, chosen if counted is None else counted

    @cached_property
    def count(self) -> int:
        return self.counted.count()

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.chosen.values("pk")[first : first + self.per_page]
        return Page(self.shown.filter(pk__in=keys), number, self)
