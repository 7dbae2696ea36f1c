"""Transcode videos to small WebM by OpenCV's FFmpeg in child processes (`python -m geoapp.media.video_decoder`).

The reader process parses the uploaded bytes and can open and write nothing (`geoapp.media.sandboxed_process`). It
passes frames to the writer process, which gets only pixels and writes the small WebM, so that no sound, place, device
or comment can be in it. No Django. See docs/adr/0047.
"""

import io
import math
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image

from geoapp.media import sandboxed_process
from geoapp.media.photo_decoder import Unreadable, large_and_small

# What FFmpeg may take a file for, and from where it may get more: MP4 and its kin, WebM, from nowhere.
CAPTURE_OPTIONS = "format_whitelist;mov,mp4,m4a,3gp,3g2,mj2,matroska,webm|protocol_whitelist;none"
# The limits of the process that reads: bytes of address space, seconds of computing for all jobs and for one.
MEMORY, CPU_S, JOB_CPU_S, NICE = 1_800_000_000, 3600, 50, 5
WRITER_MEMORY, WRITER_CPU_S, WRITTEN_BYTES = 1_000_000_000, 3600, 30_000_000
SIDE, RATE = 640, 10  # of the small video: pixels of its longer side, frames a second
MIN_SIDE, MAX_SIDE = 64, 8192  # of what is sent, in pixels
MOST_A_SECOND = 250  # frames: slow motion of phones has 240
SLACK_S = 0.5  # so much longer a video of so many seconds may be: phones end with the frame that they are at
STILL_EVERY = 5  # frames of the small video, of which one may become the still
SIZE, FRAME, END, GIVE_UP = struct.Struct("<HH"), b"F", b"E", b"X"
LENGTH = struct.Struct("<I")


def answer_video(job: dict, data: bytes, writer: "Writer") -> dict[str, Any]:
    """Return a video's still, duration in seconds and small WebM. Raises Unreadable.

    `fault`: "long", "size" (of its picture), "frames" (too many a second) or "unreadable". What its head says of its
    length is believed only where it is far too long: the moments of its frames decide, which are looked at before one
    of them is decoded.
    """
    longest = job["seconds"] + SLACK_S
    with open_video(data, cv2.CAP_PROP_FORMAT, -1) as packets:
        check_head(packets, job)
        for _elapsed in frame_times(packets, longest):
            pass  # nothing is decoded yet
    with open_video(data) as video:
        try:
            best, seconds = send_frames(video, longest, writer)
        except BaseException:
            writer.give_up()
            raise
    still = Image.fromarray(cv2.cvtColor(best, cv2.COLOR_BGR2RGB))
    still.thumbnail((job["side"], job["side"]))
    answer = large_and_small(still, job["small_side"])
    answer["parts"].append(writer.finish())
    return answer | {"seconds": seconds}


@contextmanager
def open_video(data: bytes, *how: int) -> Iterator[cv2.VideoCapture]:
    file = io.BytesIO(data)  # OpenCV reads it as long as the video is open, and does not keep it
    options = [cv2.CAP_PROP_N_THREADS, 1, *how]
    video = cv2.VideoCapture(file, cv2.CAP_FFMPEG, options)  # type: ignore[call-overload]  # anything that reads
    try:
        if not video.isOpened():
            raise Unreadable
        yield video
    finally:
        video.release()
        file.close()


def frame_times(video: cv2.VideoCapture, longest: float) -> Iterator[float]:
    """Yield seconds since the first frame, for each frame. Raises Unreadable."""
    begin, elapsed, count = math.nan, 0.0, 0
    while video.grab():
        count += 1
        moment = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
        begin = moment if math.isnan(begin) else begin
        elapsed = max(elapsed, moment - begin)
        if not elapsed <= longest:
            raise Unreadable("long")
        if count > MOST_A_SECOND * (elapsed + 1):
            raise Unreadable("frames")
        yield elapsed


def check_head(video: cv2.VideoCapture, job: dict) -> None:
    width, height = (video.get(side) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE and width * height <= job["pixels"]):
        raise Unreadable("size")
    rate, count = video.get(cv2.CAP_PROP_FPS), video.get(cv2.CAP_PROP_FRAME_COUNT)
    if rate > 0 and count / rate > 2 * job["seconds"]:
        raise Unreadable("long")


