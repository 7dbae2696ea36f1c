// What a camera sees, on the map: a sector by three handles, or a drawn line by its corners, and what stands in the way.
//
// Numbers and handles are one: whichever is moved, the other follows. Every handle is reached by the Tab key and moved by
// the arrow keys. The server reckons the true shape again when it is saved.

import { cityMap } from "../../map/city-map.js"

const EARTH_M = 6_371_009
const ON_AXIS = 0.55 // where on the axis the handle of the bearing stands, in parts of the range
const [STEP_DEG, FAR_DEG, STEP_M, FAR_M, CORNER_M, CORNER_FAR_M] = [1, 10, 5, 50, 1, 10]
const MOST = { angle: 360, range: 5000 }

const rad = (deg) => (deg * Math.PI) / 180
const turn = (deg) => ((deg % 360) + 360) % 360
const clamp = (value, least, most) => Math.min(Math.max(value, least), most)
const round = (value) => Math.round(value * 10) / 10

// The place so many metres from [lat, lon] in this direction.
function ahead([lat, lon], bearing, metres) {
  const north = (metres * Math.cos(rad(bearing))) / EARTH_M
  const east = (metres * Math.sin(rad(bearing))) / EARTH_M / Math.cos(rad(lat))
  return [lat + (north * 180) / Math.PI, lon + (east * 180) / Math.PI]
}

function between([lat, lon], { lat: lat2, lng: lon2 }) {
  const north = rad(lat2 - lat) * EARTH_M
  const east = rad(lon2 - lon) * EARTH_M * Math.cos(rad(lat))
  return { bearing: turn((Math.atan2(east, north) * 180) / Math.PI), metres: Math.hypot(north, east) }
}

function sector(place, { bearing, angle, range }, step = 3) {
  const steps = Math.max(4, Math.ceil(angle / step))
  const arc = Array.from({ length: steps + 1 }, (_, n) => ahead(place, bearing - angle / 2 + (angle * n) / steps, range))
  return angle >= 360 ? arc.slice(0, -1) : [place, ...arc]
}

const closed = (corners) => [...corners, corners[0]].map(([lat, lon]) => [Number(lon.toFixed(7)), Number(lat.toFixed(7))])
const opened = (ring) => ring.slice(0, -1).map(([lon, lat]) => [lat, lon])
const read = (text) => (text ? JSON.parse(text) : null)

class Editor {
  constructor(element) {
    const [lon, lat] = element.dataset.place.split(",").map(Number)
    this.place = [lat, lon]
    this.form = element.closest("form")
    this.editable = "editable" in element.dataset
    this.icons = element.dataset.icons
    this.input = Object.fromEntries(
      ["bearing_deg", "angle_deg", "range_m", "drawn", "hidden", "verified"].map((name) => [name, this.form.elements[name]]),
    )
    this.map = cityMap(element, { centre: [lon, lat], zoom: 17, tools: ["zoom"] })
    this.map.createPane("cones").style.zIndex = 420
    this.renderer = L.svg({ pane: "cones", padding: 0.5 })
    this.handles = new Map() // name → marker
    this.shapes = []
    this.take()
    this.mark()
    const seen = read(element.dataset.seen)
    if (seen)
      L.geoJSON(seen, { interactive: false, pane: "cones", style: { className: "cone seen-now", renderer: this.renderer } }).addTo(this.map)
    this.draw()
    this.fit()
    this.form.addEventListener("input", ({ target }) => target.name !== "verified" && target.name !== "name" && this.typed())
    if (this.editable) this.buttons()
  }

  // ---- from the form, and back into it

  take() {
    const number = (name, otherwise) => (this.input[name].value === "" ? otherwise : Number(this.input[name].value))
    this.bearing = turn(number("bearing_deg", 0))
    this.angle = clamp(number("angle_deg", 60), 1, MOST.angle)
    this.range = clamp(number("range_m", 100), 1, MOST.range)
    this.mode = new FormData(this.form).get("shape") ?? this.form.querySelector("[name=shape]:checked")?.value ?? "sector"
    this.drawn = opened(read(this.input.drawn.value)?.coordinates[0] ?? [])
    this.hidden = (read(this.input.hidden.value)?.coordinates ?? []).map(([outer]) => opened(outer))
    this.begin()
  }

  // Who begins to draw begins with what the sector was.
  begin() {
    if (this.mode === "drawn" && this.drawn.length < 3) {
      this.drawn = sector(this.place, this, Math.max(this.angle / 4, 15))
      this.give()
    }
  }

