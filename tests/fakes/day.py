"""Run a day of the public map in fast time: the real page with a fake clock, city and user."""

import json
import re
from urllib.request import urlopen

from gis_data.models import Street
from tests.fakes.held import HeldByPage
from tests.fakes.shift import story

HOURS = 24
ASLEEP_MS = 10 * 60 * 1000
# What is outside the page: the server's answers about incidents are invented here, all others are read once and said
# again. While somebody looks, the stream tells of ten changes every 36 seconds: a new incident, or another state of one
# that is open. Times are the page's own, so that hours pass quickly.
CITY = """
(() => {
  const real = window.fetch.bind(window), said = new Map(), open = []
  const OPEN = 60, STATES = ["assigned", "accepted", "working", "waiting"]
  const { item, row, counts, centre: [west, south] } = window.city
  let number = 0
  window.told = window.refreshed = window.lists = 0

  const change = () => {
    const n = ++number
    if (open.length < OPEN || n % 3 === 0) {
      const [lon, lat] = [west + ((n * 37) % 101 - 50) / 4000, south + ((n * 53) % 101 - 50) / 6000]
      open.push({ ...item, reference: `2611-${100000 + n}`, kind: "received", state: "received", lon, lat })
      if (open.length > OPEN) open.shift()
      return open.at(-1)
    }
    const one = open[(n * 7) % OPEN]
    return Object.assign(one, { kind: "accepted", state: STATES[n % STATES.length], late: n % 5 === 0 })
  }

  const tile = (z, x, y) => {
    const side = 256
    const here = ({ lon, lat }) => {
      const at = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), z)
      return Math.floor(at.x / side) === x && Math.floor(at.y / side) === y
    }
    window.refreshed += 1
    return { incidents: open.filter(here).map((one) => ({ ...one, area: { code: item.code } })), clusters: [] }
  }

  const rowOf = ({ reference, state, lon, lat }) => row
    .replaceAll(item.reference, reference)
    .replace(/data-state="[^"]*"/, `data-state="${state}"`)
    .replace(/data-lon="[^"]*"/, `data-lon="${lon}"`)
    .replace(/data-lat="[^"]*"/, `data-lat="${lat}"`)

  const list = (asked) => {
    window.lists += 1
    const wanted = asked.get("reference")
    const rows = wanted ? open.filter(({ reference }) => reference === wanted) : open.slice(-40).reverse()
    return `<div class="found" data-total="${open.length}" ${counts}>${rows.map(rowOf).join("")}</div>`
  }

  const once = async (address, options) => {
    const got = await real(address, { ...options, signal: undefined })
    return [await got.text(), got.headers.get("Content-Type")]
  }

  window.fetch = async (address, options) => {
    const url = new URL(address, location.href)
    const answer = (body, type) => new Response(body, { headers: { "Content-Type": type } })
    const [, z, x, y] = url.pathname.match(/^\\/tiles\\/incidents\\/(\\d+)\\/(\\d+)\\/(\\d+)\\.json$/) ?? []
    if (z) return answer(JSON.stringify(tile(Number(z), Number(x), Number(y))), "application/json")
    if (url.pathname === "/list/") return answer(list(url.searchParams), "text/html")
    if (!said.has(url.href)) said.set(url.href, once(address, options))
    return answer(...(await said.get(url.href)))
  }

  let asleep = false
  Object.defineProperty(document, "visibilityState", { get: () => (asleep ? "hidden" : "visible") })
  window.sleep = (yes) => {
    asleep = yes
    document.dispatchEvent(new Event("visibilitychange"))
  }

  window.EventSource = class extends EventTarget {
    constructor() {
      super()
      setTimeout(() => this.onopen?.())
      this.timers = [
        setInterval(() => asleep || this.dispatchEvent(new Event("beat")), 20_000),
        setInterval(() => { for (let i = 0; i < 10; i++) setTimeout(() => this.tell(), i * 300) }, 36_000),
      ]
    }
    tell() {
      if (asleep || this.closed) return
      window.told += 1
      const data = JSON.stringify({ ...change(), id: number })
      this.onmessage?.({ data, lastEventId: String(number) })
    }
    close() {
      this.closed = true
      this.timers.forEach(clearInterval)
    }
  }
  for (let n = 0; n < OPEN; n++) change()
})()
"""


class Day:
    """A map page, not opened yet; `city` is the result of `describe_incident`."""

    def __init__(self, page, city):
        self.page = page
        page.clock.install()
        page.add_init_script(f"window.city = {json.dumps(city)}")
        page.add_init_script(CITY)
        self.held = HeldByPage(page)

    def pass_hour(self, looks=10, minutes=5):
        """Use the page for an hour with pauses; returns its measured memory."""
        for _look in range(looks):
            self.page.clock.run_for(minutes * 60_000)
            self.look_around()
        self.use_tools()
        self.page.evaluate("sleep(true)")
        self.page.clock.fast_forward(ASLEEP_MS)
        self.page.evaluate("sleep(false)")
        self.page.clock.run_for(30_000)  # it has asked again, and what was new is so no longer
        self.page.wait_for_load_state("networkidle")
        return self.held.measure()

    def look_around(self):
        """Pan and zoom the map, and return."""
        self.page.locator("#map").focus()
        for key in ("ArrowRight", "ArrowLeft", "+", "-"):
            self.page.keyboard.press(key)
            self.page.clock.run_for(1000)

    def use_tools(self):
        """Select an incident, search a place, locate, filter, and change the style."""
        self.page.locator(".row").nth(1).click()
        self.page.clock.run_for(1000)
        self.page.locator("#map").click(position={"x": 5, "y": 200})
        field = self.page.locator("#box")
        field.fill(self.page.evaluate("city.place"))
        self.page.clock.run_for(2000)
        self.page.locator("[role=option][data-reads]").first.click()
        self.page.locator("#reading").wait_for()
        self.page.clock.run_for(1000)
        field.press("Escape")
        self.page.locator("#reading").wait_for(state="detached")
        self.page.locator(".map-tools.locate button").first.click()
        self.page.wait_for_selector(".here", state="attached")
        self.page.clock.run_for(1000)
        for chip in ("late", "open"):
            self.page.locator(f".chip[value={chip}]").click()
            self.page.clock.run_for(1000)
        self.page.locator(".map-tools.locate button").nth(1).click()
        for look in ("density", "count", "time", ""):
            self.page.locator(f'#looks input[value="{look}"]').check()
            self.page.clock.run_for(1000)
        self.page.keyboard.press("Escape")


def describe_incident(address, incident):
    """Return what the page needs of the city: an incident as stream and list describe it, and a street."""
    with urlopen(f"{address}/list/?reference={incident.reference}") as answer:
        row = answer.read().decode()
    [row] = re.findall(r'<a\s+class="row".*?</a>', row, re.S)
    chips = enumerate(("open", "late", "new", "working", "resolved"))
    return {
        "item": story(incident) | {"code": incident.area.code}, "row": row,
        "place": Street.objects.order_by("name").first().name, "centre": [incident.place.x, incident.place.y],
        "counts": " ".join(f'data-{name}="{n}"' for n, name in chips),
    }  # fmt: skip
