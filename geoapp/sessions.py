"""Whether a session is somebody's, asked before anything of a request is read."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest


def is_signed_in(session_key: str) -> bool:
    """Whether the session of this key is somebody's who is signed in; the connection is given back."""
    anew = HttpRequest()
    anew.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    try:
        return bool(session_key) and get_user(anew).is_authenticated
    finally:
        if not connection.in_atomic_block:
            connection.close()
