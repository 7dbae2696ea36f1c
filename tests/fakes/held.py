"""Measure the memory of a page in Chromium after garbage collection."""

import json
from operator import itemgetter
from pathlib import Path

from playwright.sync_api import Page

# Kinds of nodes in a heap snapshot that are no objects of the page: what V8 has compiled, and what it knows of shapes.
COMPILED = {"code", "object shape"}
BROWSER = {"native", "synthetic"}


class HeldByPage:
    """Chromium's memory figures of a page, which may not be opened yet."""

    def __init__(self, page: Page):
        self.page = page
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("Performance.enable")

    def measure(self) -> dict[str, int]:
        """Return heap and process size in bytes, nodes, listeners, elements and pictures."""
        heap = self.measure_clean()
        return {
            "heap": heap["JSHeapUsedSize"], "nodes": heap["Nodes"], "listeners": heap["JSEventListeners"],
            "elements": self.page.evaluate("document.querySelectorAll('*').length"),
            "pictures": self.page.evaluate("document.images.length"),
            "process": anonymous_of(self.page.context.browser),
        }  # fmt: skip

    def measure_heap(self) -> dict[str, int]:
        """Return the heap in bytes: `objects` of scripts and `compiled` code of V8."""
        chunks = []
        self.devtools.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
        self.devtools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        return share_heap(json.loads("".join(chunks)))

    def measure_clean(self):
        """Collect garbage until the number of nodes is stable, then return the metrics."""
        tries = []
        for _time in range(6):
            self.devtools.send("HeapProfiler.collectGarbage")
            metrics = self.devtools.send("Performance.getMetrics")["metrics"]
            tries.append({metric["name"]: metric["value"] for metric in metrics})
            if [metric["Nodes"] for metric in tries[-3:]] == [tries[-1]["Nodes"]] * 3:
                break
        return min(tries, key=itemgetter("Nodes"))


def share_heap(snapshot):
    """Return bytes of a heap snapshot (Chromium's format): objects, compiled."""
    meta, nodes = snapshot["snapshot"]["meta"], snapshot["nodes"]
    fields, kinds = meta["node_fields"], meta["node_types"][0]
    step, kind, size = len(fields), fields.index("type"), fields.index("self_size")
    totals = {"objects": 0, "compiled": 0}
    for kind_at, bytes_held in zip(nodes[kind::step], nodes[size::step], strict=True):
        name = kinds[kind_at]
        if name not in BROWSER:
            totals["compiled" if name in COMPILED else "objects"] += bytes_held
    return totals


def anonymous_of(browser):
    """Return anonymous memory of renderer processes in bytes: decoded pictures are outside the heap."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(anonymous(process["id"]) for process in processes if process["type"] == "renderer")


def anonymous(process):
    [line] = [
        status_line
        for status_line in Path(f"/proc/{process}/status").read_text().splitlines()
        if status_line.startswith("RssAnon")
    ]
    return int(line.split()[1]) * 1024
