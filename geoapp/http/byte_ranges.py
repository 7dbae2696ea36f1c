"""Answer HTTP range requests for video files (RFC 9110, section 14)."""

import re

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse

ONE_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})|bytes=-(\d{1,12})", re.ASCII)
AT_ONCE = 2_000_000  # bytes of an answer; a player asks on from there


def video_response(request: HttpRequest, file: FieldFile) -> HttpResponse:
    """Return a WebM, whole or as one byte range; 416 for a range outside the file. Raises Http404."""
    try:
        size = file.size
        part = requested_range(request.headers.get("Range", ""), size)
        if part is None:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        start, end = part
        with file.open() as opened:
            opened.seek(start)
            data = opened.read(end - start)
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(data, content_type="video/webm")
    response["Accept-Ranges"] = "bytes"
    if ONE_RANGE.fullmatch(request.headers.get("Range", "")):
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the requested bytes as (first, after last); the whole file for a Range header that may be ignored.

    None where the file has none of them.
    """
    match = ONE_RANGE.fullmatch(header)
    if not match:
        return 0, size
    first, last, ending = match.groups()
    if ending:
        start, end = max(size - int(ending), 0), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    if start >= end:
        return None
    return start, min(end, start + AT_ONCE)
