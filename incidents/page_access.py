"""Pages that are there only for those whose work they are."""

from functools import wraps

from django.http import Http404, HttpRequest
from django.views.decorators.cache import never_cache

from incidents import access
from incidents.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in, as it comes to a view that lets in nobody else."""

    user: User


def require_work(work):
    """A view for people who do this work (a key of access.DOES), never cached; everybody else finds no such page."""

    def door(view):
        @never_cache
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not access.does_work(request.user, work):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return door
