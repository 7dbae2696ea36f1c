"""Serve the published heads of a ledger as public JSON."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from geoapp.http.http_methods import require_safe
from geoapp.ledger.heads import heads_as_json
from geoapp.ledger.ledger import Chain


def public_heads(chain: Chain) -> Any:
    """Return a public view of a chain's heads as JSON, the newest first."""

    @login_not_required
    @require_safe
    @cache_control(public=True, max_age=300)
    def answer_heads(request: HttpRequest) -> HttpResponse:
        return heads_as_json(chain.published_heads())

    return answer_heads
