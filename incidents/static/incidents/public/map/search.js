// The search field of the public map: addresses, and words of danger. Its scripts are loaded when somebody uses it; without
// them the form asks the server.

import { doubtCircle, litWard } from "../../../map/city-map.js"

const REFERENCE = /^#?\d{4}-\d{4,}$/
const CLOSEST_RADIUS = 15 // metres

export function setUpSearch(page) {
  const { map, sheet, state } = page
  const byId = (name) => document.getElementById(name)
  const field = byId("q")
  let circle = null // in which the place that was chosen may lie

  async function searchPlaces() {
    const { addressSearch } = await import("../../../map/address-search.js")
    addressSearch(field, {
      list: byId("places"),
      say: byId("places-said"),
      near: () => [map.getCenter().lng, map.getCenter().lat],
      skip: (words) => REFERENCE.test(words),
      choose: goToPlace,
    })
  }

  async function watchWords() {
    const { showDanger } = await import("../danger.js")
    showDanger(field, field.dataset.danger, field.form.querySelector("[data-danger]:not(input)"))
  }

  function loadScripts() {
    watchWords().catch(() => {}) // where it is sent, the server reads it as well
    searchPlaces().catch(() => {})
  }

  function goToPlace({ kind, lon, lat, bounds, accuracy_m: radius, area }) {
    circle?.remove()
    if (["ward", "former"].includes(kind) && area) return page.filterByArea(area.code)
    const [west, south, east, north] = bounds
    const covered = sheet.coveredHeight()
    circle = doubtCircle(map, [lon, lat], Math.max(radius, CLOSEST_RADIUS)).addTo(map)
    map.fitBounds(
      [
        [south, west],
        [north, east],
      ],
      { maxZoom: 18, paddingTopLeft: [24, covered ? 130 : 24], paddingBottomRight: [24, covered + 24] },
    )
    if (area && !state.wanted.get("area")) litWard(map, area.code)
  }

  field.addEventListener("focus", loadScripts, { once: true })
  if (document.activeElement === field) loadScripts()
}
