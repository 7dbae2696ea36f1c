"""Restrict views to safe methods: 405 with Allow, before CSRF is checked.

Django checks the CSRF token first, so a program that posts to a read-only page would get a 403 about cookies. A view
that changes nothing needs no token.
"""

from typing import Any

from django.views.decorators import http
from django.views.decorators.csrf import csrf_exempt


def require_safe(view: Any) -> Any:
    return csrf_exempt(http.require_safe(view))


def require_GET(view: Any) -> Any:
    """Restrict a view to GET: event streams have no HEAD."""
    return csrf_exempt(http.require_GET(view))
