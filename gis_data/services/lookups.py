"""Answer `/mapit/point/…` in ASGI without Django's middleware, for a thousand requests a second.

The same answers as `views.mapit.point`, which stays for servers without ASGI and says what is wrong with a question.
Past Django's middleware, which would cost several times what the look-up does: this is open data, the same for
everybody.
"""

import asyncio
import json
import math
import weakref
from collections.abc import Callable
from urllib.parse import parse_qsl

from psycopg import OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from geoapp.db import connections
from geoapp.http import rate_limits
from geoapp.http.query_parameters import QueryError
from gis_data.services import mapit
from gis_data.sql import statement

PREFIX = "/mapit/point/4326/"
FORMS = (".json", ".html")  # these and all other ways of asking are Django's
PARAMETERS = {"type", "generation", "at", "country"}
CONNECTIONS = 4
pools = weakref.WeakKeyDictionary()  # event loop → the task that opens its pool


def answer_lookups(application: Callable) -> Callable:
    async def answer(scope, receive, send):
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(PREFIX):
            query = dict(parse_qsl(scope["query_string"].decode("latin-1").replace(";", "&")))
            place = scope["path"].removeprefix(PREFIX)
            if query.keys() <= PARAMETERS and "/" not in place and not place.endswith(FORMS):
                network = rate_limits.network_of((scope.get("client") or ("",))[0])
                wait_s = max(rate_limits.take(rate_limits.Ask("lookup:address", network)).values(), default=0.0)
                return await answer_point(place, query, send, wait_s)
        await application(scope, receive, send)

    return answer


async def answer_point(place, query, send, wait_s):
    """Answer a look-up of `LON,LAT`, or 429 with `wait_s` to wait."""
    lon, _comma, lat = place.partition(",")
    again_s = 10
    try:
        if wait_s:
            again_s = math.ceil(wait_s)
            raise QueryError(rate_limits.too_many_sentence(wait_s), status=429)
        question = mapit.point_query(lon, lat, query.get("generation", ""), query.get("at", ""))
        status, content = (
            200,
            mapit.areas_by_id(await fetch_rows(question), query.get("type", ""), query.get("country", "")),
        )
    except QueryError as error:
        status, content = error.status, {"error": str(error), "code": error.status}
    except (OperationalError, PoolTimeout):
        status, content = 503, {"error": "The database does not answer", "code": 503}
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"access-control-allow-origin", b"*"),
        (b"cache-control", b"public, max-age=3600" if status < 429 else b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *([(b"retry-after", str(again_s).encode())] if status in (429, 503) else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def fetch_rows(question):
    async with (await pool()).connection() as db_connection:
        return await (await db_connection.execute(statement("mapit_point"), question)).fetchall()


async def pool():
    loop = asyncio.get_running_loop()
    if loop not in pools:
        pools[loop] = loop.create_task(open_pool())
    return await pools[loop]


async def open_pool():
    parameters = connections.connection_parameters() | {"autocommit": True}
    pool = AsyncConnectionPool(kwargs=parameters, min_size=1, max_size=CONNECTIONS, timeout=10, open=False)
    await pool.open()
    return pool
