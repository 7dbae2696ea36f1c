"""Whether who once signed in still is: what lasts longer than a request asks again."""

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
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


def is_signed_in(session_key: str) -> bool:
    """Whether the session of this key is somebody's who is signed in; the connection is given back."""
    anew = HttpRequest()
    anew.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    try:
        return bool(session_key) and get_user(anew).is_authenticated
    finally:
        if not connection.in_atomic_block:
            connection.close()
