"""Paginate long lists by keys."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class KeyPaginator(Paginator):
    """Paginator that selects a page's primary keys first and loads their rows afterwards.

    What a row shows, from other tables and of lines of history, is asked for those of the page alone: PostgreSQL would
    look it up for all rows before it cuts them. `shown`: the same rows with all that, in the same order. Where keys are
    found, or counted, more quickly than by `chosen`: `keys` gives them from one number on up to another, `count` how
    many there are.
    """

    def __init__(
        self,
        chosen: QuerySet,
        per_page: int,
        *,
        shown: QuerySet,
        keys: Callable[[int, int], Any] | None = None,
        count: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(chosen, per_page)
        self.shown = shown
        self.find_keys = keys or (lambda first, after: chosen.values("pk")[first:after])
        self.count_all = count or chosen.count

    @cached_property
    def count(self) -> int:
        return self.count_all()

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.find_keys(first, first + self.per_page)
        return Page(self.shown.filter(pk__in=keys), number, self)
