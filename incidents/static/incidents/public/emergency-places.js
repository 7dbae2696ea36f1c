// Streets under water and open shelters on the map while emergency mode is on, fetched anew each minute.

import { icon } from "../../map/city-map.js"
import { request } from "../../look/request.js"

const EACH_MS = 60_000
const DEEP_CM = 30

export async function drawEmergencyPlaces(map, address) {
  if (!map.getPane("emergency")) map.createPane("emergency").style.zIndex = 646 // over the pins, below tooltips
  const page = address.replace("places.geojson", "")
  const layer = L.layerGroup().addTo(map)

  async function refresh() {
    const { features } = JSON.parse(await request(address))
    layer.clearLayers()
    for (const feature of features) layer.addLayer(sign(map, page, feature))
  }

  setInterval(() => {
    if (!document.hidden) refresh().catch(() => {}) // what is drawn stays until the next minute
  }, EACH_MS)
  await refresh()
}

function sign(map, page, { geometry, properties }) {
  const shelter = properties.kind === "shelter"
  const link = document.createElement("a")
  link.className = `zone-sign ${shelter ? "safe" : look(properties)}`
  link.href = page
  const label = document.createElement("span")
  label.textContent = shelter ? properties.name : `${properties.depth_cm} cm`
  const name = document.createElement("span")
  name.className = "sr"
  name.textContent = shelter ? "" : `, ${properties.name}`
  link.append(icon(map, shelter ? "i-shelter" : "c-flood"), label, name)
  L.DomEvent.disableClickPropagation(link)
  const [lng, lat] = geometry.coordinates
  return L.marker([lat, lng], {
    pane: "emergency",
    keyboard: false,
    interactive: false,
    icon: L.divIcon({ className: "", iconSize: [0, 0], html: link }),
  })
}

function look({ old, depth_cm: depth }) {
  if (old) return "old"
  return depth >= DEEP_CM ? "deep" : "wet"
}
