"""Decode pictures and videos in sandboxed child processes: separate pools for strangers' and for cameras'.

`geoapp.media.photo_decoder` and `geoapp.media.video_decoder` do the work. Raises `sandboxed_process.Busy` where too
many wait: pages answer 503, jobs retry.
"""

from typing import Any

from django.conf import settings

from geoapp.media.sandboxed_process import Pool, Stopped

PROCESS = ("geoapp.media.photo_decoder",)
START_S, ANSWER_S, VIDEO_ANSWER_S = 20, 20, 90
WAIT_S = 8  # for a free process


class Unreadable(ValueError):
    """The bytes are no usable picture; `fault`: the process's word for it, else "unreadable"."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


photo_decoders = Pool(
    *PROCESS, at_once=settings.PHOTO_DECODERS, waiting=settings.PHOTOS_WAITING, wait_s=WAIT_S, start_s=START_S,
    answer_s=ANSWER_S, jobs=500,
)  # fmt: skip
# A video of half a minute takes ten seconds of a processor: one at a time, so that photos still get theirs.
video_decoders = Pool(
    "geoapp.media.video_decoder", at_once=1, waiting=1, wait_s=WAIT_S, start_s=START_S, answer_s=VIDEO_ANSWER_S, jobs=50
)
# Eighty tiles of a wall come at once, each in some milliseconds, and only to who is signed in.
camera_decoders = Pool(
    *PROCESS, at_once=settings.PHOTO_DECODERS, waiting=400, wait_s=WAIT_S, start_s=START_S, answer_s=5, jobs=20_000
)

# Two photos in the background, by a job that may wait.
likeness_processes = Pool(
    "geoapp.media.photo_likeness", at_once=1, waiting=20, wait_s=60, start_s=START_S, answer_s=ANSWER_S, jobs=500
)


def is_video(head: bytes) -> bool:
    """Whether a file header is that of a supported video: MP4, MOV, 3GP or WebM."""
    kind = head[8:12].lower()
    picture = head[4:8] == b"ftyp" and kind[:3] in (b"hei", b"hev", b"mif", b"msf", b"avi")  # HEIC and AVIF are photos
    return not picture and (head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") or head[:4] == b"\x1a\x45\xdf\xa3")


def decode(pool: Pool, job: dict, data: bytes) -> dict[str, Any]:
    """Return a child's answer to a job. Raises Unreadable, also after a crash or timeout, and Busy."""
    try:
        answer = pool.ask(job, data)
    except Stopped:
        raise Unreadable("unreadable") from None
    if "fault" in answer:
        raise Unreadable(answer["fault"])
    return answer


def show_same_view(before: bytes, after: bytes) -> bool:
    """Whether two photos surely show the same view (`geoapp.media.photo_likeness`). Raises Unreadable and Busy."""
    return bool(decode(likeness_processes, {"first": len(before)}, before + after)["sure"])
