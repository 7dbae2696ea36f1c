"""Throttle Chromium to a slow phone on 3G with a quarter of the processor's speed."""

from dataclasses import dataclass

from playwright.sync_api import Page

# In ms, and bytes a second.
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
FIRST_PAINT_MS, PINS_MS, SHIFT, PINS_KB = 2_000, 5_000, 0.05, 250  # budgets
# Notes when the first pin or cluster stands in the page, in ms since it was asked for, and how far anything has moved.
NOTE = """
new MutationObserver((_changes, watching) => {
  if (!document.querySelector(".pin, .cluster")) return
  watching.disconnect()
  window.pinned = performance.now()
}).observe(document, { subtree: true, childList: true })
window.shifted = 0
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value
}).observe({ type: "layout-shift", buffered: true })
"""
SETTLES_MS = 3_000  # after the pins came what comes later, which may push others


@dataclass(frozen=True)
class SlowStart:
    """Timings of the map's start on a slow phone."""

    painted_ms: float
    pinned_ms: float
    shifted: float  # cumulative layout shift, by the definition of Web Vitals but without its windows: never less
    pinned_kb: float  # that came over until the pins stood, with the heads of answers


def open_on_slow_phone(page: Page, address: str) -> SlowStart:
    """Open the map, and measure its start in ms and kB."""
    came: list[float] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(NOTE)
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.pinned")
    until_pins = sum(came) / 1000
    page.wait_for_timeout(SETTLES_MS)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    painted, pinned, shifted = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.pinned, window.shifted]"
    )
    return SlowStart(painted_ms=painted, pinned_ms=pinned, shifted=shifted, pinned_kb=until_pins)