def send_frames(video: cv2.VideoCapture, longest: float, writer: "Writer") -> tuple[np.ndarray, float]:
    best: np.ndarray | None = None
    best_score, small, handed, elapsed = -1.0, None, 0, 0.0
    for elapsed in frame_times(video, longest):
        if elapsed * RATE < handed:
            continue
        good, frame = video.retrieve()
        if not good or frame is None:
            continue
        while small is not None and handed < math.floor(elapsed * RATE):  # what stood still stands still
            writer.write(small)
            handed += 1
        small = make_small(frame, writer.size)
        if handed % STILL_EVERY == 0 and (score := score_of(small)) > best_score:
            best, best_score = frame, score
        writer.write(small)
        handed += 1
    if best is None:
        raise Unreadable
    return best, elapsed


def make_small(frame: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
    if size is None:
        height, width = frame.shape[:2]
        scale = min(1.0, SIDE / max(width, height))
        size = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)


def score_of(frame: np.ndarray) -> float:
    """Score a frame as still: neither dark nor overexposed, with contrast and sharp edges."""
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    exposed = float(np.mean((gray > 30) & (gray < 230)))
    contrast = min(float(gray.std()), 60) / 60
    sharp = min(float(cv2.Laplacian(gray, cv2.CV_64F).std()), 30) / 30
    return exposed + contrast + sharp


class Writer:
    """The writer process as the reader process sees it: two pipes."""

    def __init__(self, rate: int = RATE) -> None:
        pixels, self.pixels = os.pipe()
        self.files, files = os.pipe()
        self.size: tuple[int, int] | None = None
        if os.fork() == 0:
            os.close(self.pixels)
            os.close(self.files)
            os._exit(write_videos(os.fdopen(pixels, "rb"), os.fdopen(files, "wb"), rate))
        os.close(pixels)
        os.close(files)
        self.out, self.back = os.fdopen(self.pixels, "wb"), os.fdopen(self.files, "rb")

    def write(self, frame: np.ndarray) -> None:
        if self.size is None:
            self.size = frame.shape[1], frame.shape[0]
            self.out.write(SIZE.pack(*self.size))
        self.out.write(FRAME)
        self.out.write(np.ascontiguousarray(frame).data)

    def finish(self) -> bytes:
        self.end(END)
        (length,) = LENGTH.unpack(self.back.read(LENGTH.size))
        return self.back.read(length)

    def give_up(self) -> None:
        if self.size is not None:
            self.end(GIVE_UP)

    def end(self, how: bytes) -> None:
        self.size = None
        self.out.write(how)
        self.out.flush()


# ---- in the process that writes


def write_videos(pixels: BinaryIO, files: BinaryIO, rate: int) -> int:
    """Write videos from frames until input ends; `rate`: frames a second."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # OpenCV says there what it thinks of WebM
    sandboxed_process.limit_resources(memory=WRITER_MEMORY, cpu_s=WRITER_CPU_S, nice=NICE, file_bytes=WRITTEN_BYTES)
    with tempfile.TemporaryDirectory(prefix="video-") as folder:
        path = os.path.join(folder, "small.webm")
        while head := pixels.read(SIZE.size):
            whole = write_video(path, SIZE.unpack(head), pixels, rate)
            if whole:
                with open(path, "rb") as file:
                    data = file.read()
                files.write(LENGTH.pack(len(data)) + data)
                files.flush()
    return 0


def write_video(path: str, size: tuple[int, int], pixels: BinaryIO, rate: int) -> bool:
    width, height = size
    video = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP80"), rate, size)
    try:
        while (what := pixels.read(1)) == FRAME:
            data = pixels.read(width * height * 3)
            video.write(np.frombuffer(data, np.uint8).reshape(height, width, 3))
    finally:
        video.release()
    return what == END


def main() -> None:
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"], os.environ["OPENCV_FFMPEG_LOGLEVEL"] = CAPTURE_OPTIONS, "-8"
    cv2.setNumThreads(1)
    Image.init()
    writer = Writer()  # before this process may fork no more

    def answer_job(job: dict, data: bytes) -> dict[str, Any]:
        try:
            return answer_video(job, data, writer)
        except Unreadable as bad:
            return {"fault": bad.fault}
        except cv2.error:
            return {"fault": "unreadable"}

    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    unconfined = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, JOB_CPU_S)


if __name__ == "__main__":
    main()
