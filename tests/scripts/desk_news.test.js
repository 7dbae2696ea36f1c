import assert from "node:assert/strict"
import { test } from "node:test"
import { catchUpDelay, relevanceOf } from "../../incidents/static/incidents/desk/desk/relevance.js"

const item = { authority: 3, maybe: [5], area: { vi: "Bến Nghé" } }
const relevance = (units, areas = []) => relevanceOf(item, { units: units && new Set(units), areas: new Set(areas) })

test("whom news concern", () => {
  assert.equal(relevance(null), "own")
  assert.equal(relevance([3]), "own")
  assert.equal(relevance([5]), "maybe")
  assert.equal(relevance([3, 5]), "own")
  assert.equal(relevance([8], ["Bến Nghé"]), "watched")
  assert.equal(relevance([8], ["An Khánh"]), "")
})

test("the list follows at once, and once a second in a storm", () => {
  assert.equal(catchUpDelay({ now: 50_000, lastAt: -Infinity }), 150)
  assert.equal(catchUpDelay({ now: 50_000, lastAt: 49_900 }), 900)
  assert.equal(catchUpDelay({ now: 50_000, lastAt: 49_050 }), 150)
})
