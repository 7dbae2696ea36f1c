"""A slow phone on a slow line, as Chromium's tools imitate them: slow 3G, and a processor of a quarter of the speed."""

from playwright.sync_api import Page

# In ms, and bytes a second.
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
FIRST_PAINT_MS, PINS_MS = 2_000, 5_000  # budgets
# Notes when the first pin or cluster stands in the page, in ms since it was asked for.
NOTE = """
new MutationObserver((_changes, watching) => {
  if (!document.querySelector(".pin, .cluster")) return
  watching.disconnect()
  window.pinned = performance.now()
}).observe(document, { subtree: true, childList: true })
"""


def open_on_slow_phone(page: Page, address: str) -> tuple[float, float]:
    """Open the map; ms to the first paint, and to the first pins. The page has asked for nothing yet."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(NOTE)
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.pinned")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return painted, page.evaluate("window.pinned")
