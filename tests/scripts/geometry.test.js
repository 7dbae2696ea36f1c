import assert from "node:assert/strict"
import { test } from "node:test"
import { chord, crossingsOf, labelDepths, linesOf, straightParts, turnAngle } from "../../geoapp/static/map/label-geometry.js"
import { linesIn } from "../../geoapp/static/map/tile-lines.js"
import { clampToUnit, parseNumberLines } from "../../incidents/static/incidents/on-picture.js"
import { liesIn, wardOf } from "../../incidents/static/incidents/public/outlines.js"

const SQUARE = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
  [0, 0],
]

test("a place lies in a ring or not", () => {
  assert.equal(liesIn(SQUARE, 5, 5), true)
  assert.equal(liesIn(SQUARE, 15, 5), false)
  assert.equal(liesIn(SQUARE, 5, -1), false)
})

test("the ward of a place by outlines with a hole", async (t) => {
  const hole = [4, 4, 2, 0, 0, 2, -2, 0, 0, -2]
  const outlines = {
    unit: 0.01,
    areas: [{ code: "W1", title: { vi: "Bến Nghé", en: "Ben Nghe" }, shape: [[[0, 0, 10, 0, 0, 10, -10, 0, 0, -10], hole]] }],
  }
  const fetched = t.mock.method(globalThis, "fetch", async () => ({ json: async () => outlines }))
  assert.deepEqual(await wardOf("/outlines", 0.02, 0.02), { inside: true, code: "W1", title: "Ben Nghe" })
  assert.deepEqual(await wardOf("/outlines", 0.05, 0.05), { inside: false, code: "", title: "" })
  assert.deepEqual(await wardOf("/outlines", 0.11, 0.1), { inside: true, code: "", title: "" }) // near: the service decides
  assert.equal((await wardOf("/outlines", 9, 9)).inside, false)
  fetched.mock.mockImplementation(async () => Promise.reject(new TypeError("offline")))
  assert.equal(await wardOf("/outlines", 0.02, 0.02), null)
})

test("lines of a tile are steps of five bits in a letter", () => {
  assert.deepEqual(linesIn("AC", 1), [[[2, 1]]])
  assert.deepEqual(linesIn("AC@B", 1), [
    [
      [2, 1],
      [0, 0],
    ],
  ])
  assert.deepEqual(linesIn("AC AA", 2), [[[4, 2]], [[6, 4]]])
  assert.deepEqual(linesIn("_p~iF~ps|U", 1), [[[-12_020_000, 3_850_000]]])
  assert.deepEqual(linesIn("", 1), [])
})

test("a turn is measured the short way", () => {
  assert.equal(turnAngle([0, 0], [1, 0], [2, 0]), 0)
  assert.ok(Math.abs(turnAngle([0, 0], [1, 0], [1, 1]) - Math.PI / 2) < 1e-9)
  assert.ok(Math.abs(turnAngle([0, 0], [-1, 0.01], [-2, 0]) - 0.02) < 1e-3)
})

test("a chord lies level enough to be read, its middle on the line", () => {
  assert.deepEqual(
    chord([
      [0, 0],
      [10, 0],
    ]),
    { angle: 0, length: 10, middle: { x: 5, y: 0 } },
  )
  assert.deepEqual(
    chord([
      [10, 0],
      [0, 0],
    ]).angle,
    0,
  )
  assert.deepEqual(
    chord([
      [0, 0],
      [4, 0],
      [4, 4],
    ]).middle,
    { x: 4, y: 0 },
  )
})

test("a street with a corner has two straight parts; short ones have no room", () => {
  assert.equal(
    straightParts([
      [0, 0],
      [50, 0],
      [100, 0],
    ]).length,
    1,
  )
  assert.equal(
    straightParts([
      [0, 0],
      [50, 0],
      [50, 50],
    ]).length,
    2,
  )
  assert.equal(
    straightParts([
      [0, 0],
      [20, 0],
    ]).length,
    0,
  )
})

test("a level line crosses a shape at its sides", () => {
  assert.deepEqual(crossingsOf([[SQUARE]], 5), [0, 10])
  assert.deepEqual(crossingsOf([[SQUARE]], 12), [])
})

test("the middle of a ward is the deepest for its name", () => {
  const owner = [null, null, null, null, null, null, "A", "A", "A", null, null, null, null, null, null]
  const depths = labelDepths(owner, 5, 3)
  assert.equal(depths.indexOf(Math.max(...depths)), 7)
  assert.equal(depths[0], 0)
})

test("long names are broken into lines, none of their words is lost", () => {
  const name = "Công viên Lịch sử Văn hóa Dân tộc"
  assert.equal(linesOf(name).join(" "), name)
  assert.ok(linesOf(name).length > 1)
  assert.deepEqual(linesOf("Hồ Tây"), ["Hồ Tây"])
})

test("zones of a picture are numbers between 0 and 1", () => {
  assert.deepEqual([-1, 0.5, 2].map(clampToUnit), [0, 0.5, 1])
  assert.deepEqual(parseNumberLines("0.1 0.2  0.3 0.4"), [[0.1, 0.2, 0.3, 0.4]])
})
