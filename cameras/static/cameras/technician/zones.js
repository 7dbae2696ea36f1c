// Privacy zones, drawn on the picture itself and written into the text field below it, which alone counts.
//
// A line of the field is a zone, a pair of numbers a corner. Every corner and every zone is a button: reached by the Tab
// key, moved by the arrow keys or by dragging, taken away by Delete. Dragging on the bare picture draws a new zone.

import { inside, numbersIn, placeOn } from "../../incidents/on-picture.js"

const STEP = 0.005
const FAR = 0.05
const LEAST = 0.01 // a smaller one was a click
const SVG = "http://www.w3.org/2000/svg"
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const NEW = [0.4, 0.4, 0.6, 0.6]

const pairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[2 * n], numbers[2 * n + 1]])
const rectangle = (left, top, right, bottom) => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
]
const written = (zone) => zone.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join("  ")
const middle = (zone) => [0, 1].map((way) => zone.reduce((sum, corner) => sum + corner[way], 0) / zone.length)

class Zones {
  constructor(board) {
    this.board = board
    this.picture = board.querySelector("[data-picture]")
    this.picture.draggable = false
    this.field = document.getElementById("id_zones")
    this.said = document.querySelector("[data-said]")
    this.shapes = document.createElementNS(SVG, "svg")
    for (const [name, value] of Object.entries({ viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }))
      this.shapes.setAttribute(name, value)
    this.handles = document.createElement("div")
    this.handles.className = "handles"
    board.append(this.shapes, this.handles)
    this.field.addEventListener("input", () => this.take())
    this.buttons()
    this.pointers()
    this.take()
  }

  // ---- from the field, and back into it

  take() {
    this.zones = numbersIn(this.field.value)
      .filter((numbers) => numbers.length % 2 === 0 && numbers.length >= 6)
      .map((numbers) => pairs(numbers))
    this.draw()
  }

  give() {
    this.field.value = this.zones.map(written).join("\n")
    this.draw()
  }

  say(words) {
    this.said.textContent = words
  }

  // ---- on the picture

  draw() {
    const shapes = [...this.zones, ...(this.drawn ? [rectangle(...this.drawn)] : [])].map((zone) => {
      const shape = document.createElementNS(SVG, "polygon")
      shape.setAttribute("points", zone.map((corner) => corner.join(",")).join(" "))
      return shape
    })
    this.shapes.replaceChildren(...shapes)
    const wanted = this.zones.flatMap((zone, k) => [{ k, n: -1, at: middle(zone) }, ...zone.map((at, n) => ({ k, n, at }))])
    // Handles are kept as long as they can be: one that is held or focused must not be made anew.
    while (this.handles.children.length > wanted.length) this.handles.lastChild.remove()
    while (this.handles.children.length < wanted.length) this.handles.append(this.handle())
    wanted.forEach((told, place) => this.place(this.handles.children[place], told))
  }

  handle() {
    const handle = document.createElement("button")
    handle.type = "button"
    handle.append(document.createElement("span"))
    handle.addEventListener("keydown", (event) => this.key(event, handle.told))
    handle.addEventListener("focus", () => (this.last = handle.told))
    return handle
  }

  place(handle, told) {
    const { k, n, at } = told
    handle.told = told
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

  move({ k, n }, across, down) {
    const zone = this.zones[k]
    if (n < 0) {
      // As a whole it stays in the picture, and keeps its shape.
      const [dx, dy] = [across, down].map((by, way) => {
        const parts = zone.map((corner) => corner[way])
        return Math.min(Math.max(by, -Math.min(...parts)), 1 - Math.max(...parts))
      })
      this.zones[k] = zone.map(([x, y]) => [x + dx, y + dy])
    } else zone[n] = [inside(zone[n][0] + across), inside(zone[n][1] + down)]
    this.give()
  }

  remove({ k, n }) {
    if (n >= 0 && this.zones[k].length > 3) {
      this.zones[k].splice(n, 1)
      this.give()
      return this.focus(`corner-${k}-${Math.min(n, this.zones[k].length - 1)}`)
    }
    this.zones.splice(k, 1)
    this.last = null
    this.give()
    this.say(interpolate(gettext("Zone %s is deleted."), [k + 1]))
    if (this.zones.length) this.focus(`zone-${Math.min(k, this.zones.length - 1)}`)
    else document.querySelector("[data-add-zone]").focus()
  }

  key(event, told) {
    const arrow = ARROWS[event.key]
    if (arrow) this.move(told, ...arrow.map((part) => part * (event.shiftKey ? FAR : STEP)))
    else if (["Delete", "Backspace"].includes(event.key)) this.remove(told)
    else return
    event.preventDefault()
  }

  add(zone) {
    this.zones.push(zone)
    this.give()
    this.say(interpolate(gettext("Zone %s is added."), [this.zones.length]))
    this.focus(`zone-${this.zones.length - 1}`)
  }

  // Between the corner that was chosen last and the next one; without one, on the longest side of the last zone.
  addCorner() {
    const k = this.last?.k ?? this.zones.length - 1
    const zone = this.zones[k]
    if (!zone) return this.say(gettext("There is no zone yet."))
    const side = (n) => Math.hypot(...[0, 1].map((way) => zone[(n + 1) % zone.length][way] - zone[n][way]))
    const n = this.last?.n >= 0 ? this.last.n : zone.reduce((longest, _, i) => (side(i) > side(longest) ? i : longest), 0)
    zone.splice(n + 1, 0, middle([zone[n], zone[(n + 1) % zone.length]]))
    this.give()
    this.focus(`corner-${k}-${n + 1}`)
  }

  focus(name) {
    this.handles.querySelector(`[data-handle=${name}]`)?.focus()
  }

  buttons() {
    for (const part of document.querySelectorAll("[data-draw]")) part.hidden = false
    const press = (name, act) => document.querySelector(`[data-${name}]`).addEventListener("click", act)
    press("add-zone", () => this.add(rectangle(...NEW)))
    press("add-corner", () => this.addCorner())
    press("remove-zone", () =>
      this.zones.length ? this.remove({ k: this.last?.k ?? this.zones.length - 1, n: -1 }) : this.say(gettext("There is no zone yet.")),
    )
  }

  pointers() {
    this.board.addEventListener("pointerdown", (event) => {
      if (event.button) return
      const handle = event.target.closest(".handle-spot")
      this.start = this.from = placeOn(this.picture, event)
      this.held = handle?.told ?? null
      this.board.setPointerCapture(event.pointerId)
      event.preventDefault()
      handle?.focus()
    })
    this.board.addEventListener("pointermove", (event) => {
      if (!this.start) return
      const to = placeOn(this.picture, event)
      if (this.held) this.move(this.held, to[0] - this.from[0], to[1] - this.from[1])
      else {
        this.drawn = [0, 1].map((way) => Math.min(to[way], this.start[way])).concat([0, 1].map((way) => Math.max(to[way], this.start[way])))
        this.draw()
      }
      this.from = to
    })
    const end = () => {
      const drawn = this.drawn
      this.start = this.held = this.drawn = null
      if (drawn && drawn[2] - drawn[0] > LEAST && drawn[3] - drawn[1] > LEAST) this.add(rectangle(...drawn))
      else this.draw()
    }
    this.board.addEventListener("pointerup", end)
    this.board.addEventListener("pointercancel", () => {
      this.drawn = null
      end()
    })
  }
}

const board = document.querySelector("[data-zones]")
if (board) new Zones(board)
