// The editor of a camera's view on the map: a sector with three handles or a drawn polygon, and the areas hidden from it.
//
// Number fields and handles follow each other. Every handle is reached by the Tab key and moved by the arrow keys. The
// server computes the final shape when it is saved.

import { cityMap } from "../../map/city-map.js"

const EARTH_M = 6_371_009
const ON_AXIS = 0.55 // where on the axis the handle of the bearing stands, in parts of the range
const [STEP_DEG, FAR_DEG, STEP_M, FAR_M, CORNER_M, CORNER_FAR_M] = [1, 10, 5, 50, 1, 10]
const MAX = { angle: 360, range: 5000 }

const radians = (deg) => (deg * Math.PI) / 180
const normalBearing = (deg) => ((deg % 360) + 360) % 360
const clamp = (value, least, most) => Math.min(Math.max(value, least), most)
const roundToTenth = (value) => Math.round(value * 10) / 10

// The [lat, lon] at this distance in metres and bearing in degrees.
function placeAhead([lat, lon], bearing, metres) {
  const north = (metres * Math.cos(radians(bearing))) / EARTH_M
  const east = (metres * Math.sin(radians(bearing))) / EARTH_M / Math.cos(radians(lat))
  return [lat + (north * 180) / Math.PI, lon + (east * 180) / Math.PI]
}

function bearingAndDistance([lat, lon], { lat: lat2, lng: lon2 }) {
  const north = radians(lat2 - lat) * EARTH_M
  const east = radians(lon2 - lon) * EARTH_M * Math.cos(radians(lat))
  return { bearing: normalBearing((Math.atan2(east, north) * 180) / Math.PI), metres: Math.hypot(north, east) }
}

function sectorCorners(place, { bearing, angle, range }, step = 3) {
  const steps = Math.max(4, Math.ceil(angle / step))
  const arc = Array.from({ length: steps + 1 }, (_, n) => placeAhead(place, bearing - angle / 2 + (angle * n) / steps, range))
  return angle >= 360 ? arc.slice(0, -1) : [place, ...arc]
}

