// The map under a pin: the pin stands still in the middle, the map is drawn along below it.

import { cityMap, icon, litWard, mark, tool } from "../map/city-map.js"

const STEP = 5 // metres an arrow key moves the pin; with Shift five times as far
const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
const CLOSE = 15 // from this zoom on a pin stands on something one can recognise
const METRES_PER_DEGREE = 111320

export function pinMap(element, moved) {
  const map = cityMap(element, { tools: ["zoom"] })
  map.keyboard.disable()
  map.obstacles = () => [[map.getSize().x / 2 - 24, map.getSize().y / 2 - 48, map.getSize().x / 2 + 24, map.getSize().y / 2 + 24]]
  let locate = () => {}
  tool(map, "locate", [["i-locate", gettext("Go to where I am"), () => locate()]])
  const pin = Object.assign(document.createElement("span"), { className: "pin place" })
  pin.setAttribute("aria-hidden", "true")
  pin.append(icon(map, "p-round"), icon(map, "i-pin"))
  pin.firstChild.setAttribute("class", "body")
  element.append(pin)

  let ours = false // the map moves because we say so, not because somebody drags it

  function stand({ lon, lat, accuracy = null, zoom = map.getZoom() }) {
    ours = true
    map.setView([lat, lon], zoom, { animate: false })
    ours = false
    map.here?.remove()
    if (accuracy) mark(map, [lon, lat], accuracy)
    moved({ lon, lat, accuracy })
  }

  map.on("movestart", () => element.classList.toggle("moving", !ours))
  map.on("moveend", () => element.classList.remove("moving"))
  // Zooming keeps the pin where it is; dragging is what moves it.
  map.options.scrollWheelZoom = map.options.touchZoom = map.options.doubleClickZoom = "center"
  map.on("dragend", () => map.once("moveend", dropped) && map._panAnim?._inProgress || dropped())

  function dropped() {
    const { lng, lat } = map.getCenter()
    moved({ lon: lng, lat, accuracy: null })
  }

  element.addEventListener("keydown", (event) => {
    if (event.target !== element || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === "+" || event.key === "=") map.zoomIn()
    else if (event.key === "-") map.zoomOut()
    if (!(event.key in ARROWS)) return
    event.preventDefault()
    const [east, north] = ARROWS[event.key]
    const metres = STEP * (event.shiftKey ? 5 : 1)
    const { lng, lat } = at()
    stand({ lon: lng + (east * metres) / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)), lat: lat + (north * metres) / METRES_PER_DEGREE, zoom: Math.max(map.getZoom(), CLOSE) })
  })

  // Between two key presses the exact place counts, not the pixel that the map has come to stand on.
  let last = null
  const at = () => (last && map.getCenter().distanceTo([last.lat, last.lon]) < 2 ? { lng: last.lon, lat: last.lat } : map.getCenter())
  const tellMoved = moved
  moved = (place) => {
    last = place
    tellMoved(place)
  }

  return {
    move: stand,
    light: (code) => litWard(map, code, { mask: true }),
    onLocate: (act) => (locate = act),
    refresh: () => map.invalidateSize({ pan: false }),
    focus: () => element.focus(),
    tooFar() {
      if (map.getZoom() >= CLOSE) return false
      map.setZoom(17)
      return true
    },
  }
}
