"""The wall over a whole shift: eight hours in fast time, on the real page with a clock and a world of ours."""

import itertools
import json

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.cameras.conftest import camera, sees

pytestmark = pytest.mark.browser

HOUR = 3600 * 1000
CAMERAS = 24  # two pages of twelve: what grows with each turn and each news grows with few tiles, too
# What is outside the page: the server's answers about the wall are invented here, all others are read once and said
# again; the stream tells of another incident every two minutes, the patrols of all
# cameras every ten seconds. Times are the page's own, so that hours pass quickly.
WORLD = """
(() => {
  const said = new Map(), real = window.fetch.bind(window)
  const healths = ["live", "live", "live", "live", "live", "late", "frozen", "offline"]
  window.updates = window.incidents = 0

  const tile = (code, at) => {
    const number = Number(code.slice(1))
    const health = healths[(number + Math.floor(at / 1800_000)) % healths.length]
    const seen = health !== "offline"
    window.updates += 1
    return {
      code, health, name: `Quay ${code}`, label: health, age: Math.floor(at / 1000 + number) % 15,
      icon: seen ? "i-pause" : "i-offline", words: ["live", "late"].includes(health) ? "" : "It says so",
      since: health === "frozen" ? "since 14:18" : "", taken: seen ? "14:32:07" : "",
      sha: seen ? `${number}-${Math.floor((at + number * 3750) / 600_000)}` : "",
    }
  }

  const wall = (codes, at) => {
    const tiles = Object.fromEntries(codes.map((code) => [code, tile(code, at)]))
    const blind = codes.filter((code) => tiles[code].words)
    const troubles = Object.fromEntries(blind.map((code) => [code, tiles[code].health]))
    return { at: new Date(at).toISOString(), tiles, troubles, all: CAMERAS, seeing: 100 }
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
      }, 120_000)
    }
    patrol() {
      let number = 0
      setInterval(() => {
        const told = Array.from({ length: CAMERAS }, () => `Q${String(number++ % CAMERAS).padStart(3, "0")}`)
        const now = Date.now(), cameras = told.map((code) => tile(code, now))
        const data = JSON.stringify(cameras.map(({ code, sha, health }) => [code, sha, health, sha && now]))
        this.onmessage({ data, lastEventId: "" })
      }, 10_000)
      return this
    }
    close() {}
  }
})()
""".replace("CAMERAS", str(CAMERAS))


@pytest.fixture
def shift(visitor, controller, town, site):
    """A page with a wall of twelve and a clock of its own, and a look at its memory after the garbage is out."""
    for number in range(CAMERAS):
        sees(camera(f"Q{number:03}", lon=10.001 + number * 0.0001, name=f"Quay {number:03}"))
    stories = [
        {
            "kind": "received", "reference": one.reference, "state": str(one.state), "late": False, "urgent": True,
            "lon": one.place.x, "lat": one.place.y, "icon": "c-leak",
            "category": {"vi": "Rò rỉ", "en": "Leak"}, "area": {"vi": "Wharf", "en": "Wharf"},
        }
        for one in (factories.incident(category) for category in (town.leak, town.hole, town.waste, town.secret))
    ]  # fmt: skip
    page = visitor(2560, user=controller, language="en")
    page.clock.install()
    page.add_init_script(WORLD)
    page.add_init_script(f"window.stories = {json.dumps(stories)}")
    pictures = [factories.jpeg(320, 180, colour) for colour in ("teal", "navy", "olive", "maroon")]
    turn = itertools.cycle(pictures)
    page.route("**/now.jpg*", lambda route: route.fulfill(body=next(turn), content_type="image/jpeg"))
    page.goto("/control/")
    page.evaluate("localStorage.setItem('wall', JSON.stringify({ size: '4x3', dwell: 600 }))")
    page.reload()
    expect(page.locator("#wall .tile:visible")).to_have_count(12)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def memory():
        page.wait_for_load_state("networkidle")
        for _ in range(2):
            devtools.send("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
        return {
            "heap": found["JSHeapUsedSize"], "nodes": found["Nodes"], "listeners": found["JSEventListeners"],
            "elements": page.evaluate("document.querySelectorAll('*').length"),
            "pictures": page.evaluate("document.images.length"),
        }  # fmt: skip

    return page, memory


def test_a_shift_of_eight_hours_does_not_make_the_page_grow(shift):
    page, memory = shift
    after = []
    for _hour in range(8):
        page.clock.run_for(HOUR)
        after.append(memory())
    first, last = after[3], after[7]  # the invented health of the cameras comes round every four hours
    assert page.evaluate("updates") > 60_000
    assert page.evaluate("incidents") >= 8 * 29
    assert page.locator("#live").inner_text() == "Live"
    assert last["heap"] < first["heap"] * 1.05, after
    for what in ("nodes", "listeners", "elements", "pictures"):
        assert last[what] <= first[what] * 1.02, (what, after)
