"""Make a video of kept pictures in a process of its own, for `cameras.evidence.video` (`-m cameras.evidence.film`).

It decodes untrusted files, so it can open and write no file; the drawn frames go as pixels to the process of
`geoapp.media.video_decoder` that writes WebM. Captions stand under each picture. No Django.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import fontpkg_be_vietnam_pro
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cameras.analysis.decoding import decode_by_opencv
from geoapp.media import sandboxed_process
from geoapp.media.video_decoder import Writer

# Its limits: bytes of address space, seconds of computing for all videos and for one.
MEMORY, CPU_S, JOB_CPU_S, NICE = 1_500_000_000, 3600, 60, 10
RATE = 4  # frames a second: what stands still need not be written more often
WIDTH, HEIGHT, BAND = 768, 432, 72  # of a picture at the most, and of the band below it
INK, QUIET, GROUND = (240, 244, 243), (169, 184, 180), (10, 17, 16)
FONT = Path(fontpkg_be_vietnam_pro.__file__).parent / "files" / "BeVietnamPro-Medium.ttf"
PAD, LARGE, SMALL = 12, 20, 15


def make_film(job: dict, data: bytes, writer: Writer, fonts: dict[int, Any]) -> dict:
    """Return the video of a job's shots: each has "bytes" of a picture in `data` (none: an empty plate), its "lines",
    and for how many frames it is held.
    """
    at = shown = 0
    for shot in job["shots"]:
        picture = data[at : at + shot["bytes"]]
        at += shot["bytes"]
        image = decode_by_opencv(picture, cv2.IMREAD_COLOR) if picture else None
        if picture and image is None:
            continue
        frame = draw_shot(image, shot["lines"], fonts)
        for _n in range(shot["hold"]):
            writer.write(frame)
        shown += shot["hold"]
    return {"frames": shown, "parts": [writer.finish()] if shown else []}


def draw_shot(image: np.ndarray | None, lines: list[str], fonts: dict[int, Any]) -> np.ndarray:
    frame = Image.new("RGB", (WIDTH, HEIGHT + BAND), GROUND)
    if image is not None:
        height, width = image.shape[:2]
        scale = min(WIDTH / width, HEIGHT / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = Image.fromarray(cv2.cvtColor(cv2.resize(image, size, interpolation=how), cv2.COLOR_BGR2RGB))
        frame.paste(small, ((WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2))
    pen = ImageDraw.Draw(frame)
    for n, line in enumerate(lines[:2]):
        size = LARGE if n == 0 else SMALL
        pen.text((PAD, HEIGHT + 8 + 32 * n), line, INK if n == 0 else QUIET, fonts[size])
    return np.ascontiguousarray(np.asarray(frame)[:, :, ::-1])


def load_fonts() -> dict[int, Any]:
    fonts = {size: ImageFont.truetype(FONT, size) for size in (LARGE, SMALL)}
    draw_shot(None, ["Ữ 0:9", "đ"], fonts)  # what is loaded with the first letters is loaded now
    return fonts


def main() -> None:
    cv2.setNumThreads(1)
    Image.init()
    for kind in (".jpg", ".png"):
        decode_by_opencv(cv2.imencode(kind, np.zeros((16, 16, 3), np.uint8))[1].tobytes(), cv2.IMREAD_COLOR)
    fonts = load_fonts()
    writer = Writer(RATE)  # before this process may fork no more
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    unconfined = sandboxed_process.forbid_system_calls()

    def answer_job(job: dict, data: bytes) -> dict:
        return make_film(job, data, writer, fonts)

    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, JOB_CPU_S)


if __name__ == "__main__":
    main()
