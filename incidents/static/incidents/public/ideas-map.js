// Ideas that have a place, each a link on a map; of one without a place its ward.

import { cityMap, icon, litWard } from "../../map/city-map.js"

const CLOSE = 16 // no nearer is moved to one

export function ideasMap(box) {
  const map = cityMap(box, { tools: ["zoom"] })
  const ideas = JSON.parse(box.dataset.ideas || "[]")
  map.scrollWheelZoom.disable() // the page scrolls
  if (ideas.length) {
    const places = ideas.map(({ lat, lon }) => [lat, lon])
    map.fitBounds(places, { maxZoom: CLOSE, padding: [40, 40], animate: false })
  }
  for (const idea of ideas) ideaMarker(map, idea).addTo(map)
  if (box.dataset.ward) litWard(map, box.dataset.ward, { mask: true, fit: !ideas.length && { animate: false } }).catch(() => {})
}

function ideaMarker(map, { title, page, lat, lon }) {
  const element = document.createElement(page ? "a" : "span")
  element.className = "idea-pin"
  element.title = title
  if (page) element.href = page
  element.setAttribute("aria-label", title)
  if (!page) element.setAttribute("role", "img")
  element.append(icon(map, "i-idea"))
  L.DomEvent.disableClickPropagation(element)
  const sign = L.divIcon({ className: "", iconSize: [0, 0], html: element })
  return L.marker([lat, lon], { keyboard: false, interactive: false, icon: sign })
}
