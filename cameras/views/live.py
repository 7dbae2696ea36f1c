"""What the patrols tell, as it happens."""

import asyncio
import json

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import Http404
from django.views.decorators.http import require_GET

from cameras.telling import CHANNEL
from incidents import access
from incidents.live import HEARTBEAT, Relay, events

# A page comes back after so long, and is asked again who looks.
LASTS_S = 900

patrols = Relay(CHANNEL)


@login_not_required
@require_GET
async def wall(request):
    """For the wall: every camera that has a new picture or is in another state, within a second or so of it.

    Each message is a list of `[code, sha, health, taken]`: the first digits of the SHA-256 of the newest picture and
    when it was taken, in ms since 1970 (null: none yet). What happened before the stream began is asked at
    `/control/wall/`; a stream that ends is opened again.
    """
    if not await sync_to_async(access.does)(await request.auser(), "control"):
        raise Http404
    return events(tell())


async def tell():
    queue = await patrols.watch()
    # A stream lasts long: what it asked the database is done, and the connection goes back to the others.
    await sync_to_async(connections.close_all)()
    ends = asyncio.get_running_loop().time() + LASTS_S
    try:
        yield "retry: 2000\n\n"
        while asyncio.get_running_loop().time() < ends:
            try:
                cameras = await asyncio.wait_for(queue.get(), HEARTBEAT)
            except TimeoutError:
                yield "event: beat\ndata: {}\n\n"
                continue
            if cameras is None:
                return
            yield f"data: {json.dumps(cameras, ensure_ascii=False, separators=(',', ':'))}\n\n"
    finally:
        patrols.watchers.discard(queue)
