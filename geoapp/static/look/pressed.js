// Tracks what a person is pressing: a click is lost if its element is replaced before it is released.
//
//   isPressed(place)                       a pointer or the space bar is down on something in it, or it is being dragged
//   await waitWhile(() => isPressed(…))    until that is over; what is then drawn at once takes no click away

const AGAIN_MS = 50
const TAP_MS = 100 // a browser tells of a tap's click in this time after the finger was lifted; of a mouse's at once

const pressed = new Map() // pointer → the element on which it went down
const [DRAG, KEY] = ["drag", "key"]
const release = (pointer) => pressed.delete(pointer)

addEventListener("pointerdown", ({ pointerId, target, button }) => button === 0 && pressed.set(pointerId, target), true)
addEventListener("pointercancel", ({ pointerId }) => release(pointerId), true)
addEventListener(
  "pointerup",
  ({ pointerId, pointerType }) => (pointerType === "mouse" ? release(pointerId) : setTimeout(release, TAP_MS, pointerId)),
  true,
)
addEventListener("dragstart", ({ target }) => pressed.set(DRAG, target), true)
addEventListener("dragend", () => release(DRAG), true)
addEventListener("keydown", ({ key, target }) => key === " " && pressed.set(KEY, target), true)
addEventListener("keyup", () => release(KEY), true)
// Of a release outside of the page (a menu of the browser, another window) a page may never hear.
addEventListener("pointermove", ({ pointerId, buttons }) => buttons || release(pointerId), true)
addEventListener("blur", () => pressed.clear())

export const isPressed = (place) => [...pressed.values()].some((target) => place.contains(target))

// `busy` is asked again and again; what is done right after it said no, no press comes between.
export async function waitWhile(busy) {
  while (busy()) await new Promise((done) => setTimeout(done, AGAIN_MS))
}
