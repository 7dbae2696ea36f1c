// Announcements on the public map: their areas with a square sign, and a banner while one looks at one or stands in it.
//
//   const told = announcedAreas(map, { address, page, banner })   `address` of the GeoJSON; `page` of one, with KEY in it;
//                                                                 `banner` the element over the map
//   told.refresh(marks)   fetches them anew where `marks`, which the list gives, are others than before

import { icon } from "../../map/city-map.js"
import { inLanguage } from "../../map/pins.js"
import { request } from "../../look/request.js"
import { liesIn } from "./outlines.js"

const SIGNS_FROM = 13 // from this zoom on an area has its sign, and who looks at it a banner
const HIDDEN = "announcements-hidden"

export function announcedAreas(map, { address, page, banner }) {
  map.createPane("told").style.zIndex = 320 // over the ground, below the incidents
  map.createPane("told-signs").style.zIndex = 545
  let marks = null
  let shown = []
  let drawn = []

  async function refresh(wanted) {
    if (wanted === marks) return
    marks = wanted
    // GeoJSON has a media type of its own, so that it comes as text.
    shown = wanted ? JSON.parse(await request(`${address}?${new URLSearchParams({ of: wanted })}`)).features : []
    draw()
  }

  function draw() {
    for (const layer of drawn) layer.remove()
    drawn = shown.flatMap((one) => {
      const area = L.geoJSON(one, {
        pane: "told",
        interactive: false,
        style: { className: one.properties.urgent ? "told-area urgent" : "told-area" },
      })
      return map.getZoom() >= SIGNS_FROM ? [area.addTo(map), sign(one, area.getBounds()).addTo(map)] : [area.addTo(map)]
    })
    showBanner()
  }

  function sign({ id, properties }, bounds) {
    const link = document.createElement("a")
    link.className = "zone-sign"
    link.href = page.replace("KEY", id)
    const said = document.createElement("span") // of a colour of its own: that of links on the map is Leaflet's
    said.textContent = words(properties, { short: true })
    link.append(icon(map, properties.icon), said)
    L.DomEvent.disableClickPropagation(link)
    return L.marker([bounds.getNorth(), bounds.getCenter().lng], {
      pane: "told-signs",
      keyboard: false,
      interactive: false,
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: link }),
    })
  }

  // The gravest of those that one looks at or stands in; how many more there are is said.
  function showBanner() {
    const hidden = readHidden()
    const here = shown.filter((one) => hasBegun(one.properties.starts_at) && concerns(one))
    const [first, ...others] = here.filter(({ properties }) => !hidden.includes(properties.line))
    banner.hidden = !first
    if (!first || banner.dataset.line === String(first.properties.line)) return
    banner.dataset.line = first.properties.line
    banner.toggleAttribute("data-urgent", first.properties.urgent)
    const link = document.createElement("a")
    link.href = page.replace("KEY", first.id)
    link.textContent = `${words(first.properties)}: ${inLanguage(first.properties.text)}`
    const hide = document.createElement("button")
    hide.className = "button small"
    hide.type = "button"
    hide.textContent = gettext("Hide")
    hide.addEventListener("click", () => {
      keepHidden([...readHidden(), first.properties.line].slice(-50))
      showBanner()
    })
    const more = others.length ? ` ${interpolate(gettext("and %s more"), [others.length])}` : ""
    banner.replaceChildren(icon(map, first.properties.icon), link, more, hide)
  }

  function concerns({ geometry }) {
    const places = map.getZoom() >= SIGNS_FROM ? [map.getCenter()] : []
    if (map.here) places.push(map.here.getLayers().at(-1).getLatLng()) // the dot of one's own place
    return places.some(({ lng, lat }) => geometry.coordinates.some((rings) => rings.filter((ring) => liesIn(ring, lng, lat)).length % 2))
  }

  // What is over goes by itself.
  function dropOver() {
    const standing = shown.filter(({ properties }) => Date.parse(properties.until) > Date.now())
    if (standing.length === shown.length) return showBanner()
    shown = standing
    draw()
  }

  map.on("zoomend", draw)
  map.on("moveend", showBanner)
  setInterval(dropOver, 15_000)
  return { refresh }
}

function words({ name, place, starts_at: starts, until }, { short = false } = {}) {
  const ends = timeInWords(until)
  const when = hasBegun(starts) ? interpolate(gettext("until %s"), [ends]) : interpolate(gettext("from %s"), [timeInWords(starts)])
  return short ? `${inLanguage(name)} ${when}` : `${inLanguage(name)}, ${inLanguage(place)}, ${when}`
}

const hasBegun = (starts) => Date.parse(starts) <= Date.now()

// Today's as the clock alone.
function timeInWords(moment) {
  const zone = { timeZone: document.documentElement.dataset.zone }
  const at = new Date(moment)
  const clock = at.toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" })
  const [day, today] = [at, new Date()].map((one) => one.toLocaleDateString("en-GB", { ...zone, day: "2-digit", month: "2-digit" }))
  return day === today ? clock : `${clock} ${day}`
}

function readHidden() {
  try {
    return JSON.parse(localStorage.getItem(HIDDEN) ?? "[]")
  } catch {
    return []
  }
}

function keepHidden(lines) {
  try {
    localStorage.setItem(HIDDEN, JSON.stringify(lines))
  } catch {
    // a browser that keeps nothing shows it again
  }
}
