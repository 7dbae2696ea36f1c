// Maps of the administration: a geometry to look at, with an older one as an outline over it if there is one, or a point
// that a click sets beside its two numbers.

import { cityMap } from "../map/city-map.js"

const POINT = { radius: 8 }

function begin(place) {
  const map = cityMap(place, { tools: [] })
  L.control.zoom().addTo(map)
  return map
}

function show(place) {
  const map = begin(place)
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

function choose(place) {
  const [lat, lon] = place.parentElement.querySelectorAll("input")
  const map = begin(place)
  const here = L.circleMarker([0, 0], POINT)
  const mark = () => lat.value && lon.value && here.setLatLng([lat.value, lon.value]).addTo(map)
  const follow = () => mark() && map.panTo(here.getLatLng())
  if (mark()) map.setView(here.getLatLng(), 16)
  lat.addEventListener("input", follow)
  lon.addEventListener("input", follow)
  map.on("click", ({ latlng }) => {
    lat.value = latlng.lat.toFixed(6)
    lon.value = latlng.lng.toFixed(6)
    mark()
  })
}

for (const place of document.querySelectorAll(".admin-map")) (place.dataset.shape ? show : choose)(place)
