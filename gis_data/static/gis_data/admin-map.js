// Maps of the administration: a geometry to look at, or a point that a click and the arrow keys of its numbers set.

const POINT = { radius: 8, className: "here" }

function begin(place) {
  const map = L.map(place, { attributionControl: false, keyboard: false })
  const { basemap } = document.documentElement.dataset
  if (basemap) L.tileLayer(basemap).addTo(map)
  return map
}

function show(place) {
  const map = begin(place)
  const shape = L.geoJSON(JSON.parse(place.dataset.shape), { pointToLayer: (_, at) => L.circleMarker(at, POINT) }).addTo(map)
  map.fitBounds(shape.getBounds(), { maxZoom: 16, padding: [20, 20] })
}

function choose(place) {
  const [lat, lon] = place.parentElement.querySelectorAll("input")
  const map = begin(place)
  const here = L.circleMarker([0, 0], POINT)
  const move = () => {
    if (!lat.value || !lon.value) return
    here.setLatLng([lat.value, lon.value]).addTo(map)
    map.setView(here.getLatLng(), map._loaded ? map.getZoom() : 16)
  }
  map.setView([place.dataset.lat, place.dataset.lon], 12)
  move()
  lat.addEventListener("input", move)
  lon.addEventListener("input", move)
  map.on("click", ({ latlng }) => {
    lat.value = latlng.lat.toFixed(6)
    lon.value = latlng.lng.toFixed(6)
    move()
  })
}

for (const place of document.querySelectorAll(".admin-map")) (place.dataset.shape ? show : choose)(place)