  give() {
    this.input.bearing_deg.value = round(this.bearing) % 360
    this.input.angle_deg.value = round(this.angle)
    this.input.range_m.value = round(this.range)
    this.input.drawn.value = this.drawn.length > 2 ? JSON.stringify({ type: "Polygon", coordinates: [closed(this.drawn)] }) : ""
    this.input.hidden.value = this.hidden.length
      ? JSON.stringify({ type: "MultiPolygon", coordinates: this.hidden.map((one) => [closed(one)]) })
      : ""
  }

  typed() {
    this.take()
    this.untick()
    this.draw()
  }

  changed() {
    this.give()
    this.untick()
    this.draw()
  }

  // What was compared with the picture was another view.
  untick() {
    if (this.input.verified) this.input.verified.checked = false
  }

  // ---- on the map

  mark() {
    const spot = document.createElement("span")
    spot.className = "eye marked"
    const svg = L.SVG.create("svg")
    svg.setAttribute("class", "icon")
    const use = L.SVG.create("use")
    use.setAttribute("href", `${this.icons}#i-camera`)
    svg.append(use)
    spot.append(svg)
    L.marker(this.place, { icon: L.divIcon({ className: "", iconSize: [0, 0], html: spot }), interactive: false, keyboard: false }).addTo(
      this.map,
    )
  }

  draw() {
    for (const shape of this.shapes) shape.remove()
    const lay = (corners, className) =>
      L.polygon(corners, { className, renderer: this.renderer, pane: "cones", interactive: false, smoothFactor: 0 }).addTo(this.map)
    const outline = this.mode === "drawn" ? this.drawn : sector(this.place, this)
    this.shapes = [lay(outline, "cone"), ...this.hidden.map((one) => lay(one, "in-the-way"))]
    this.form.querySelector(".sector").hidden = this.mode === "drawn"
    if (this.editable) this.placeHandles()
  }

  fit() {
    this.map.fitBounds(L.latLngBounds([this.place, ...this.shapes[0].getLatLngs()[0]]).pad(0.15), { maxZoom: 18, animate: false })
  }

  placeHandles() {
    const wanted = new Map()
    if (this.mode === "sector") for (const [name, told] of Object.entries(this.sectorHandles())) wanted.set(name, told)
    else this.drawn.forEach((_, n) => wanted.set(`drawn-${n}`, this.cornerHandle("drawn", this.drawn, n)))
    this.hidden.forEach((corners, k) =>
      corners.forEach((_, n) => wanted.set(`hidden-${k}-${n}`, this.cornerHandle("stands", corners, n, k))),
    )
    for (const [name, handle] of this.handles)
      if (!wanted.has(name)) {
        handle.remove()
        this.handles.delete(name)
      }
    for (const [name, told] of wanted) this.put(name, told)
  }

  sectorHandles() {
    const slider = (words, now, most, unit) => ({ words, now: round(now), most, text: `${round(now)} ${unit}` })
    const degrees = gettext("degrees")
    return {
      bearing: {
        at: ahead(this.place, this.bearing, this.range * ON_AXIS),
        ...slider(gettext("Bearing"), this.bearing, 360, degrees),
        drag: (to) => (this.bearing = between(this.place, to).bearing),
        step: (by, far) => (this.bearing = turn(Math.round(this.bearing) + by * (far ? FAR_DEG : STEP_DEG))),
      },
      angle: {
        at: ahead(this.place, this.bearing + Math.min(this.angle, 359) / 2, this.range),
        ...slider(gettext("Opening"), this.angle, MOST.angle, degrees),
        drag: (to) => (this.angle = clamp(2 * turn(between(this.place, to).bearing - this.bearing), 1, MOST.angle)),
        step: (by, far) => (this.angle = clamp(Math.round(this.angle) + by * (far ? FAR_DEG : STEP_DEG), 1, MOST.angle)),
      },
      range: {
        at: ahead(this.place, this.bearing, this.range),
        ...slider(gettext("Range"), this.range, MOST.range, gettext("metres")),
        drag: (to) => (this.range = clamp(between(this.place, to).metres, 1, MOST.range)),
        step: (by, far) => (this.range = clamp(Math.round(this.range) + by * (far ? FAR_M : STEP_M), 1, MOST.range)),
      },
    }
  }

