// Draws the areas that cameras see, and the incidents outside of them. The table beside the map has the same by wards.

import { cityMap } from "../../map/city-map.js"
import { request } from "../../look/request.js"

const LEAST_PX = 4 // the radius of a square with one incident
const radius = (many) => Math.min(LEAST_PX * Math.sqrt(many), 28)

async function drawMap(element) {
  const map = cityMap(element, { tools: ["locate", "zoom"] })
  map.createPane("seen").style.zIndex = 420
  const renderer = L.svg({ pane: "seen", padding: 0.3 })
  const shown = await request(element.dataset.shapesAt)
  const addShape = (shape, className) =>
    shape && L.geoJSON(shape, { interactive: false, pane: "seen", style: { className, renderer, pane: "seen" } }).addTo(map)
  const seen = [addShape(shown.guessed, "seen-guessed"), addShape(shown.verified, "seen-verified")].filter(Boolean)
  const bounds = L.latLngBounds([])
  for (const layer of seen) bounds.extend(layer.getBounds())
  for (const [lon, lat, many] of shown.gaps) {
    const words = interpolate(ngettext("%s incident out of view", "%s incidents out of view", many), [many])
    L.circleMarker([lat, lon], { radius: radius(many), className: "out-of-view", renderer, pane: "seen" })
      .bindTooltip(words)
      .addTo(map)
    bounds.extend([lat, lon])
  }
  if (bounds.isValid()) map.fitBounds(bounds, { maxZoom: 16, padding: [16, 16], animate: false })
}

drawMap(document.getElementById("coverage-map")).catch((error) => {
  document.getElementById("coverage-said").textContent = error.message
})
