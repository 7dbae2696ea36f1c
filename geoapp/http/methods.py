"""Views that only read: other methods are answered 405 and what is allowed, whether or not a CSRF token came along.

Django looks at the token first, so that a program that posts to a page that takes no posts is told 403 and something of
cookies. What changes nothing needs no token.
"""

from typing import Any

from django.views.decorators import http
from django.views.decorators.csrf import csrf_exempt


def require_safe(view: Any) -> Any:
    """A view that answers GET and HEAD."""
    return csrf_exempt(http.require_safe(view))


def require_GET(view: Any) -> Any:
    """A view that answers GET only: a stream has no head of its own."""
    return csrf_exempt(http.require_GET(view))
