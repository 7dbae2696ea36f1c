// The map of a desk: the incidents of its list as pins, in the unit's own ward.
//
//   const map = deskMap(element, { choose })   drawn when it first has room; choose(reference) when a pin is pressed
//   map.show(lines)                            the lines of the list, which know where they lie
//   map.choose(reference)                      this one stands out, and the map moves to it

import { cityMap, doubtCircle, litWard } from "../../map/city-map.js"
import { clusteredPins } from "../../map/clustered.js"

const itemOf = (line) => {
  const { reference, state, icon, category, lon, lat, accuracy } = line.dataset
  const marks = { late: "late" in line.dataset, pale: "watched" in line.dataset }
  return { reference, state, icon, category, ...marks, lon: Number(lon), lat: Number(lat), accuracy: Number(accuracy) }
}

export function deskMap(element, { choose }) {
  const room = matchMedia("(min-width: 80rem)")
  let map = null
  let layer = null
  let lines = []
  let chosen = null
  let repeats = []
  const circles = L.layerGroup()
  let doubt = null // the circle in which the chosen one may lie

  async function createMap() {
    if (map || !room.matches) return
    map = cityMap(element, { tools: ["zoom"] })
    layer = clusteredPins(map, { choose: ({ reference }) => choose(reference) })
    drawPins()
    drawRepeats()
    const { ward } = element.dataset
    const lit = ward && (await litWard(map, ward, { mask: true, fit: true }))
    if (!lit && lines.length)
      map.fitBounds(
        lines.map(({ dataset: { lat, lon } }) => [lat, lon]),
        { maxZoom: 16, padding: [40, 40] },
      )
    moveTo(chosen)
  }

  function drawPins() {
    layer?.show(lines.map(itemOf))
    layer?.choose(chosen)
    drawDoubt()
    for (const line of lines) if (line.classList.contains("new")) layer?.fresh(line.dataset.reference)
  }

  function drawDoubt() {
    doubt?.remove()
    doubt = null
    const { accuracy, lat, lon } = lines.map(itemOf).find(({ reference }) => reference === chosen) ?? {}
    if (!map || !accuracy) return
    doubt = doubtCircle(map, [lon, lat], accuracy).addTo(map)
  }

  function moveTo(reference) {
    const item = reference && layer.get(reference)
    if (item && !map.getBounds().pad(-0.1).contains([item.lat, item.lon])) map.panTo([item.lat, item.lon])
  }

  function drawRepeats() {
    if (!map) return
    circles.clearLayers().addTo(map)
    for (const at of repeats) L.circle(at, { radius: 70, className: "repeat", fill: false, interactive: false }).addTo(circles)
  }

  room.addEventListener("change", createMap)
  return {
    show(shown) {
      lines = shown
      if (map) drawPins()
      else createMap()
    },
    // Where the same comes back, as [latitude, longitude]: a dotted circle about each.
    showRepeats(places) {
      repeats = places
      drawRepeats()
    },
    choose(reference) {
      if (reference === chosen) return
      chosen = reference
      if (!map) return
      layer.choose(reference)
      drawDoubt()
      moveTo(reference)
    },
  }
}
