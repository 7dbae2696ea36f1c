"""Published heads of a sealed ledger, for whoever keeps them elsewhere."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from django.http import JsonResponse
from django.views.decorators.cache import cache_control

FRESH = cache_control(public=True, max_age=300)  # for which an answer may be kept


class Head(Protocol):
    """The seal on the last line of a day."""

    day: date
    line: int
    published_at: datetime

    @property
    def hex(self) -> str: ...


def answer(heads: Iterable[Head]) -> JsonResponse:
    """The heads as JSON, in their order, with the name of the digest."""
    names = ("day", "line", "published_at")
    rows = [{name: getattr(head, name) for name in names} | {"digest": head.hex} for head in heads]
    return JsonResponse({"digest": "SHA-256", "heads": rows})
