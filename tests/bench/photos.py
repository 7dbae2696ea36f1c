"""Measure what a report with a photo costs, and how two hundred hostile photos at once slow everybody else."""

import os
import statistics
import threading
import time
from pathlib import Path

from tests import factories, hostile_pictures
from tests.bench.rows import load, loading, part, row

BOMBS, MOST_MB, PAGES_MS, SUBMIT_MS = 200, 1000, 300, 20
SECONDS, PHOTOS = 12, 60
BOUNDARY = "photo"


def photos(stage):
    """Compares reports with and without a photo; measures pages and memory while 200 bombs of 143 kB arrive."""
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": 30, "most": PHOTOS}
    photo = factories.jpeg(4000, 3000)
    bare = load_any(job | {"requests": [report(stage)]})
    sent = load_any(job | {"requests": [report(stage, photo)]})
    assert set(bare["statuses"]) | set(sent["statuses"]) == {"200"}, (bare["statuses"], sent["statuses"])
    more_ms = 1000 * (statistics.median(sent["times"]) - statistics.median(bare["times"]))
    here_ms = 1000 * decoding_s(photo)
    yield row(
        "report with a photo of 12 Mpx, more than without", more_ms, here_ms, unit="ms",
        budget="decoding + 20 ms", good=more_ms < here_ms + SUBMIT_MS,
    )  # fmt: skip
    pages = {"do": "ask", "port": stage.port, "connections": 4, "rate": 10, "seconds": SECONDS, "requests": ["GET /"]}
    calm_ms = part(load(pages)["times"], 0.95) * 1000
    bomb = report(stage, hostile_pictures.bomb(7000, 7000))
    before, most, over = resident_mb(), [], threading.Event()
    watching = threading.Thread(target=watch, args=(most, over))
    watching.start()
    storm = {"do": "ask", "port": stage.port, "connections": BOMBS, "most": BOMBS, "seconds": SECONDS}
    with loading(storm | {"requests": [bomb]}) as (_process, wait_for_answers):
        seen = load(pages)
        became = wait_for_answers()["statuses"]
    over.set()
    watching.join()
    assert sum(became.values()) == BOMBS
    assert set(became) <= {"200", "400", "503"}, became
    grown_mb = max(most) - before
    yield row(f"{BOMBS} bombs at once, memory more", grown_mb, unit="MB", budget="< 1,000 MB", good=grown_mb < MOST_MB)
    storm_ms = part(seen["times"], 0.95) * 1000
    yield row("pages meanwhile, p95", storm_ms, calm_ms, unit="ms", budget="< 300 ms", good=storm_ms < PAGES_MS)


def report(stage, photo=None):
    x, y = stage.places[0]
    fields = {"api_key": stage.key, "service_code": stage.category.code, "lat": f"{y:.6f}", "long": f"{x:.6f}"}
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    if photo is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n'
        lines.append(f"{head}Content-Type: image/jpeg\r\n\r\n{photo.decode('latin-1')}\r\n")
    return [
        "POST /open311/v2/requests.json", "".join(lines) + f"--{BOUNDARY}--\r\n",
        f"multipart/form-data; boundary={BOUNDARY}",
    ]  # fmt: skip


def load_any(job):
    with loading(job) as (_process, wait_for_answers):
        return wait_for_answers()


def decoding_s(photo):
    """Returns how long an idle process of the same machine takes to decode a photo and write it."""
    from geoapp.media import photo_decoder  # noqa: PLC0415 - what must not be used where there are secrets

    job = {"what": "photo", "side": 1920, "small_side": 480, "pixels": 50_000_000}
    took = []
    for _ in range(10):
        began = time.perf_counter()
        photo_decoder.answer_job(job, photo)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def watch(most, over):
    while not over.wait(0.1):
        most.append(resident_mb())


def resident_mb():
    """Returns the memory of the web server and its children in MB, shared pages counted once."""
    return sum(proportional_kb(pid) for pid in below(web_server())) / 1000


def web_server():
    for pid in below(os.getpid()):
        if "granian" in command_of(pid):
            return pid
    raise AssertionError("no web server runs")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def below(pid):
    tree = [pid]
    for parent in tree:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                tree += [int(child) for child in task.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
    return tree


def proportional_kb(pid):
    try:
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0
