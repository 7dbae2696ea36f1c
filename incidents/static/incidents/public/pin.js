// A map for choosing a place: the pin stays in the middle, the map is dragged below it.
//
//   const pin = pinMap(element, moved)   `moved({ lon, lat, accuracy, ward })` is called whenever somebody has moved it;
//                                        `ward` is the code of one that was named, until the pin is moved by hand. A third
//                                        argument is called when a hand begins to move it.
//   pin.move({ lon, lat, accuracy, ward, zoom }) · pin.takeMiddle() takes the place in the middle of the map ·
//   pin.lightWard(code) lights a ward up · pin.focus() · pin.refresh()
//   pin.middle()   [lon, lat] of the map
//   pin.home()     goes back to where the map of the city begins, without a place
//   pin.tooFar()   whether the map shows too much to place a pin; then it comes closer.

import { cityMap, icon, litWard, markOwnPlace } from "../../map/city-map.js"

const STEP = 5 // metres an arrow key moves the pin; with Shift five times as far
const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
const PLACE_FROM = 15 // from this zoom on a pin stands on something one can recognise
const METRES_PER_DEGREE = 111_320

export function pinMap(element, moved, began = () => {}) {
  const map = cityMap(element, { tools: ["zoom"] })
  let place = null // the exact place; the map itself only stands on whole pixels
  let dragged = false

  map.keyboard.disable()
  map.options.inertia = false // where the finger stops, the pin stands
  // Zooming leaves the pin where it is; only drawing the map along moves it.
  for (const zooming of ["scrollWheelZoom", "touchZoom", "doubleClickZoom"]) map.options[zooming] = "center"
  map.obstacles = () => {
    const { x, y } = map.getSize().divideBy(2)
    return [[x - 24, y - 48, x + 24, y + 24]]
  }
  element.append(pinElement())

  function pinElement() {
    const pin = Object.assign(document.createElement("span"), { className: "pin place" })
    pin.setAttribute("aria-hidden", "true")
    pin.append(icon(map, "p-round"), icon(map, "i-pin"))
    pin.firstChild.setAttribute("class", "body")
    return pin
  }

  function setPlace(where) {
    place = where
    moved(where)
  }

  function move({ lon, lat, accuracy = null, ward = "", zoom = map.getZoom() }) {
    map.setView([lat, lon], zoom, { animate: false })
    map.here?.remove()
    if (accuracy) markOwnPlace(map, [lon, lat], accuracy)
    setPlace({ lon, lat, accuracy, ward })
  }

  const middle = () => {
    const { lng, lat } = map.getCenter()
    return { lon: lng, lat }
  }

  // The map keeps its middle only to a pixel when its size or zoom changes; the pin keeps its place.
  const keepPlace = () => place && !dragged && map.setView([place.lat, place.lon], map.getZoom(), { animate: false })
  map.on("resize zoomend", keepPlace)
  map.on("dragstart", () => {
    dragged = true
    element.classList.add("moving")
    began()
  })
  // Not “moveend”, which is also told where the size changes under the finger.
  map.on("dragend", () => {
    dragged = false
    element.classList.remove("moving")
    takeMiddle()
  })

  function takeMiddle() {
    setPlace({ ...middle(), accuracy: null, ward: "" })
  }

  element.addEventListener("keydown", (event) => {
    if (event.target !== element || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === "+" || event.key === "=") map.zoomIn()
    else if (event.key === "-") map.zoomOut()
    else if (event.key in ARROWS) {
      event.preventDefault()
      moveByMetres(...ARROWS[event.key], STEP * (event.shiftKey ? 5 : 1))
    }
  })

  function moveByMetres(east, north, metres) {
    const from = place ?? middle()
    move({
      lon: from.lon + (east * metres) / (METRES_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180)),
      lat: from.lat + (north * metres) / METRES_PER_DEGREE,
      zoom: Math.max(map.getZoom(), PLACE_FROM),
    })
  }

  return {
    move,
    takeMiddle,
    lightWard: (code) => litWard(map, code, { mask: true }),
    refresh: () => map.invalidateSize(),
    focus: () => element.focus(),
    middle: () => [middle().lon, middle().lat],
    home() {
      const [lon, lat] = element.dataset.centre.split(",").map(Number)
      place = null
      map.setView([lat, lon], Number(element.dataset.zoom), { animate: false })
    },
    tooFar() {
      if (map.getZoom() >= PLACE_FROM) return false
      map.setZoom(17)
      return true
    },
  }
}
