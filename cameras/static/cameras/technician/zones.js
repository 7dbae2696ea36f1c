// The editor of privacy zones on a picture. It writes into the text field below, which is what is saved.
//
// A line of the field is a zone, a pair of numbers a corner. Every corner and every zone is a button: reached by the Tab
// key, moved by the arrow keys or by dragging, taken away by Delete. Dragging on the bare picture draws a new zone.

import { clampToUnit, parseNumberLines, relativePosition } from "../../incidents/on-picture.js"

const STEP = 0.005
const FAR = 0.05
const MIN_SIDE = 0.01 // a smaller one was a click
const SVG = "http://www.w3.org/2000/svg"
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const NEW_ZONE = [0.4, 0.4, 0.6, 0.6]

const pointPairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[2 * n], numbers[2 * n + 1]])
const rectangleCorners = (left, top, right, bottom) => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
]
const zoneAsText = (zone) => zone.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join("  ")
const middleOf = (zone) => [0, 1].map((way) => zone.reduce((sum, corner) => sum + corner[way], 0) / zone.length)

class Zones {
  constructor(board) {
    this.board = board
    this.picture = board.querySelector("[data-picture]")
    this.picture.draggable = false
    this.field = document.getElementById("id_zones")
    this.message = document.querySelector("[data-said]")
    this.shapes = document.createElementNS(SVG, "svg")
    for (const [name, value] of Object.entries({ viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }))
      this.shapes.setAttribute(name, value)
    this.handles = document.createElement("div")
    this.handles.className = "handles"
    board.append(this.shapes, this.handles)
    this.field.addEventListener("input", () => this.readField())
    this.setUpButtons()
    this.addPointerListeners()
    this.readField()
  }

  // ---- from the field, and back into it

  readField() {
    this.zones = parseNumberLines(this.field.value)
      .filter((numbers) => numbers.length % 2 === 0 && numbers.length >= 6)
      .map((numbers) => pointPairs(numbers))
    this.draw()
  }

  writeField() {
    this.field.value = this.zones.map(zoneAsText).join("\n")
    this.draw()
  }

  showMessage(words) {
    this.message.textContent = words
  }

  // ---- on the picture

  draw() {
    const shapes = [...this.zones, ...(this.drawn ? [rectangleCorners(...this.drawn)] : [])].map((zone) => {
      const shape = document.createElementNS(SVG, "polygon")
      shape.setAttribute("points", zone.map((corner) => corner.join(",")).join(" "))
      return shape
    })
    this.shapes.replaceChildren(...shapes)
    const wanted = this.zones.flatMap((zone, k) => [{ k, n: -1, at: middleOf(zone) }, ...zone.map((at, n) => ({ k, n, at }))])
    // Handles are kept as long as they can be: one that is held or focused must not be made anew.
    while (this.handles.children.length > wanted.length) this.handles.lastChild.remove()
    while (this.handles.children.length < wanted.length) this.handles.append(this.createHandle())
    wanted.forEach((spec, place) => this.placeHandle(this.handles.children[place], spec))
  }

  createHandle() {
    const handle = document.createElement("button")
    handle.type = "button"
    handle.append(document.createElement("span"))
    handle.addEventListener("keydown", (event) => this.handleKey(event, handle.spec))
    handle.addEventListener("focus", () => (this.last = handle.spec))
    return handle
  }

  placeHandle(handle, spec) {
    const { k, n, at } = spec
    handle.spec = spec
    handle.className = n < 0 ? "handle-spot whole" : "handle-spot"
    handle.dataset.handle = n < 0 ? `zone-${k}` : `corner-${k}-${n}`
    handle.style.setProperty("left", `${at[0] * 100}%`)
    handle.style.setProperty("top", `${at[1] * 100}%`)
    const words = n < 0 ? interpolate(gettext("Zone %s"), [k + 1]) : interpolate(gettext("Zone %s, corner %s"), [k + 1, n + 1])
    handle.setAttribute("aria-label", `${words}: ${at.map((part) => part.toFixed(3)).join(" ")}`)
    handle.firstChild.className = "handle"
    handle.firstChild.textContent = n < 0 ? k + 1 : ""
  }

  // ---- what is done with them

