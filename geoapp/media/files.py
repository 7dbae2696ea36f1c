"""Store uploaded files atomically, and stream one as a download."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import IO

from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, StreamingHttpResponse

PIECE = 65_536  # bytes


class AtomicFileStorage(FileSystemStorage):
    """File storage that writes a file whole or not at all, also on a full disk."""

    def _save(self, name, content):
        half = f"{name}.{secrets.token_hex(4)}.half"
        try:
            super()._save(half, content)  # type: ignore[misc]  # the stubs leave it out
            while True:
                try:
                    os.link(self.path(half), self.path(name))
                    return name
                except FileExistsError:
                    name = self.get_available_name(name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self.path(half))


def attachment_response(request: HttpRequest, file: IO[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """Return an open file as a chunked download of this name; it is closed at the end.

    Django's FileResponse would be read into memory whole by a server with asyncio.
    """
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    pieces = (AsyncFile if hasattr(request, "scope") else SyncFile)(file)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)


class SentFile:
    """A file being streamed; the response closes it also if nothing was sent."""

    def __init__(self, file: IO[bytes]):
        self.file, self.close = file, file.close


class SyncFile(SentFile):
    """Iterator for WSGI and tests."""

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.file.read(PIECE):
            yield piece


class AsyncFile(SentFile):
    """Iterator for ASGI that reads the disk off the event loop."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self.file.read, PIECE):
            yield piece
