"""Decode frames of a video in a process with few rights: no secrets, little memory, little time.

python -I cameras/capture/one_frame.py, with the job as JSON on standard input: {"what": a file or a local address,
"formats", "protocols", "cpu_s", "wait_s": timeout of the sender, "every_s"}. It writes the first frame as JPEG to
standard output, or nothing; with `every_s` it goes on, one frame in so many seconds, each after its length (4 bytes).
It imports nothing else of the project.
"""

import json
import os
import resource
import sys
import time

MEMORY, FILES = 2_000_000_000, 64
MAX_PIXELS, MAX_BYTES = 25_000_000, 2_000_000


def limit_resources(cpu_s):
    """Drop rights and resources that decoding does not need, irrevocably."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def decode_frames(job):
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "|".join(
        f"{name};{value}" for name, value in (
            ("protocol_whitelist", job["protocols"]), ("format_whitelist", job["formats"]), ("rtsp_transport", "tcp"),
        )
    )  # fmt: skip
    os.environ["OPENCV_LOG_LEVEL"], os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "SILENT", "-8"
    import cv2  # noqa: PLC0415 - it reads what stands above when it is loaded

    cv2.setNumThreads(1)
    wait_ms = round(1000 * job["wait_s"])
    waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms]
    video = cv2.VideoCapture(job["what"], cv2.CAP_FFMPEG, waits)
    if video.get(cv2.CAP_PROP_FRAME_WIDTH) * video.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS:
        return
    last = -job["every_s"]
    while video.grab():
        if time.monotonic() - last < job["every_s"]:
            continue
        last = time.monotonic()
        good, image = video.retrieve()
        for quality in (88, 60, 30) if good else ():
            data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
            if len(data) <= MAX_BYTES:
                yield data
                break


if __name__ == "__main__":
    job, out = json.load(sys.stdin), sys.stdout.buffer
    limit_resources(job["cpu_s"])
    for data in decode_frames(job):
        if not job["every_s"]:
            out.write(data)
            break
        out.write(len(data).to_bytes(4) + data)
        out.flush()
