// The small map of a ward's page: the ward lit, the rest stepped back, what is open there as pins.

import { cityMap, litWard } from "../../../map/city-map.js"
import { pins } from "../../../map/pins.js"

export function wardMap(box) {
  for (const still of box.querySelectorAll(".ward-drawn, .button")) still.remove()
  const map = cityMap(box, { tools: ["locate", "zoom"] })
  const incidents = JSON.parse(box.dataset.pins)
  const layer = pins(map, {
    grouped: true,
    choose: ({ reference }) => location.assign(box.dataset.incident.replace("REFERENCE", reference)),
  })
  layer.show(incidents)
  map.scrollWheelZoom.disable() // the page scrolls
  return litWard(map, box.dataset.ward, { mask: true, fit: { animate: false } })
}
