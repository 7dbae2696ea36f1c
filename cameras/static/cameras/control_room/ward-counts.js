// The wards on the map of the room, each with how many incidents are open in it, and the same as a list beside the map.
// A press on either lights the ward up.

import { isPressed, waitWhile } from "../../look/pressed.js"
import { request } from "../../look/request.js"
import { litWard } from "../../map/city-map.js"
import { formatNumber } from "../../map/pins.js"

const AGAIN = 30_000
const NAMES_FROM = 12 // below this zoom only the figures have room
const [HIGH, LETTER, FIGURE] = [22, 7.2, 34] // pixels that a sign takes

export class WardCounts {
  // `list` holds an <ol>; `city` is the map; `failed(error)` is told when nothing could be read.
  constructor(list, city, failed) {
    Object.assign(this, { list, city, failed, map: city.map, wards: [] })
    this.address = this.map.getContainer().dataset.wards
    this.map.createPane("wardCounts").style.zIndex = 540 // under clusters and pins
    this.signs = L.layerGroup().addTo(this.map)
    this.map.on("moveend resize", () => this.on && this.draw())
    this.map.on("narrowed", () => this.on && this.load())
    this.map.on("lit", () => this.on && this.markLit())
    list.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-code]")
      if (button) this.choose(button.dataset.code, true)
    })
  }

  show(on) {
    if (on === this.on) return
    this.on = on
    this.list.hidden = !on
    clearTimeout(this.timer)
    if (on) return this.load()
    this.reading?.abort()
    this.signs.clearLayers()
  }

  async load() {
    clearTimeout(this.timer)
    this.reading?.abort()
    const { signal } = (this.reading = new AbortController())
    try {
      const { wards } = await request(`${this.address}?${this.city.narrowed ?? ""}`, { signal })
      this.wards = wards
      this.draw()
      await waitWhile(() => isPressed(this.list))
      if (!signal.aborted) this.drawList()
    } catch (error) {
      if (error.name === "AbortError") return
      this.failed(error)
    }
    this.timer = setTimeout(() => this.load(), AGAIN)
  }

  choose(code, fit = false) {
    litWard(this.map, code, { fit: fit && { animate: false } }).catch(this.failed)
  }

  wordsOf({ title, open, late }) {
    const words = interpolate(ngettext("%s open incident", "%s open incidents", open), [formatNumber(open)])
    return `${title}: ${words}${late ? `, ${interpolate(gettext("%s overdue"), [formatNumber(late)])}` : ""}`
  }

  // The fullest wards first: of two that would lie over one another it is theirs that stands.
  draw() {
    this.signs.clearLayers()
    const view = this.map.getBounds()
    const named = this.map.getZoom() >= NAMES_FROM
    const occupied = []
    for (const ward of this.wards) {
      const at = L.latLng(ward.lat, ward.lon)
      if (!view.contains(at) || (!named && !ward.open)) continue
      const { x, y } = this.map.latLngToContainerPoint(at)
      const half = (FIGURE + (named ? ward.name.length * LETTER : 0)) / 2
      const box = [x - half, y - HIGH / 2, x + half, y + HIGH / 2]
      if (occupied.some(([left, top, right, foot]) => left < box[2] && right > box[0] && top < box[3] && foot > box[1])) continue
      occupied.push(box)
      this.signs.addLayer(this.sign(ward, at, named))
    }
    this.markLit()
  }

  sign(ward, at, named) {
    const button = document.createElement("button")
    button.type = "button"
    button.tabIndex = -1 // by keyboard there is the list
    button.className = `ward-count${ward.open ? "" : " none"}${ward.late ? " late" : ""}`
    button.dataset.code = ward.code
    button.title = this.wordsOf(ward)
    button.setAttribute("aria-label", button.title)
    if (named) button.append(`${ward.name} `)
    const figure = document.createElement("b")
    figure.className = "num"
    figure.textContent = formatNumber(ward.open)
    button.append(figure)
    const marker = L.marker(at, {
      pane: "wardCounts",
      keyboard: false,
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: button }),
    })
    return marker.on("click", () => this.choose(ward.code))
  }

  // The list stays as it is where nothing changed: whoever reads it keeps the place.
  drawList() {
    const signature = JSON.stringify(this.wards)
    if (signature === this.signature) return
    this.signature = signature
    const focused = document.activeElement?.closest("#ward-list button")?.dataset.code
    const lines = this.wards.map((ward) => {
      const line = document.createElement("li")
      const button = document.createElement("button")
      button.type = "button"
      button.dataset.code = ward.code
      button.textContent = this.wordsOf(ward)
      line.append(button)
      return line
    })
    this.list.querySelector("ol").replaceChildren(...lines)
    this.markLit()
    if (focused) this.list.querySelector(`button[data-code="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }

  markLit() {
    const code = this.map.lit?.code
    for (const button of [...this.list.querySelectorAll("button[data-code]"), ...this.map.getPane("wardCounts").querySelectorAll("button")])
      button.classList.toggle("lit", button.dataset.code === code)
    for (const button of this.list.querySelectorAll("button[data-code]"))
      if (button.dataset.code === code) button.setAttribute("aria-current", "true")
      else button.removeAttribute("aria-current")
  }
}
