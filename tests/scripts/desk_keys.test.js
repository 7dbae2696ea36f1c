import assert from "node:assert/strict"
import { test } from "node:test"
import { actionOf, placeAfterArrow } from "../../incidents/static/incidents/desk/desk/key-bindings.js"

const AT_REST = {
  isDialogOpen: false,
  usesKeys: true,
  picking: false,
  isTyping: false,
  inFilter: false,
  inDetail: false,
  inQueue: false,
  inList: false,
  offersUndo: false,
  hasLine: false,
  isWatched: false,
  steps: new Set(["c", "r", "v"]),
}
const pressed = (key, context = {}) => actionOf(key, { ...AT_REST, ...context })

test("letters do something only where single keys are switched on and nobody types", () => {
  for (const [key, action] of [
    ["?", "showKeys"],
    ["/", "focusSearch"],
    ["f", "openFilter"],
    ["F", "openFilter"],
    ["c", "takeStep"],
  ]) {
    assert.equal(pressed(key), action, key)
    assert.equal(pressed(key, { usesKeys: false }), null, key)
    assert.equal(pressed(key, { isTyping: true }), null, key)
    assert.equal(pressed(key, { isDialogOpen: true }), null, key)
  }
  assert.equal(pressed("x"), null)
})

test("arrows walk the list even where single keys are off", () => {
  assert.equal(pressed("ArrowDown", { inList: true, usesKeys: false }), "focusNextLine")
  assert.equal(pressed("ArrowUp", { inList: true, usesKeys: false }), "focusPreviousLine")
  assert.equal(pressed("ArrowDown"), null)
  assert.equal(pressed("ArrowDown", { inList: true, isTyping: true }), null)
})

test("Escape leaves the innermost", () => {
  assert.equal(pressed("Escape", { inFilter: true, inQueue: true, picking: true, isTyping: true }), "closeFilter")
  assert.equal(pressed("Escape", { inDetail: true }), "focusShownLine")
  assert.equal(pressed("Escape", { inQueue: true, picking: true }), "tickNone")
  assert.equal(pressed("Escape", { inQueue: true }), null)
  assert.equal(pressed("Escape", { inDetail: true, isDialogOpen: true }), null)
})

test("Z undoes while that is offered, in the dialog too", () => {
  assert.equal(pressed("z"), null)
  assert.equal(pressed("Z", { offersUndo: true }), "pressUndo")
  assert.equal(pressed("z", { offersUndo: true, isDialogOpen: true }), "pressUndoInDialog")
  assert.equal(pressed("z", { isDialogOpen: true, usesKeys: false }), null)
  assert.equal(pressed("z", { steps: new Set(["z"]) }), "takeStep")
})

test("V ticks a line of one's own; without one it is the key of a step", () => {
  assert.equal(pressed("v", { hasLine: true }), "toggleTick")
  assert.equal(pressed("v", { hasLine: true, isWatched: true }), "takeStep")
  assert.equal(pressed("v"), "takeStep")
  assert.equal(pressed("a", { inList: true }), "tickAll")
  assert.equal(pressed("a"), null)
})

test("no step is taken by a key while incidents are being ticked", () => {
  assert.equal(pressed("c", { picking: true }), null)
  assert.equal(pressed("f", { picking: true }), "openFilter")
})

test("arrows stop at both ends, and begin with the first line", () => {
  assert.deepEqual(
    [
      [-1, 1],
      [0, 1],
      [2, 1],
      [0, -1],
      [-1, -1],
    ].map(([place, by]) => placeAfterArrow(place, by, 3)),
    [0, 1, 2, 0, 0],
  )
})
