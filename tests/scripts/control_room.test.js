import assert from "node:assert/strict"
import { test } from "node:test"
import { tileOf } from "../../cameras/static/cameras/control_room/control/patrol-news.js"
import { createSpeaker, throttle } from "../../cameras/static/cameras/control_room/control/timing.js"
import { Pool } from "../../cameras/static/cameras/control_room/pool.js"
import { clusterOverlaps } from "../../geoapp/static/map/clusters.js"

const NOW = Date.parse("2026-11-25T12:00:10Z")
const context = { troubles: {}, now: NOW, clock: { format: (at) => at.toISOString().slice(11, 19) } }

test("a patrol's row of a camera that sees is its tile", () => {
  const tile = tileOf(["A1", "f00", "live", "2026-11-25T12:00:06Z"], context)
  assert.deepEqual(tile, { code: "A1", sha: "f00", health: "live", age: 4, words: "", since: "", taken: "12:00:06" })
  assert.equal(tileOf(["A1", "f00", "live", "2026-11-25T12:00:16Z"], context).age, 0)
})

test("of a camera that does not see, its tile must be asked for", () => {
  assert.equal(tileOf(["A1", "f00", "dark", "2026-11-25T12:00:06Z"], context), null)
  assert.equal(tileOf(["A1", "", "live", null], context), null)
  assert.equal(tileOf(["A1", "f00", "live", "2026-11-25T12:00:06Z"], { ...context, troubles: { A1: "late" } }), null)
})

test("what is called often is done once after the wait", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  let calls = 0
  const act = throttle(() => (calls += 1), 1000)
  act()
  act()
  t.mock.timers.tick(999)
  assert.equal(calls, 0)
  t.mock.timers.tick(1)
  assert.equal(calls, 1)
  act()
  t.mock.timers.tick(1000)
  assert.equal(calls, 2)
})

test("screen readers hear one sentence in ten seconds, the last", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  let time = 0
  const element = { textContent: "" }
  const { say } = createSpeaker(element, () => time)
  const pass = (ms) => {
    time += ms
    t.mock.timers.tick(ms)
  }
  say("first")
  pass(0)
  assert.equal(element.textContent, "first")
  say("second")
  say("third")
  pass(9999)
  assert.equal(element.textContent, "first")
  pass(1)
  assert.equal(element.textContent, "third")
})

function poolOf() {
  const pool = new Pool()
  const row = (code, name, area, road) => [code, name, 0, 0, area, road, "city"]
  pool.setCameras({
    cameras: [
      row("A1", "Chợ Bến Thành", "W1", "Lê Lợi"),
      row("A2", "Cầu Kiệu", "W2", "Phan Đình Phùng"),
      row("A3", "Bến Bạch Đằng", "W1", ""),
    ],
    areas: { W1: "Bến Nghé", W2: "Phú Nhuận" },
    sources: { city: "City" },
    dead: ["gone"],
    near: ["A3"],
  })
  return pool
}
const ALL = { words: "", state: "all", group: "" }

test("the wall shows those near what wants attention first, the dead last", () => {
  const pool = poolOf()
  assert.deepEqual(pool.findCodes(ALL), ["A3", "A1", "A2"])
  pool.troubles = { A1: "gone", A2: "late" }
  assert.deepEqual(pool.findCodes(ALL), ["A3", "A2", "A1"])
})

test("cameras are found by words without diacritics, groups and states", () => {
  const pool = poolOf()
  assert.deepEqual(pool.findCodes({ ...ALL, words: "ben  thanh" }), ["A1"])
  assert.deepEqual(pool.findCodes({ ...ALL, words: "dinh PHUNG" }), ["A2"])
  assert.deepEqual(pool.findCodes({ ...ALL, group: "area:W1" }), ["A3", "A1"])
  pool.troubles = { A2: "late" }
  assert.deepEqual(pool.findCodes({ ...ALL, state: "trouble" }), ["A2"])
  pool.pins = { A2: 1, A1: 0 }
  assert.deepEqual(pool.findCodes({ ...ALL, state: "pinned" }), ["A1", "A2"])
  assert.deepEqual(
    ["all", "near", "pinned", "trouble", "live"].map((state) => pool.countOf(state)),
    [3, 1, 2, 1, 2],
  )
  assert.equal(new Pool().countOf("all"), null)
  assert.equal(pool.groupName("area:W1"), "Bến Nghé")
})

// One degree is a hundred pixels.
const map = {
  project: ([lat, lon]) => {
    const point = (x, y) => ({
      x,
      y,
      subtract: ([dx, dy]) => point(x - dx, y - dy),
      distanceTo: (other) => Math.hypot(x - other.x, y - other.y),
    })
    return point(lon * 100, lat * 100)
  },
}
const pin = (reference, lon, state = "working") => ({ reference, lon, lat: 0, state, late: false })

test("pins that would lie on one another become a cluster, each counted once", () => {
  const [cluster, alone] = clusterOverlaps(map, [pin("a", 0), pin("b", 0.2, "received"), pin("c", 5)])
  assert.deepEqual([cluster.n, cluster.mix], [2, { working: 1, received: 1 }])
  assert.deepEqual(cluster.bounds, [0, 0, 0.2, 0])
  assert.deepEqual(
    cluster.members.map(({ reference }) => reference),
    ["a", "b"],
  )
  assert.equal(alone.reference, "c")
})

test("a cluster that grew takes in what it has come to touch", () => {
  const items = clusterOverlaps(map, [pin("a", 0), pin("b", 0.25), { ...pin("c", 0.125), lat: 0.35 }])
  assert.deepEqual(
    items.map(({ n }) => n),
    [3],
  )
})
