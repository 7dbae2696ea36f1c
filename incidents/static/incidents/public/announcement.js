// Draws the area of an announcement on the small map of its page.

import { cityMap } from "../../map/city-map.js"

const box = document.getElementById("reach-map")
const className = "urgent" in box.dataset ? "told-area urgent" : "told-area"
const shape = L.geoJSON(JSON.parse(box.dataset.shape), { style: { className }, interactive: false })
const { lng, lat } = shape.getBounds().getCenter()
const map = cityMap(box, { centre: [lng, lat], zoom: 14, fixed: true })
shape.addTo(map)
map.fitBounds(shape.getBounds(), { padding: [24, 24], maxZoom: 16, animate: false })
