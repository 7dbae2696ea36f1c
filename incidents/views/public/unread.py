"""The number of unread messages in the header of every page, for a browser that has reports of its own."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from incidents.notify.unread import count_unread
from incidents.views.public.own_browser import COOKIE


def unread_context(request: HttpRequest) -> dict[str, Any]:
    """Returns `unread_count`, which is counted where a page shows it; nothing is asked without the browser's cookie."""
    key = request.COOKIES.get(COOKIE, "")
    if not key:
        return {"unread_count": 0}

    def count() -> int:
        request.is_personal = True  # type: ignore[attr-defined]  # no cache stores the page: `geoapp.http.caching`
        return count_unread(key)

    return {"unread_count": SimpleLazyObject(count)}
