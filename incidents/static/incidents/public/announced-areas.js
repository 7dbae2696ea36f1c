// Announcements on a map: their areas with a square sign each, and a banner while one looks at one or stands in it.
//
//   const told = announcedAreas(map, { address, page, banner })   `address` of the GeoJSON; `page` of one, with KEY in it;
//                                                                 `banner` the element over the map, if there is one;
//                                                                 `chip` the button that hides and shows them;
//                                                                 `apart`: pages are opened in a tab of their own;
//                                                                 `changed(features)` is told what is announced by now
//   told.refresh(marks)   fetches them anew where `marks` are others than before; with "" nothing is announced
//   told.show(on)         draws areas and signs, or leaves them out; what is urgent keeps its banner
//   told.find(id)         moves the map to one
//   announcementInWords(properties)   "Flooding, Lê Văn Sỹ, until 14:30"

import { icon } from "../../map/city-map.js"
import { inLanguage } from "../../map/pins.js"
import { request } from "../../look/request.js"
import { liesIn } from "./outlines.js"

const SIGNS_FROM = 13 // from this zoom on an area has its sign, and who looks at it a banner
const CLOSE = 16 // no nearer is moved to one
const NONE = '{"features": []}'
const HIDDEN = "announcements-hidden"
const SHOWN = "announcements-shown"

export function announcedAreas(map, { address, page, banner = null, chip = null, apart = false, changed = () => {} }) {
  map.createPane("told").style.zIndex = 320 // over the ground, below the incidents
  map.createPane("told-signs").style.zIndex = 645 // over the pins, below tooltips
  let marks = null
  let read = NONE // what was answered last
  let shown = []
  let drawn = []
  let on = !chip || readKept(SHOWN, true)
  chip?.setAttribute("aria-pressed", on)
  chip?.addEventListener("click", () => {
    show(!on)
    chip.setAttribute("aria-pressed", on)
    keep(SHOWN, on)
  })

  async function refresh(wanted) {
    if (wanted === marks) return
    marks = wanted
    // GeoJSON has a media type of its own, so that it comes as text.
    const text = wanted ? await request(`${address}?${new URLSearchParams({ of: wanted })}`) : NONE
    if (text === read) return
    read = text
    shown = JSON.parse(text).features
    drawChanged()
  }

  function show(wanted) {
    on = wanted
    draw()
  }

  function drawChanged() {
    draw()
    if (chip && shown.length) chip.hidden = false // it stays from then on: nothing moves when one looks elsewhere
    changed(shown)
  }

  function draw() {
    const focused = document.activeElement?.closest(".zone-sign")?.dataset.key
    for (const layer of drawn) layer.remove()
    drawn = (on ? shown : []).flatMap((feature) => {
      const area = L.geoJSON(feature, {
        pane: "told",
        interactive: false,
        style: { className: feature.properties.urgent ? "told-area urgent" : "told-area" },
      })
      return map.getZoom() >= SIGNS_FROM ? [area.addTo(map), sign(feature, area.getBounds()).addTo(map)] : [area.addTo(map)]
    })
    if (focused) map.getPane("told-signs").querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true })
    showBanner()
  }

  function sign({ id, properties }, bounds) {
    const link = document.createElement("a")
    link.className = "zone-sign"
    link.href = page.replace("KEY", id)
    link.dataset.key = id
    if (apart) link.target = "_blank"
    const label = document.createElement("span") // of a colour of its own: that of links on the map is Leaflet's
    label.textContent = announcementInWords(properties, { short: true })
    link.append(icon(map, properties.icon), label)
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
    if (!banner) return
    const hidden = readKept(HIDDEN, [])
    // Works that last months are no banner; of an emergency the one below the header says it.
    const now = shown.filter(({ properties: p }) => !p.planned && !p.emergency && hasBegun(p.starts_at))
    const seen = now.filter(({ properties }) => on || properties.urgent)
    const here = seen.filter(concerns)
    const [first, ...others] = here.filter(({ properties }) => !hidden.includes(properties.line))
    banner.hidden = !first
    if (!first || banner.dataset.line === String(first.properties.line)) return
    banner.dataset.line = first.properties.line
    banner.toggleAttribute("data-urgent", first.properties.urgent)
    const link = document.createElement("a")
    link.href = page.replace("KEY", first.id)
    link.textContent = `${announcementInWords(first.properties)}: ${inLanguage(first.properties.text)}`
    const hide = document.createElement("button")
    hide.className = "button small"
    hide.type = "button"
    hide.textContent = gettext("Hide")
    hide.addEventListener("click", () => {
      keep(HIDDEN, [...readKept(HIDDEN, []), first.properties.line].slice(-50))
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
    drawChanged()
  }

  map.on("zoomend", draw)
  map.on("moveend", showBanner)
  setInterval(dropOver, 15_000)
  return {
    refresh,
    show,
    find(id) {
      const feature = shown.find((other) => other.id === id)
      if (feature) map.fitBounds(L.geoJSON(feature).getBounds(), { maxZoom: CLOSE, padding: [40, 40], animate: false })
    },
  }
}

export function announcementInWords({ name, place, starts_at: starts, until, title, period, days }, { short = false } = {}) {
  if (period) return short ? `${inLanguage(name)} ${inLanguage(days)}` : [title, place, period].map(inLanguage).join(", ")
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
  const [day, today] = [at, new Date()].map((moment_) => moment_.toLocaleDateString("en-GB", { ...zone, day: "2-digit", month: "2-digit" }))
  return day === today ? clock : `${clock} ${day}`
}

function readKept(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise
  } catch {
    return otherwise
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // a browser that keeps nothing forgets it with the page
  }
}
