// The search field of the public map: addresses, and words of danger. Loaded when somebody uses the field.

import { addressSearch } from "../../../map/address-search.js"
import { doubtCircle, litWard } from "../../../map/city-map.js"
import { showDanger } from "../danger.js"

const REFERENCE = /^#?\d{4}-\d{4,}$/
const CLOSEST_RADIUS = 15 // metres

export function setUpSearch(page, field) {
  const { map, sheet, state } = page
  const byId = (name) => document.getElementById(name)
  let circle = null // in which the place that was chosen may lie

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

  addressSearch(field, {
    list: byId("places"),
    say: byId("places-said"),
    near: () => [map.getCenter().lng, map.getCenter().lat],
    skip: (words) => REFERENCE.test(words),
    choose: goToPlace,
  })
  showDanger(field, field.dataset.danger, field.form.querySelector("[data-danger]:not(input)"))
}
