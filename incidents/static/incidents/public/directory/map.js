// The map of the directory: the chosen ward lit; a click on another leads to its unit; a row shows its ward.

import { cityMap, litWard } from "../../../map/city-map.js"
import { wardOf } from "../outlines.js"

const REST_MS = 200 // so long the pointer rests on a row before the map moves

export function unitsMap(box) {
  box.querySelector(".ward-drawn")?.remove()
  const map = cityMap(box, { tools: ["locate", "zoom"] })
  map.scrollWheelZoom.disable() // the page scrolls
  map.on("click", async ({ latlng }) => {
    const ward = await wardOf(box.dataset.outlines, latlng.lng, latlng.lat)
    if (ward?.code) location.assign(`${box.dataset.directory}?ward=${encodeURIComponent(ward.code)}`)
  })
  showRows(map)
  if (box.dataset.ward) litWard(map, box.dataset.ward, { mask: true, fit: { animate: false } })
}

function showRows(map) {
  let timer = 0
  const show = ({ target }) => {
    const row = target.closest("[data-ward]")
    clearTimeout(timer)
    if (row) timer = setTimeout(() => litRow(map, row), REST_MS)
  }
  const list = document.getElementById("units")
  list?.addEventListener("focusin", show)
  list?.addEventListener("mouseover", show)
}

function litRow(map, row) {
  for (const lit of document.querySelectorAll(".unit-list .lit")) lit.classList.remove("lit")
  row.classList.add("lit")
  litWard(map, row.dataset.ward, { fit: { maxZoom: 13 } })
}
