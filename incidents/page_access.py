"""Pages that are there only for those whose work they are."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest
from django.views.decorators.cache import never_cache

from incidents import access
from incidents.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who has signed in, as all are but those of views that say `login_not_required`."""

    user: User


def require_work(work: str) -> Callable[[Callable], Callable]:
    """A view for people who do this work (a key of access.DOES), never cached; everybody else finds no such page."""

    def decorate(view: Callable) -> Callable:
        @never_cache
        @wraps(view)
        def checked_view(request, *args, **kwargs):
            if not access.does_work(request.user, work):
                raise Http404
            return view(request, *args, **kwargs)

        return checked_view

    return decorate
