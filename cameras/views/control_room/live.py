"""Stream the news of the patrols to open pages."""

import json

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, StreamingHttpResponse

from cameras.patrol.news import CHANNEL
from geoapp.http.http_methods import require_GET
from incidents import access
from incidents.accounts.sessions import current_user
from incidents.map.live import BEAT, BEGIN, OVER, NotifyRelay, arriving_items, stream_response

patrols = NotifyRelay(CHANNEL)


@login_not_required
@require_GET
async def wall_stream(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every camera with a new picture or state, within about a second (server-sent events).

    Each message is a list of `[code, sha, health, taken]`: the first digits of the SHA-256 of the newest picture and
    when it was taken, in ms since 1970 (null: none yet). The state before the stream began is read at `/control/wall/`;
    a stream that ends is opened again. Acts in the room come as an object: `{"room": {"claim": reference, "who": name
    or ""}}` or `{"room": {"log": key of a line}}`.
    """
    if not await sync_to_async(access.does_work)(await request.auser(), "control"):
        raise Http404
    return stream_response(stream_changes(lambda: access.does_work(current_user(request), "control") or None))


async def stream_changes(asks):
    queue = await patrols.watch()
    try:
        yield BEGIN
        async for cameras, _allowed in arriving_items(queue, asks):
            if cameras is BEAT or cameras is OVER:
                yield f"event: {'beat' if cameras is BEAT else 'over'}\ndata: {{}}\n\n"
            else:
                yield f"data: {json.dumps(cameras, ensure_ascii=False, separators=(',', ':'))}\n\n"
    finally:
        patrols.remove(queue)
