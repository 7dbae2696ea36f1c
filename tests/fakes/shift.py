"""Run a shift of the control room in fast time, and measure the page's memory."""

import itertools
import json

from tests import factories
from tests.fakes.held import HeldByPage

HOUR_MS = 3600 * 1000
# What is outside the page: the server's answers about the wall are invented here, all others are read once and said
# again; the stream tells of another incident every two minutes, the patrols of all cameras every ten seconds, each of
# which has a new picture every ten minutes. Times are the page's own, so that hours pass quickly; an hour may be a
# shorter one, in which as much happens.
WORLD = """
(() => {
  const said = new Map(), real = window.fetch.bind(window)
  const healths = ["live", "live", "live", "live", "live", "late", "frozen", "offline"]
  window.updates = window.incidents = window.asked = 0

  const src = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src")
  Object.defineProperty(HTMLImageElement.prototype, "src", {
    ...src,
    set(address) {
      window.asked += 1
      src.set.call(this, address)
    },
  })

  const tile = (code, at) => {
    const number = window.codes.indexOf(code)
    const health = healths[(number + Math.floor(at / (window.hour / 2))) % healths.length]
    const seen = health !== "offline"
    window.updates += 1
    return {
      code, health, name: code, label: health, age: Math.floor(at / 1000 + number) % 15,
      icon: seen ? "i-pause" : "i-offline", words: ["live", "late"].includes(health) ? "" : "It says so",
      since: health === "frozen" ? "since 14:18" : "", taken: seen ? "14:32:07" : "",
      sha: seen ? `${number}-${Math.floor((at + (number * window.hour) / 960) / (window.hour / 6))}` : "",
    }
  }

  const wall = (codes, at) => {
    const tiles = Object.fromEntries(codes.map((code) => [code, tile(code, at)]))
    const blind = codes.filter((code) => tiles[code].words)
    const troubles = Object.fromEntries(blind.map((code) => [code, tiles[code].health]))
    return { at: new Date(at).toISOString(), tiles, troubles, all: window.codes.length, seeing: 100 }
  }

  const once = async (address) => {
    const got = await real(address)
    return [await got.text(), got.headers.get("Content-Type")]
  }

  window.fetch = async (address, options) => {
    const path = String(address)
    const answer = (body, type) => new Response(body, { headers: { "Content-Type": type } })
    if (path.startsWith("/control/wall/")) {
      const codes = new URLSearchParams(path.split("?")[1]).getAll("code")
      return answer(JSON.stringify(wall(codes, Date.now())), "application/json")
    }
    if (!path.startsWith("/control/")) return real(address, options)
    if (!said.has(path)) said.set(path, once(address))
    return answer(...(await said.get(path)))
  }

  window.EventSource = class extends EventTarget {
    constructor(address) {
      super()
      let number = 0
      setTimeout(() => this.onopen())
      if (address.startsWith("/control/live/")) return this.patrol()
      setInterval(() => this.dispatchEvent(new Event("beat")), 20_000)
      setInterval(() => {
        const item = window.stories[number++ % window.stories.length]
        window.incidents += 1
        this.onmessage({ data: JSON.stringify({ ...item, id: number }), lastEventId: String(number) })
      }, window.hour / 30)
    }
    patrol() {
      setInterval(() => {
        const now = Date.now(), cameras = window.codes.map((code) => tile(code, now))
        const data = JSON.stringify(cameras.map(({ code, sha, health }) => [code, sha, health, sha && now]))
        this.onmessage({ data, lastEventId: "" })
      }, 10_000)
      return this
    }
    close() {}
  }
})()
"""


class Shift:
    """A control room page, not opened yet; `stories`: incidents that arrive in turn."""

    def __init__(self, page, codes, stories, hour_ms=HOUR_MS):
        self.page, self.hour_ms = page, hour_ms
        page.clock.install()
        page.add_init_script(WORLD)
        page.add_init_script(f"window.codes = {json.dumps(codes)}; window.stories = {json.dumps(stories)}")
        page.add_init_script(f"window.hour = {hour_ms}")
        some = [factories.jpeg(320, 180, colour) for colour in ("teal", "navy", "olive", "maroon")]
        self.pictures = itertools.cycle(some)
        page.route("**/now.jpg*", self.picture)
        self.held = HeldByPage(page)

    def picture(self, route):
        route.fulfill(body=next(self.pictures), content_type="image/jpeg")

    def pass_hour(self):
        """Run the page for an hour; returns its memory after garbage collection, and the pictures it requested."""
        before = self.page.evaluate("asked")
        self.page.clock.run_for(self.hour_ms)
        self.page.wait_for_load_state("networkidle")
        return self.held.measure() | {"asked": self.page.evaluate("asked") - before}


def story(incident):
    """Return a new incident as the event stream describes it."""
    category, area = ({"vi": text, "en": text} for text in (incident.category.name, incident.area.name))
    return {
        "kind": "received", "reference": incident.reference, "state": str(incident.state), "late": False,
        "urgent": True, "lon": incident.place.x, "lat": incident.place.y, "icon": "c-leak",
        "category": category, "area": area,
    }  # fmt: skip


# The invented health of the cameras comes round every four hours: then a page is as it was four hours before.
ROUND = 4
# What may be more in the second round than in the first, and what not at all. Of pictures there are 15 to 18, by what
# stands in front at an hour's end.
MAY_GROW = {"heap": 1.05, "nodes": 1.02, "listeners": 1.02, "elements": 1.02, "pictures": 1.25, "asked": 1.02}


def growth(after):
    """{what: how many times as much of it is held as four hours before}, of what `pass_hour` gave each hour.

    Of the last four such comparisons the least: at one hour's end a pin or a picture that is on its way is held, too,
    but what a page never lets go of is more in every hour than four hours before.
    """
    pairs = list(zip(after[-2 * ROUND : -ROUND], after[-ROUND:], strict=True))
    return {what: min(later[what] / earlier[what] for earlier, later in pairs) for what in after[0]}
