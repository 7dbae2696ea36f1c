import assert from "node:assert/strict"
import { test } from "node:test"
import { foldText, foldWords } from "../../geoapp/static/look/fold.js"
import { lowerFirst, nameOf, ringParts } from "../../geoapp/static/map/pins.js"
import { remarksOn } from "../../incidents/static/incidents/desk/result-check.js"
import { announcementInWords } from "../../incidents/static/incidents/public/announced-areas.js"
import { stepOf } from "../../incidents/static/incidents/public/time-bar.js"

test("texts are folded as the server folds them", () => {
  assert.equal(foldText("Đường Lê Văn Sỹ"), "duong le van sy")
  assert.equal(foldText("ổ gà"), "o ga")
  assert.equal(foldText("Đ".normalize("NFD")), "d")
  assert.equal(foldWords("  Số 12/3, đường “Hồng”! "), "so 12/3 duong hong")
  assert.equal(foldWords("…"), "")
})

test("what an incident is called", () => {
  const item = { category: { vi: "Ngập", en: "Flooding" }, state: "working", area: { vi: "Bến Nghé", en: "Ben Nghe" } }
  assert.equal(nameOf(item), "Flooding, Ben Nghe, in progress")
  assert.equal(nameOf({ ...item, at: "Lê Văn Sỹ", late: true }), "Flooding, Lê Văn Sỹ, in progress, overdue")
  assert.equal(nameOf({ ...item, at: "Lê Văn Sỹ", near: true }), "Flooding, near Lê Văn Sỹ, in progress")
  assert.equal(nameOf({ ...item, area: null }), "Flooding, in progress")
  assert.equal(lowerFirst("Ổ gà"), "ổ gà")
})

test("the ring of a cluster is closed, and its small parts can be seen", () => {
  assert.deepEqual(ringParts({ working: 7 }, 20), [{ state: "working", from: 0, to: 360 }])
  const parts = ringParts({ late: 1, working: 999 }, 20)
  assert.deepEqual(
    parts.map(({ state }) => state),
    ["late", "working"],
  )
  assert.ok(parts[0].to - parts[0].from > 10)
  assert.ok(parts[1].to <= 360)
})

test("the steps of a period by its days", () => {
  assert.deepEqual([1, 3, 4, 92, 93, 500, 501].map(stepOf), ["hour", "hour", "day", "day", "week", "week", "month"])
})

test("an announcement in words", () => {
  const [past, ahead] = [-3_600_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString())
  const properties = { name: "Flooding", place: "Lê Văn Sỹ", starts_at: past, until: ahead }
  assert.match(announcementInWords(properties), /^Flooding, Lê Văn Sỹ, until \d\d:\d\d/)
  assert.match(announcementInWords(properties, { short: true }), /^Flooding until \d\d:\d\d/)
  assert.match(announcementInWords({ ...properties, starts_at: ahead }), /^Flooding, Lê Văn Sỹ, from \d\d:\d\d/)
})

const LIMITS = { vague_m: 100, slack_m: 50, near_m: 100, report_slack_m: 50, fresh_ms: 3_600_000, clock_ms: 120_000 }
const NOON = Date.parse("2026-11-25T12:00:00Z")
const ROW = { lon: "10", lat: "50", accuracy: "0", received: "2026-11-25T08:00:00Z" }
const FACTS = { pressed_at: NOON, photo_at: NOON - 60_000, photo_lon: "10", photo_lat: "50", live: 1 }
const remarks = (facts, row = {}) => remarksOn({ ...ROW, ...row }, { ...FACTS, ...facts }, LIMITS)

test("what speaks against a result", () => {
  assert.deepEqual(remarks({}), [])
  assert.deepEqual(remarks({ photo_lat: "50.01" }), ["1,110 m from the location."])
  assert.deepEqual(remarks({ photo_lat: "50.0012" }), ["130 m from the location."])
  assert.deepEqual(remarks({ photo_lat: "50.0012" }, { accuracy: "500" }), [])
  assert.deepEqual(remarks({ photo_at: NOON - 7_200_000 }), ["The photo was taken at another time."])
  assert.deepEqual(remarks({ photo_at: NOON + 600_000 }), ["The photo was taken at another time."])
  assert.deepEqual(remarks({ photo_lon: undefined }), ["Your location is not known."])
  assert.deepEqual(remarks({ photo_at: undefined, live: 0 }), ["The photo was not taken just now."])
  assert.deepEqual(remarks({ photo_lon: undefined, own_lon: "10", own_lat: "50.0012", own_accuracy: 40 }), [])
})