  cornerHandle(kind, corners, n, k) {
    const words =
      kind === "drawn" ? interpolate(gettext("Corner %s"), [n + 1]) : interpolate(gettext("In the way %s, corner %s"), [k + 1, n + 1])
    return {
      at: corners[n],
      words,
      kind,
      drag: ({ lat, lng }) => (corners[n] = [lat, lng]),
      move: (east, north, far) => {
        const metres = far ? CORNER_FAR_M : CORNER_M
        corners[n] = ahead(ahead(corners[n], 90, east * metres), 0, north * metres)
      },
      remove: () => {
        if (corners.length > 3) corners.splice(n, 1)
        else if (kind === "stands") this.hidden.splice(k, 1)
      },
      corners,
      n,
      k,
    }
  }

  put(name, told) {
    const found = this.handles.get(name)
    const handle = found ?? this.handle(name, told)
    handle.told = told
    if (!handle.dragged) handle.setLatLng(told.at)
    const element = handle.getElement()
    element.setAttribute("aria-label", told.words)
    if (told.text)
      for (const [key, value] of Object.entries({
        role: "slider",
        "aria-valuemin": 0,
        "aria-valuemax": told.most,
        "aria-valuenow": told.now,
        "aria-valuetext": told.text,
      }))
        element.setAttribute(key, value)
  }

  handle(name, { at, kind }) {
    const dot = document.createElement("span")
    dot.className = `handle${kind ? " corner" : ""}${kind === "stands" ? " stands" : ""}`
    const icon = L.divIcon({ className: "handle-spot", iconSize: [44, 44], html: dot })
    const handle = L.marker(at, { icon, draggable: true, keyboard: true, zIndexOffset: 1000 }).addTo(this.map)
    handle.getElement().dataset.handle = name
    handle.on("dragstart", () => (handle.dragged = true))
    handle.on("drag", () => {
      handle.told.drag(handle.getLatLng())
      this.changed()
    })
    handle.on("dragend", () => {
      handle.dragged = false
      this.draw()
    })
    handle.getElement().addEventListener("focus", () => (this.last = handle.told))
    L.DomEvent.on(handle.getElement(), "keydown", (event) => this.key(event, handle))
    this.handles.set(name, handle)
    return handle
  }

  key(event, { told }) {
    const [east, north] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0]
    if (east || north) (told.step ?? told.move)(...(told.step ? [east + north] : [east, north]), event.shiftKey)
    else if (["Delete", "Backspace"].includes(event.key) && told.remove) told.remove()
    else return
    L.DomEvent.stop(event) // the map itself would move
    this.changed()
  }

  // ---- the buttons beside the map

  buttons() {
    for (const part of this.form.querySelectorAll("[data-draw]")) part.hidden = false
    const press = (name, act) => this.form.querySelector(`[data-${name}]`).addEventListener("click", act)
    press("add-corner", () => this.addCorner())
    press("add-hidden", () => this.addHidden())
    press("remove-hidden", () => this.removeHidden())
  }

  say(words) {
    this.form.querySelector("[data-said]").textContent = words
  }

  // Between the corner that was chosen last and the next one; without one, on the longest side.
  addCorner() {
    const chosen = this.last?.corners && (this.last.corners === this.drawn || this.hidden.includes(this.last.corners)) ? this.last : null
    const corners = chosen?.corners ?? (this.mode === "drawn" ? this.drawn : this.hidden.at(-1))
    if (!corners) return this.say(gettext("Choose “drawn” first: a sector has no corners."))
    const side = (n) => this.map.distance(corners[n], corners[(n + 1) % corners.length])
    const n = chosen?.n ?? corners.reduce((longest, _, i) => (side(i) > side(longest) ? i : longest), 0)
    const [[lat, lon], [lat2, lon2]] = [corners[n], corners[(n + 1) % corners.length]]
    corners.splice(n + 1, 0, [(lat + lat2) / 2, (lon + lon2) / 2])
    this.changed()
    this.focus(corners === this.drawn ? `drawn-${n + 1}` : `hidden-${this.hidden.indexOf(corners)}-${n + 1}`)
  }

  addHidden() {
    const middle = ahead(this.place, this.bearing, this.range * 0.6)
    const half = Math.max(this.range * 0.12, 4)
    this.hidden.push([45, 135, 225, 315].map((corner) => ahead(middle, this.bearing + corner, half)))
    this.changed()
    this.focus(`hidden-${this.hidden.length - 1}-0`)
  }

  removeHidden() {
    const chosen = this.hidden.indexOf(this.last?.corners)
    if (!this.hidden.length) return this.say(gettext("Nothing stands in the way."))
    this.hidden.splice(chosen < 0 ? this.hidden.length - 1 : chosen, 1)
    this.last = null
    this.changed()
  }

  focus(name) {
    this.handles.get(name)?.getElement().focus()
  }
}

const element = document.getElementById("view-map")
if (element) new Editor(element)
