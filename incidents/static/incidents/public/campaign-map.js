// The incidents of a campaign on a map of their own: those still open and those done, put together where they overlap.

import { cityMap } from "../../map/city-map.js"
import { clusterOverlaps } from "../../map/clusters.js"
import { pins } from "../../map/pins.js"

const CLOSE = 16 // no nearer is moved to one

export function campaignMap(box) {
  const map = cityMap(box, { tools: ["locate", "zoom"] })
  const incidents = JSON.parse(box.dataset.pins)
  const layer = pins(map, {
    grouped: true,
    choose: ({ reference }) => location.assign(box.dataset.incident.replace("REFERENCE", reference)),
  })
  const show = () => layer.show(map.getZoom() === map.getMaxZoom() ? incidents : clusterOverlaps(map, incidents))
  map.on("zoomend", show)
  map.scrollWheelZoom.disable() // the page scrolls
  if (incidents.length)
    map.fitBounds(
      incidents.map(({ lat, lon }) => [lat, lon]),
      { maxZoom: CLOSE, padding: [40, 40], animate: false },
    )
  show()
}
