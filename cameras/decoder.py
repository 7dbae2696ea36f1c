"""Run the process that decodes camera pictures for `cameras.analysis.decoding` (`-m cameras.decoder`)."""

import sys

import cv2
import numpy as np

from cameras.analysis.decoding import decode_by_opencv
from geoapp.media import sandboxed_process

# Its limits: bytes of address space, seconds of computing for all pictures and for one.
MEMORY, CPU_S, JOB_CPU_S, NICE = 1_500_000_000, 36_000, 10, 0


def answer_job(job: dict, picture: bytes) -> dict | None:
    image = decode_by_opencv(picture, job["reading"])
    return None if image is None else {"shape": image.shape, "parts": [image.data.tobytes()]}


def main() -> None:
    cv2.setNumThreads(1)
    for kind in (".jpg", ".png"):  # what is loaded with the first picture is loaded before no file can be opened
        decode_by_opencv(cv2.imencode(kind, np.zeros((16, 16, 3), np.uint8))[1].tobytes(), cv2.IMREAD_COLOR)
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    unconfined = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, JOB_CPU_S)


if __name__ == "__main__":
    main()