const ringOf = (corners) => [...corners, corners[0]].map(([lat, lon]) => [Number(lon.toFixed(7)), Number(lat.toFixed(7))])
const cornersOf = (ring) => ring.slice(0, -1).map(([lon, lat]) => [lat, lon])
const parseJson = (text) => (text ? JSON.parse(text) : null)

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
    this.readForm()
    this.markCamera()
    const seen = parseJson(element.dataset.seen)
    if (seen)
      L.geoJSON(seen, { interactive: false, pane: "cones", style: { className: "cone seen-now", renderer: this.renderer } }).addTo(this.map)
    this.draw()
    this.fitMap()
    this.form.addEventListener("input", ({ target }) => target.name !== "verified" && target.name !== "name" && this.handleInput())
    if (this.editable) this.setUpButtons()
  }

  // ---- from the form, and back into it

  readForm() {
    const number = (name, otherwise) => (this.input[name].value === "" ? otherwise : Number(this.input[name].value))
    this.bearing = normalBearing(number("bearing_deg", 0))
    this.angle = clamp(number("angle_deg", 60), 1, MAX.angle)
    this.range = clamp(number("range_m", 100), 1, MAX.range)
    this.mode = new FormData(this.form).get("shape") ?? this.form.querySelector("[name=shape]:checked")?.value ?? "sector"
    this.drawn = cornersOf(parseJson(this.input.drawn.value)?.coordinates[0] ?? [])
    this.hidden = (parseJson(this.input.hidden.value)?.coordinates ?? []).map(([outer]) => cornersOf(outer))
    this.beginDrawing()
  }

  // A drawing begins with the outline of the sector.
  beginDrawing() {
    if (this.mode === "drawn" && this.drawn.length < 3) {
      this.drawn = sectorCorners(this.place, this, Math.max(this.angle / 4, 15))
      this.writeForm()
    }
  }

  writeForm() {
    this.input.bearing_deg.value = roundToTenth(this.bearing) % 360
    this.input.angle_deg.value = roundToTenth(this.angle)
    this.input.range_m.value = roundToTenth(this.range)
    this.input.drawn.value = this.drawn.length > 2 ? JSON.stringify({ type: "Polygon", coordinates: [ringOf(this.drawn)] }) : ""
    this.input.hidden.value = this.hidden.length
      ? JSON.stringify({ type: "MultiPolygon", coordinates: this.hidden.map((polygon) => [ringOf(polygon)]) })
      : ""
  }

  handleInput() {
    this.readForm()
    this.untick()
    this.draw()
  }

  handleChange() {
    this.writeForm()
    this.untick()
    this.draw()
  }

  // A changed view is not verified any more.
  untick() {
    if (this.input.verified) this.input.verified.checked = false
  }

  // ---- on the map

  markCamera() {
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
    const addShape = (corners, className) =>
      L.polygon(corners, { className, renderer: this.renderer, pane: "cones", interactive: false, smoothFactor: 0 }).addTo(this.map)
    const outline = this.mode === "drawn" ? this.drawn : sectorCorners(this.place, this)
    this.shapes = [addShape(outline, "cone"), ...this.hidden.map((polygon) => addShape(polygon, "in-the-way"))]
    this.form.querySelector(".sector").hidden = this.mode === "drawn"
    if (this.editable) this.placeHandles()
  }

  fitMap() {
    this.map.fitBounds(L.latLngBounds([this.place, ...this.shapes[0].getLatLngs()[0]]).pad(0.15), { maxZoom: 18, animate: false })
  }

  placeHandles() {
    const wanted = new Map()
    if (this.mode === "sector") for (const [name, spec] of Object.entries(this.sectorHandles())) wanted.set(name, spec)
    else this.drawn.forEach((_, n) => wanted.set(`drawn-${n}`, this.cornerHandle("drawn", this.drawn, n)))
    this.hidden.forEach((corners, k) =>
      corners.forEach((_, n) => wanted.set(`hidden-${k}-${n}`, this.cornerHandle("stands", corners, n, k))),
    )
    for (const [name, handle] of this.handles)
      if (!wanted.has(name)) {
        handle.remove()
        this.handles.delete(name)
      }
    for (const [name, spec] of wanted) this.placeHandle(name, spec)
  }

  sectorHandles() {
    const sliderAttributes = (words, now, most, unit) => ({ words, now: roundToTenth(now), most, text: `${roundToTenth(now)} ${unit}` })
    const degrees = gettext("degrees")
    return {
      bearing: {
        at: placeAhead(this.place, this.bearing, this.range * ON_AXIS),
        ...sliderAttributes(gettext("Bearing"), this.bearing, 360, degrees),
        drag: (to) => (this.bearing = bearingAndDistance(this.place, to).bearing),
        step: (by, far) => (this.bearing = normalBearing(Math.round(this.bearing) + by * (far ? FAR_DEG : STEP_DEG))),
      },
      angle: {
        at: placeAhead(this.place, this.bearing + Math.min(this.angle, 359) / 2, this.range),
        ...sliderAttributes(gettext("Angle"), this.angle, MAX.angle, degrees),
        drag: (to) => (this.angle = clamp(2 * normalBearing(bearingAndDistance(this.place, to).bearing - this.bearing), 1, MAX.angle)),
        step: (by, far) => (this.angle = clamp(Math.round(this.angle) + by * (far ? FAR_DEG : STEP_DEG), 1, MAX.angle)),
      },
      range: {
        at: placeAhead(this.place, this.bearing, this.range),
        ...sliderAttributes(gettext("Range"), this.range, MAX.range, gettext("metres")),
        drag: (to) => (this.range = clamp(bearingAndDistance(this.place, to).metres, 1, MAX.range)),
        step: (by, far) => (this.range = clamp(Math.round(this.range) + by * (far ? FAR_M : STEP_M), 1, MAX.range)),
      },
    }
  }

  cornerHandle(kind, corners, n, k) {
    const words =
      kind === "drawn" ? interpolate(gettext("Corner %s"), [n + 1]) : interpolate(gettext("Obstacle %s, corner %s"), [k + 1, n + 1])
    return {
      at: corners[n],
      words,
      kind,
      drag: ({ lat, lng }) => (corners[n] = [lat, lng]),
      move: (east, north, far) => {
        const metres = far ? CORNER_FAR_M : CORNER_M
        corners[n] = placeAhead(placeAhead(corners[n], 90, east * metres), 0, north * metres)
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

  placeHandle(name, spec) {
    const handle = this.handles.get(name) ?? this.createHandle(name, spec)
    handle.spec = spec
    if (!handle.dragged) handle.setLatLng(spec.at)
    const element = handle.getElement()
    element.setAttribute("aria-label", spec.words)
    if (spec.text)
      for (const [key, value] of Object.entries({
        role: "slider",
        "aria-valuemin": 0,
        "aria-valuemax": spec.most,
        "aria-valuenow": spec.now,
        "aria-valuetext": spec.text,
      }))
        element.setAttribute(key, value)
  }

  createHandle(name, { at, kind }) {
    const dot = document.createElement("span")
    dot.className = `handle${kind ? " corner" : ""}${kind === "stands" ? " stands" : ""}`
    const icon = L.divIcon({ className: "handle-spot", iconSize: [44, 44], html: dot })
    const handle = L.marker(at, { icon, draggable: true, keyboard: true, zIndexOffset: 1000 }).addTo(this.map)
    handle.getElement().dataset.handle = name
    handle.on("dragstart", () => (handle.dragged = true))
    handle.on("drag", () => {
      handle.spec.drag(handle.getLatLng())
      this.handleChange()
    })
    handle.on("dragend", () => {
      handle.dragged = false
      this.draw()
    })
    handle.getElement().addEventListener("focus", () => (this.last = handle.spec))
    L.DomEvent.on(handle.getElement(), "keydown", (event) => this.handleKey(event, handle))
    this.handles.set(name, handle)
    return handle
  }

  handleKey(event, { spec }) {
    const [east, north] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0]
    if (east || north) (spec.step ?? spec.move)(...(spec.step ? [east + north] : [east, north]), event.shiftKey)
    else if (["Delete", "Backspace"].includes(event.key) && spec.remove) spec.remove()
    else return
    L.DomEvent.stop(event) // the map itself would move
    this.handleChange()
  }

  // ---- the buttons beside the map

  setUpButtons() {
    for (const part of this.form.querySelectorAll("[data-draw]")) part.hidden = false
    const press = (name, act) => this.form.querySelector(`[data-${name}]`).addEventListener("click", act)
    press("add-corner", () => this.addCorner())
    press("add-hidden", () => this.addHidden())
    press("remove-hidden", () => this.removeHidden())
  }

  showMessage(words) {
    this.form.querySelector("[data-said]").textContent = words
  }

  // Between the corner that was chosen last and the next one; without one, on the longest side.
  addCorner() {
    const chosen = this.last?.corners && (this.last.corners === this.drawn || this.hidden.includes(this.last.corners)) ? this.last : null
    const corners = chosen?.corners ?? (this.mode === "drawn" ? this.drawn : this.hidden.at(-1))
    if (!corners) return this.showMessage(gettext("Choose “drawn” first: a sector has no corners."))
    const side = (n) => this.map.distance(corners[n], corners[(n + 1) % corners.length])
    const n = chosen?.n ?? corners.reduce((longest, _, i) => (side(i) > side(longest) ? i : longest), 0)
    const [[lat, lon], [lat2, lon2]] = [corners[n], corners[(n + 1) % corners.length]]
    corners.splice(n + 1, 0, [(lat + lat2) / 2, (lon + lon2) / 2])
    this.handleChange()
    this.focusHandle(corners === this.drawn ? `drawn-${n + 1}` : `hidden-${this.hidden.indexOf(corners)}-${n + 1}`)
  }

  addHidden() {
    const middle = placeAhead(this.place, this.bearing, this.range * 0.6)
    const half = Math.max(this.range * 0.12, 4)
    this.hidden.push([45, 135, 225, 315].map((corner) => placeAhead(middle, this.bearing + corner, half)))
    this.handleChange()
    this.focusHandle(`hidden-${this.hidden.length - 1}-0`)
  }

  removeHidden() {
    const chosen = this.hidden.indexOf(this.last?.corners)
    if (!this.hidden.length) return this.showMessage(gettext("There are no obstacles."))
    this.hidden.splice(chosen < 0 ? this.hidden.length - 1 : chosen, 1)
    this.last = null
    this.handleChange()
  }

  focusHandle(name) {
    this.handles.get(name)?.getElement().focus()
  }
}

const element = document.getElementById("view-map")
if (element) new Editor(element)
