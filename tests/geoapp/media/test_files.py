"""Test that a downloaded file is sent in chunks, and closed."""

import io

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import RequestFactory

from geoapp.media.files import PIECE, attachment_response

CONTENT = bytes(range(256)) * 600  # more than two pieces


@pytest.fixture(autouse=True)
def kept_connections():
    """Keep other tests' connections open at the end of a response, as Django's test client does."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def make_response(rf, asynchronous):
    request = rf.get("/")
    if asynchronous:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        request = ASGIRequest(scope, io.BytesIO())
    file = io.BytesIO(b"before" + CONTENT)
    file.seek(6)
    return attachment_response(request, file, "one.zip", "application/zip"), file


async def read_all(pieces):
    return [piece async for piece in pieces]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_file_is_sent_in_pieces_and_closed(rf: RequestFactory, asynchronous):
    response, file = make_response(rf, asynchronous)
    pieces = (async_to_sync(read_all) if asynchronous else list)(response.streaming_content)
    assert [len(piece) for piece in pieces] == [PIECE, PIECE, len(CONTENT) - 2 * PIECE]
    assert b"".join(pieces) == CONTENT
    assert response.is_async == asynchronous
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Content-Disposition"] == 'attachment; filename="one.zip"'
    response.close()
    assert file.closed


@pytest.mark.parametrize("asynchronous", [False, True])
def test_file_of_which_nothing_is_sent_is_closed(rf: RequestFactory, asynchronous):
    response, file = make_response(rf, asynchronous)
    response.close()
    assert file.closed
