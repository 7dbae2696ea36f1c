// Maps of the administration: a geometry to look at, with an older one as an outline over it if there is one, or a point
// that a click sets beside its two numbers.

import { cityMap } from "../map/city-map.js"

const POINT = { radius: 8 }

function createMap(place) {
  const map = cityMap(place, { tools: [] })
  L.control.zoom().addTo(map)
  return map
}

function showShape(place) {
  const map = createMap(place)
  const shape = L.geoJSON(JSON.parse(place.dataset.shape), { pointToLayer: (_, at) => L.circleMarker(at, POINT) }).addTo(map)
  const bounds = shape.getBounds()
  if (place.dataset.under)
    bounds.extend(
      L.geoJSON(JSON.parse(place.dataset.under), { style: { className: "older" } })
        .addTo(map)
        .getBounds(),
    )
  map.fitBounds(bounds, { maxZoom: 16, padding: [20, 20] })
}

function choosePoint(place) {
  const [lat, lon] = place.parentElement.querySelectorAll("input")
  const map = createMap(place)
  const here = L.circleMarker([0, 0], POINT)
  const markPoint = () => lat.value && lon.value && here.setLatLng([lat.value, lon.value]).addTo(map)
  const followInputs = () => markPoint() && map.panTo(here.getLatLng())
  if (markPoint()) map.setView(here.getLatLng(), 16)
  lat.addEventListener("input", followInputs)
  lon.addEventListener("input", followInputs)
  map.on("click", ({ latlng }) => {
    lat.value = latlng.lat.toFixed(6)
    lon.value = latlng.lng.toFixed(6)
    markPoint()
  })
}

for (const place of document.querySelectorAll(".admin-map")) (place.dataset.shape ? showShape : choosePoint)(place)
