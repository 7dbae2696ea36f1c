"""Whether who once signed in still is: what lasts longer than a request asks again."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import _AnyUser


def current_user(request: HttpRequest) -> "_AnyUser":
    """The person of this request's session as the database knows both now.

    Nobody (`AnonymousUser`) once the session has ended or expired, the person is no longer active, or has another
    password than the one that the session was begun with.
    """
    anew = HttpRequest()
    anew.session = type(request.session)(request.session.session_key)
    return get_user(anew)
