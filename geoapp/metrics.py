"""Expose metrics at /metrics in Prometheus' text format.

Gauges of database, disk and backup are computed at each scrape by functions that the apps register here. Web processes
count requests in files of PROMETHEUS_MULTIPROC_DIR (set by bin/web), from which the process that is scraped adds up
all.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

Figures = float | dict[str, float]  # one, or one for each value of the label


class Figure(NamedTuple):
    """A gauge that is computed at each scrape."""

    name: str
    documentation: str
    label: str
    read: Callable[[], Figures]


FIGURES: list[Figure] = []
COUNTED = CollectorRegistry()
STREAMS = Gauge("live_streams", "Event streams open now", registry=COUNTED, multiprocess_mode="livesum")
ANSWERS = Histogram(
    "http_answer_seconds",
    "Seconds until an answer began, by the kind of its status",
    ["status"],
    registry=COUNTED,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def figure(name: str, documentation: str, label: str = "") -> Callable[[Callable[[], Figures]], Callable[[], Figures]]:
    """Register a function as a gauge; with a label it returns {label value: number}."""

    def register(read: Callable[[], Figures]) -> Callable[[], Figures]:
        FIGURES.append(Figure(name, documentation, label, read))
        return read

    return register


def read_figure(name: str) -> Figures:
    """Return what a registered gauge is now. Raises KeyError where no app has registered one of that name."""
    return {figure.name: figure.read for figure in FIGURES}[name]()


class FigureCollector(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, documentation, label, read in FIGURES:
            family = GaugeMetricFamily(name, documentation, labels=[label] if label else [])
            figures = read()
            for value, number in figures.items() if isinstance(figures, dict) else [("", figures)]:
                family.add_metric([value] if label else [], number)
            yield family


def exposition() -> bytes:
    registry = CollectorRegistry()
    registry.register(FigureCollector())
    counted = COUNTED
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        forget_dead_processes(Path(folder))
        counted = CollectorRegistry()
        MultiProcessCollector(counted, folder)
    return generate_latest(registry) + generate_latest(counted)


def forget_dead_processes(folder: Path) -> None:
    for path in folder.glob("gauge_live*.db"):
        process = path.stem.rpartition("_")[2]
        if not Path(f"/proc/{process}").exists():
            mark_process_dead(int(process), str(folder))


# ---- what knows no app


@figure("disk_free_bytes", "Free room where pictures are kept")
def free_bytes() -> float:
    return disk_usage().free


@figure("disk_free_ratio", "The free part of the disk where pictures are kept, from 0 to 1")
def free_ratio() -> float:
    usage = disk_usage()
    return usage.free / usage.total


def disk_usage():
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(settings.MEDIA_ROOT)


@figure("backup_age_seconds", "Seconds since the last backup that succeeded", "what")
def backup_ages() -> dict[str, float]:
    """Return ages noted by bin/backup in BACKUP_DIR; {} where the folder is not visible."""
    if settings.BACKUP_DIR is None:
        return {}
    return {
        path.suffix.removeprefix("."): max(0, time.time() - path.stat().st_mtime)
        for path in settings.BACKUP_DIR.glob("succeeded.*")
    }