  moveHandle({ k, n }, across, down) {
    const zone = this.zones[k]
    if (n < 0) {
      // As a whole it stays in the picture, and keeps its shape.
      const [dx, dy] = [across, down].map((by, way) => {
        const parts = zone.map((corner) => corner[way])
        return Math.min(Math.max(by, -Math.min(...parts)), 1 - Math.max(...parts))
      })
      this.zones[k] = zone.map(([x, y]) => [x + dx, y + dy])
    } else zone[n] = [clampToUnit(zone[n][0] + across), clampToUnit(zone[n][1] + down)]
    this.writeField()
  }

  removeHandle({ k, n }) {
    if (n >= 0 && this.zones[k].length > 3) {
      this.zones[k].splice(n, 1)
      this.writeField()
      return this.focusHandle(`corner-${k}-${Math.min(n, this.zones[k].length - 1)}`)
    }
    this.zones.splice(k, 1)
    this.last = null
    this.writeField()
    this.showMessage(interpolate(gettext("Zone %s is deleted."), [k + 1]))
    if (this.zones.length) this.focusHandle(`zone-${Math.min(k, this.zones.length - 1)}`)
    else document.querySelector("[data-add-zone]").focus()
  }

  handleKey(event, spec) {
    const arrow = ARROWS[event.key]
    if (arrow) this.moveHandle(spec, ...arrow.map((part) => part * (event.shiftKey ? FAR : STEP)))
    else if (["Delete", "Backspace"].includes(event.key)) this.removeHandle(spec)
    else return
    event.preventDefault()
  }

  addZone(zone) {
    this.zones.push(zone)
    this.writeField()
    this.showMessage(interpolate(gettext("Zone %s is added."), [this.zones.length]))
    this.focusHandle(`zone-${this.zones.length - 1}`)
  }

  // Between the corner that was chosen last and the next one; without one, on the longest side of the last zone.
  addCorner() {
    const k = this.last?.k ?? this.zones.length - 1
    const zone = this.zones[k]
    if (!zone) return this.showMessage(gettext("There are no zones yet."))
    const side = (n) => Math.hypot(...[0, 1].map((way) => zone[(n + 1) % zone.length][way] - zone[n][way]))
    const n = this.last?.n >= 0 ? this.last.n : zone.reduce((longest, _, i) => (side(i) > side(longest) ? i : longest), 0)
    zone.splice(n + 1, 0, middleOf([zone[n], zone[(n + 1) % zone.length]]))
    this.writeField()
    this.focusHandle(`corner-${k}-${n + 1}`)
  }

  focusHandle(name) {
    this.handles.querySelector(`[data-handle=${name}]`)?.focus()
  }

  setUpButtons() {
    for (const part of document.querySelectorAll("[data-draw]")) part.hidden = false
    const press = (name, act) => document.querySelector(`[data-${name}]`).addEventListener("click", act)
    press("add-zone", () => this.addZone(rectangleCorners(...NEW_ZONE)))
    press("add-corner", () => this.addCorner())
    press("remove-zone", () =>
      this.zones.length
        ? this.removeHandle({ k: this.last?.k ?? this.zones.length - 1, n: -1 })
        : this.showMessage(gettext("There are no zones yet.")),
    )
  }

  addPointerListeners() {
    this.board.addEventListener("pointerdown", (event) => {
      if (event.button) return
      const handle = event.target.closest(".handle-spot")
      this.start = this.from = relativePosition(this.picture, event)
      this.grabbed = handle?.spec ?? null
      this.board.setPointerCapture(event.pointerId)
      event.preventDefault()
      handle?.focus()
    })
    this.board.addEventListener("pointermove", (event) => {
      if (!this.start) return
      const to = relativePosition(this.picture, event)
      if (this.grabbed) this.moveHandle(this.grabbed, to[0] - this.from[0], to[1] - this.from[1])
      else {
        this.drawn = [0, 1].map((way) => Math.min(to[way], this.start[way])).concat([0, 1].map((way) => Math.max(to[way], this.start[way])))
        this.draw()
      }
      this.from = to
    })
    const endDrag = () => {
      const drawn = this.drawn
      this.start = this.grabbed = this.drawn = null
      if (drawn && drawn[2] - drawn[0] > MIN_SIDE && drawn[3] - drawn[1] > MIN_SIDE) this.addZone(rectangleCorners(...drawn))
      else this.draw()
    }
    this.board.addEventListener("pointerup", endDrag)
    this.board.addEventListener("pointercancel", () => {
      this.drawn = null
      endDrag()
    })
  }
}

const board = document.querySelector("[data-zones]")
if (board) new Zones(board)
