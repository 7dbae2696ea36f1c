"""Measure the memory of a page in Chromium after garbage collection."""

import json
from operator import itemgetter
from pathlib import Path

from playwright.sync_api import Page

# Kinds of nodes in a heap snapshot that are no objects of the page: what V8 has compiled, and what it knows of shapes.
COMPILED = {"code", "object shape"}
BROWSER = {"native", "synthetic"}


class HeldByPage:
    """The browser's own figures of a page, which may not have been opened yet."""

    def __init__(self, page: Page):
        self.page = page
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("Performance.enable")

    def measure(self) -> dict[str, int]:
        """Its heap and process in bytes, nodes and listeners that are held, elements and pictures that are shown."""
        heap = self.measure_clean()
        return {
            "heap": heap["JSHeapUsedSize"], "nodes": heap["Nodes"], "listeners": heap["JSEventListeners"],
            "elements": self.page.evaluate("document.querySelectorAll('*').length"),
            "pictures": self.page.evaluate("document.images.length"),
            "process": anonymous_of(self.page.context.browser),
        }  # fmt: skip

    def measure_heap(self) -> dict[str, int]:
        """Its heap in bytes, in two parts: `objects` of its scripts, and `compiled`, what V8 has made of their code."""
        chunks = []
        self.devtools.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
        self.devtools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        return share_heap(json.loads("".join(chunks)))

    def measure_clean(self):
        """A busy browser leaves some of the garbage for the next time: it is clean when no node goes twice running."""
        tries = []
        for _time in range(6):
            self.devtools.send("HeapProfiler.collectGarbage")
            metrics = self.devtools.send("Performance.getMetrics")["metrics"]
            tries.append({metric["name"]: metric["value"] for metric in metrics})
            if [metric["Nodes"] for metric in tries[-3:]] == [tries[-1]["Nodes"]] * 3:
                break
        return min(tries, key=itemgetter("Nodes"))


def share_heap(snapshot):
    """Bytes of a heap snapshot (the format of Chromium's developer tools) by what holds them: objects, compiled."""
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
    """Bytes of memory that the browser's pages hold for themselves: pictures that were decoded lie outside the heap."""
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
