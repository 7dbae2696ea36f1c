"""Server-sent event streams for the public map, the desk and hotline operators."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest

from geoapp.db import admission
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_GET
from incidents import access
from incidents.accounts.sessions import current_user
from incidents.disclosure import register, shown
from incidents.map.live import (
    BEAT,
    BEGIN,
    OVER,
    NotifyRelay,
    arriving_items,
    events_with_incidents,
    is_public_news,
    public_events,
    signal_line,
    stream_events,
    stream_response,
)
from incidents.models import User
from incidents.notify import operator_pages

hotline_relay = NotifyRelay(operator_pages.CHANNEL)
AGAIN_S = 60  # Retry-After of a refused stream


@login_not_required
@require_GET
async def public_stream(request):
    network = rate_limits.network_of_request(request)
    if rate_limits.streams.is_full(network):
        return rate_limits.too_many_response(request, AGAIN_S)
    if not rate_limits.streams.has_room():
        return admission.busy_response(request)
    response = stream_events(request, lambda: is_public_news, public_events())
    rate_limits.streams.count_until_closed(network, response)
    return response


@require_GET
async def desk_stream(request):
    """Streams the events of the person's own authority, or all for those who read everything."""
    user = await request.auser()
    if await sync_to_async(news_test_for)(user) is None:
        raise Http404
    readable = await sync_to_async(access.incidents_for)(user, "read")
    missed = events_with_incidents().filter(incident__in=readable)
    address = register.address_of(request)
    record = partial(shown.record_news, user, address=address)
    return stream_events(request, lambda: news_test_for(current_user(request)), missed, record)


def news_test_for(user: User | AnonymousUser) -> Callable[[dict[str, Any]], bool] | None:
    """Returns a predicate that selects news for this person; None if no post of theirs reads incidents."""
    if user.is_anonymous:
        return None
    staff = access.staff_news_filter(user)
    if access.reads_everything(user):
        return lambda item: item["public"] or not item.get("staff") or staff(item["authority"], item["where"])
    own = set(access.authorities_of(user).values_list("pk", flat=True))
    hears, watches = access.news_filter(user), access.watch_filter(user)
    if not own and not access.posts_with_role(user, access.MAY_EVERYWHERE["read"]).exists():
        return None

    def hears_news(item: dict[str, Any]) -> bool:
        if item["public"]:
            return True
        if item.get("staff"):
            return staff(item["authority"], item["where"])
        return bool(
            hears({item["authority"], item["was"]}, item["where"], item["what"])
            or not own.isdisjoint([*item["maybe"], *item["asked"]])
            or (item["watched"] and watches(item["where"], item["what"]))
        )

    return hears_news


@require_GET
async def operator_stream(request):
    user = await request.auser()
    if not await sync_to_async(access.does_work)(user, "operator"):
        raise Http404
    return stream_response(operator_lines(request))


async def operator_lines(request: HttpRequest) -> AsyncIterator[str]:
    """Yields the lines of an operator's stream. It replays nothing: every page of the hotline shows what was missed."""
    queue = await hotline_relay.watch()
    try:
        yield BEGIN
        async for item, operator in arriving_items(queue, lambda: operator_of(request)):
            if item is BEAT or item is OVER:
                yield signal_line("beat" if item is BEAT else "over", 0)
            elif item["to"] in (None, operator.pk):
                yield f"event: {item['kind']}\ndata: {json.dumps({'call': item['call']})}\n\n"
    finally:
        hotline_relay.remove(queue)


def operator_of(request: HttpRequest) -> User | AnonymousUser | None:
    """Returns the user while they are signed in and may take calls; else None."""
    user = current_user(request)
    return user if access.does_work(user, "operator") else None
