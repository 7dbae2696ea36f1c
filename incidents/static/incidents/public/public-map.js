// The public page: the map, the list that follows it, the filters, and what happens meanwhile.

import "../offline/connection.js" // here, so that its words come with the others
import { addTools, cityMap, doubtCircle, litWard } from "../../map/city-map.js"
import { news, showLive } from "../../map/news.js"
import { inLanguage, lowerFirst, pins } from "../../map/pins.js"
import { toast } from "../../look/page.js"
import { isPressed, waitWhile } from "../../look/pressed.js"
import { request } from "../../look/request.js"
import { incidentTiles } from "../incident-tiles.js"
import { filterForm } from "./filters.js"
import { sheet } from "./sheet.js"
import { viewOf } from "./view.js"

const ANNOUNCE_EVERY = 10_000 // milliseconds between two sentences for screen readers
const ROUND = 16 // pixels of the corners of the list, beside which the map shows
const GONE = ["hidden", "merged"] // with such a line an incident leaves the map
const UNACCEPTED = ["received", "assigned", "passed_on"]
const IN_HAND = ["accepted", "working", "extension", "waiting"]
const STATES_OF_FILTER = {
  open: [...UNACCEPTED, ...IN_HAND, "disputed"],
  new: UNACCEPTED,
  working: IN_HAND,
  resolved: ["resolved", "closed"],
}

const byId = (name) => document.getElementById(name)
const [element, filters, rows, title, whole, said] = ["map", "filters", "rows", "list-title", "whole", "said"].map(byId)
const toFollow = byId("follow-area")
const list = sheet(byId("list"), byId("grip"), document.querySelector(".list-head"))

const form = filterForm(filters, { changed: setFilters })
let wanted = form.read(location.search)
let look = "" // how the map shows them: "" as pins
let moment = "" // the step of a period on which the map rests
readLook()

function readLook() {
  const asked = new URLSearchParams(location.search)
  look = asked.get("look") ?? ""
  moment = asked.get("at") ?? ""
}

const before = history.state // who comes back from an incident finds the row that was chosen, and the list where it was
const start = viewOf(location.hash)
const map = cityMap(element, { notify: toast, covered: () => Math.max(list.coveredHeight() - ROUND, 0), ...(start ?? startAboveList()) })
const layer = pins(map, { choose: ({ reference }) => chooseIncident(reference, { from: "map" }) })
const tiles = incidentTiles(map, layer, element.dataset.incidents)
tiles.setFilters(wanted)
tiles.showFirst([...rows.querySelectorAll(".row")].map(itemOf)) // a slow phone sees pins before all else is set up
const { cameras, cameraPage } = element.dataset
import("./map-cameras.js")
  .then(({ showPublicCameras }) => showPublicCameras(map, { list: cameras, page: cameraPage, link: byId("cameras") }))
  .catch(() => {}) // the map is whole without them
let told = null // the areas of what is announced: their script comes once something is
async function refreshTold() {
  const marks = () => rows.querySelector(".found").dataset.told ?? ""
  if (!told && !marks()) return
  try {
    told ??= import("./announced-areas.js").then(showAnnouncements)
    await (await told).refresh(marks())
  } catch {} // what is announced stands in the list as well
}
refreshTold()

function showAnnouncements({ announcedAreas }) {
  const { announced: address, announcement: page } = element.dataset
  return announcedAreas(map, { address, page, banner: byId("told-banner"), chip: byId("told-shown") })
}

// The middle of the city in the middle of what the list leaves free.
function startAboveList() {
  const [[lon, lat], zoom] = [element.dataset.centre.split(",").map(Number), Number(element.dataset.zoom)]
  const under = list.coveredHeight() && list.coveredHeight() / 2 - 40
  const mercator = L.CRS.EPSG3857
  const middle = mercator.pointToLatLng(mercator.latLngToPoint(L.latLng(lat, lon), zoom).add([0, under]), zoom)
  return { zoom, centre: [middle.lng, middle.lat] }
}

list.whenLower(() => {
  map.ground.uncover()
  tiles.uncover()
  if (look) showLook()
})

// --- The list

let listRequest = null
let timer = 0

function refreshListSoon(wait = 150) {
  clearTimeout(timer)
  timer = setTimeout(refreshList, wait)
}

async function refreshList() {
  listRequest?.abort()
  listRequest = new AbortController()
  const skeleton = setTimeout(() => rows.setAttribute("aria-busy", "true"), 300)
  try {
    const { signal } = listRequest
    const html = await request(`${element.dataset.list}?${parameters({ bbox: visibleBox() })}`, { signal })
    await waitWhile(() => isPressed(rows))
    if (!signal.aborted) replaceRows(new DOMParser().parseFromString(html, "text/html").querySelector(".found"))
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message)
  } finally {
    clearTimeout(skeleton)
    rows.removeAttribute("aria-busy")
  }
}

function parameters(more = {}) {
  return new URLSearchParams({ ...Object.fromEntries(wanted), ...more })
}

// The part of the map that is not under the sheet, in whole hundred-thousandths of a degree.
function visibleBox() {
  const size = map.getSize()
  const [a, b] = [map.containerPointToLatLng([0, size.y - list.coveredHeight()]), map.containerPointToLatLng([size.x, 0])]
  const clampDegrees = (value, most) => Math.min(Math.max(value, -most), most).toFixed(5)
  return [clampDegrees(a.lng, 180), clampDegrees(a.lat, 90), clampDegrees(b.lng, 180), clampDegrees(b.lat, 90)].join(",")
}

const rowOf = (reference) => byId(`row-${reference}`)

// The fresh rows take the place of the old ones; a row that stays keeps the focus that it has.
function replaceRows(found) {
  for (const count of filters.querySelectorAll("[data-count]")) count.textContent = formatNumber(found.dataset[count.dataset.count])
  const old = rows.querySelector(".found")
  const before = new Map([...old.querySelectorAll(".row")].map((row) => [row.dataset.reference, row]))
  const first = before.size && layer.chosen && before.get(layer.chosen)
  const wasSeen = first && isSeen(first)
  for (const row of found.querySelectorAll(".row")) {
    const known = before.get(row.dataset.reference)
    if (!known) continue
    updateRow(known, row)
    row.replaceWith(known)
  }
  // What a person has chosen stays in the list, whatever else is newer.
  if (first && !found.contains(first)) putFirst(first, found)
  const held = document.activeElement
  const top = rows.scrollTop
  old.replaceWith(found)
  const again = found.contains(held) ? held : held.id && found.querySelector(`#${CSS.escape(held.id)}`)
  if (again && again !== document.activeElement) again.focus({ preventScroll: true })
  refreshTold()
  rows.scrollTop = top
  markChosen()
  if (wasSeen) first.scrollIntoView({ block: "nearest" }) // it may have another place among the fresh rows
}

// Before all incidents, behind what is announced.
function putFirst(row, found) {
  const announcements = found.querySelector(".told")
  announcements ? announcements.after(row) : found.prepend(row)
}

function isSeen(row) {
  const [inner, outer] = [row, rows].map((one) => one.getBoundingClientRect())
  return inner.bottom > outer.top && inner.top < outer.bottom
}

const formatNumber = (n) => Number(n).toLocaleString(document.documentElement.lang)

function updateRow(row, fresh) {
  const own = ["aria-current"]
  const arrived = row.classList.contains("new")
  for (const { name } of [...row.attributes]) if (!own.includes(name) && !fresh.hasAttribute(name)) row.removeAttribute(name)
  for (const { name, value } of fresh.attributes) if (row.getAttribute(name) !== value && name !== "class") row.setAttribute(name, value)
  const [picture, other] = [row, fresh].map((one) => one.querySelector(".thumb"))
  if (picture && picture.dataset.src === other?.dataset.src) other.replaceWith(picture)
  if (row.innerHTML !== fresh.innerHTML) row.replaceChildren(...fresh.childNodes)
  row.classList.toggle("new", arrived)
}

// Pictures are fetched when their row is seen: on a slow phone they would hold up everything else.
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue
      target.src = target.dataset.src
      seen.unobserve(target)
    }
  },
  { root: rows, rootMargin: "40px" },
)

function markChosen() {
  for (const picture of rows.querySelectorAll(".thumb:not([src])")) seen.observe(picture)
  for (const row of rows.querySelectorAll(".row")) {
    if (row.dataset.reference === layer.chosen) row.setAttribute("aria-current", "true")
    else row.removeAttribute("aria-current")
  }
}

// One row by its reference: at its place if it is in the list, else at the top.
async function loadRow(reference, { arrived = false } = {}) {
  const html = await request(`${element.dataset.list}?${new URLSearchParams({ reference })}`).catch(() => null)
  const fresh = html && new DOMParser().parseFromString(html, "text/html").querySelector(".row")
  if (!fresh) return
  await waitWhile(() => isPressed(rows))
  const known = rowOf(reference)
  if (known) return updateRow(known, fresh)
  fresh.classList.toggle("new", arrived)
  rows.querySelector(".found > .empty")?.remove()
  putFirst(fresh, rows.querySelector(".found"))
  markChosen()
}

// --- Choosing

function itemOf({ dataset }) {
  const { reference, state, icon, category, area, at, lon, lat } = dataset
  return { reference, state, icon, category, at, area: { code: area }, late: "late" in dataset, lon: Number(lon), lat: Number(lat) }
}

async function chooseIncident(reference, { from }) {
  const item = layer.get(reference) ?? itemOf(rowOf(reference))
  layer.choose(reference, item)
  markChosen()
  if (!wanted.get("area")) litWard(map, item.area.code)
  if (from === "map") {
    if (!rowOf(reference)) await loadRow(reference)
    if (byId("list").dataset.rest === "head") list.moveTo("half")
    rowOf(reference)?.scrollIntoView({ block: "nearest" })
  } else if (from === "list") {
    map.panInside([item.lat, item.lon], {
      paddingTopLeft: [40, list.coveredHeight() ? 130 : 60],
      paddingBottomRight: [40, list.coveredHeight() + 30],
    })
  }
  tiles.show()
}

rows.addEventListener("click", (event) => {
  const row = event.target.closest(".row")
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || row.dataset.reference === layer.chosen) return
  event.preventDefault() // the first press shows it on the map, the second opens it
  chooseIncident(row.dataset.reference, { from: "list" })
})

map.on("click", () => {
  layer.choose(null)
  if (!wanted.get("area")) litWard(map, null)
  markChosen()
  tiles.show()
})

// --- Filters, and the address that holds exactly this view

function setFilters(changes, { remember = "pushState" } = {}) {
  for (const [name, value] of Object.entries(changes)) value ? wanted.set(name, value) : wanted.delete(name)
  form.show(wanted)
  tiles.setFilters(wanted)
  showLook()
  refreshListSoon(0)
  if (remember) rememberView(remember)
}

// A change of filters is a step to go back to; a move of the map is not.
function rememberView(how = "replaceState") {
  const { lat, lng } = map.getCenter()
  const shown = Object.entries({ look, at: look === "time" ? moment : "" }).filter(([, value]) => value)
  const asked = new URLSearchParams([...wanted, ...shown])
  history[how](how === "pushState" ? null : history.state, "", `?${asked}#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`)
}

addEventListener("popstate", () => {
  const [area, view] = [wanted.get("area"), viewOf(location.hash)]
  wanted = form.read(location.search)
  readLook()
  setFilters({}, { remember: "" })
  if (view) map.setView([view.centre[1], view.centre[0]], view.zoom)
  if (wanted.get("area") !== area) showArea(wanted.get("area"))
})

// --- How it is shown: the scripts for what is not asked at first come when it is

const looks = byId("looks")
const loaded = {} // by the file that draws it: what draws it

addTools(map, "locate", [
  [
    "i-layers",
    gettext("How it is shown"),
    (button) => {
      looks.hidden = !looks.hidden
      button.setAttribute("aria-expanded", String(!looks.hidden))
      if (!looks.hidden) looks.querySelector("input:checked").focus()
    },
  ],
  [
    "i-share",
    gettext("Share this view"),
    async () => {
      rememberView()
      const { share } = await import("./share.js")
      share(byId("share"), { notify: toast })
    },
  ],
])
const toLooks = element.querySelector(".map-tools.locate button:nth-child(2)")
toLooks.setAttribute("aria-expanded", "false")
looks.addEventListener("change", ({ target }) => {
  look = target.value
  showLook()
  rememberView("pushState")
})
looks.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return
  looks.hidden = true
  toLooks.setAttribute("aria-expanded", "false")
  toLooks.focus()
})

async function showLook() {
  looks.querySelector(`input[value="${CSS.escape(look)}"]`).checked = true
  tiles.hide(look !== "")
  rows.hidden = looksAtAreas() || look === "time"
  showTitle()
  if (!looksAtAreas()) loaded.areas?.hide()
  if (look !== "time") loaded.time?.hide()
  if (look !== "time" && look !== "density") loaded.heat?.hide()
  if (looksAtAreas()) {
    const { areaLook } = await import("./area-look.js")
    loaded.areas ??= areaLook(map, byId("areas"), { notify: toast })
    if (looksAtAreas()) loaded.areas.show(look, wanted)
  }
  if (look !== "time" && look !== "density") return
  const [{ density }, { timeBar }] = await Promise.all([import("./density.js"), import("./time-bar.js")])
  loaded.heat ??= density(map, element.dataset.density, { notify: toast })
  loaded.time ??= timeBar(byId("time-bar"), byId("steps"), {
    heat: loaded.heat,
    filter: setFilters,
    moved: (from) => {
      moment = from
      rememberView()
    },
    announce: (sentence) => (said.textContent = sentence),
  })
  if (look === "time") loaded.time.show(wanted, moment)
  else if (look === "density") loaded.heat.show(wanted)
}

byId("areas").addEventListener("area", ({ detail }) => {
  look = ""
  filterByArea(detail)
})

function filterByArea(code) {
  setFilters({ area: code })
  return showArea(code, { fit: true })
}

// The ward of the filter alone on the map and over the list; null: the whole map.
async function showArea(code, { fit = false } = {}) {
  const bottom = list.coveredHeight()
  const around = { paddingTopLeft: [24, bottom ? 130 : 24], paddingBottomRight: [24, bottom ? bottom + 24 : 120] }
  const ward = await litWard(map, code, { mask: Boolean(code), fit: fit && around })
  if (code && !ward) return
  whole.hidden = !ward
  toFollow.hidden = !ward
  if (ward) toFollow.search = `?area=${encodeURIComponent(code)}`
  showTitle()
}

function showTitle() {
  const region = looksAtAreas() ? "areas" : look === "time" && "steps"
  const plain = region ? byId(region).dataset.title : title.dataset.plain
  title.textContent = (wanted.get("area") && map.lit?.title) || plain
}

const looksAtAreas = () => look === "count" || look === "share"

whole.addEventListener("click", () => {
  setFilters({ area: "" })
  showArea(null)
  title.focus()
})

// --- Searching: fetched when somebody does it; without it the form asks the server

const REFERENCE = /^#?\d{4}-\d{4,}$/
const field = byId("q")

async function searchPlaces() {
  const { addressSearch } = await import("../../map/address-search.js")
  addressSearch(field, {
    list: byId("places"),
    say: byId("places-said"),
    near: () => [map.getCenter().lng, map.getCenter().lat],
    skip: (words) => REFERENCE.test(words),
    choose: goToPlace,
  })
}

async function watchWords() {
  const { showDanger } = await import("./danger.js")
  showDanger(field, field.dataset.danger, field.form.querySelector("[data-danger]:not(input)"))
}

function readyField() {
  watchWords().catch(() => {}) // where it is sent, the server reads it as well
  searchPlaces().catch(() => {})
}
field.addEventListener("focus", readyField, { once: true })
if (document.activeElement === field) readyField()

let place = null // where the one that was found may lie

function goToPlace({ kind, lon, lat, bounds, accuracy_m: radius, area }) {
  place?.remove()
  if (["ward", "former"].includes(kind) && area) return filterByArea(area.code)
  const [west, south, east, north] = bounds
  place = doubtCircle(map, [lon, lat], Math.max(radius, 15)).addTo(map)
  map.fitBounds(
    [
      [south, west],
      [north, east],
    ],
    { maxZoom: 18, paddingTopLeft: [24, list.coveredHeight() ? 130 : 24], paddingBottomRight: [24, list.coveredHeight() + 24] },
  )
  if (area && !wanted.get("area")) litWard(map, area.code)
}

// --- What happens meanwhile

const stream = news(element.dataset.live, { after: element.dataset.after })
showLive(stream, byId("live"))
let unannounced = []
let spoken = 0

function announceNew() {
  const wait = spoken + ANNOUNCE_EVERY - Date.now()
  if (wait > 0) return setTimeout(() => unannounced.length && announceNew(), wait)
  if (!unannounced.length) return
  spoken = Date.now()
  const one = unannounced.length === 1 && `: ${lowerFirst(inLanguage(unannounced[0].category))}, ${inLanguage(unannounced[0].area)}`
  said.textContent =
    interpolate(ngettext("%s new incident", "%s new incidents", unannounced.length), [formatNumber(unannounced.length)]) + (one || "")
  unannounced = []
}

function fitsFilter({ state, late }) {
  const chip = wanted.get("state") || "open"
  return chip === "late" ? late : (STATES_OF_FILTER[chip] ?? [state]).includes(state)
}

stream.addEventListener("news", async ({ detail: item }) => {
  if (!map.getBounds().pad(0.1).contains([item.lat, item.lon])) return
  const here = layer.has(item.reference) || rowOf(item.reference)
  const arrived = item.kind === "received" && !here && fitsFilter(item)
  const known = layer.get(item.reference)
  const shown = {
    ...item,
    late: item.late && STATES_OF_FILTER.open.includes(item.state),
    area: known?.area ?? item.area,
    at: known?.at,
    near: known?.near,
  }
  if (arrived && !form.isNarrowed(wanted)) {
    tiles.keepPin(shown)
    layer.put(shown)
    layer.fresh(item.reference, interpolate(gettext("New: %s"), [`${lowerFirst(inLanguage(item.category))}, ${inLanguage(item.area)}`]))
    unannounced.push(item)
    announceNew()
    await loadRow(item.reference, { arrived: true })
  } else if (here && !GONE.includes(item.kind)) {
    tiles.keepPin(shown) // seen to change before it goes
    if (layer.has(item.reference)) layer.put(shown)
    if (rowOf(item.reference)) await loadRow(item.reference)
  }
  refreshAllSoon(GONE.includes(item.kind) ? 0 : here && !fitsFilter(item) ? 6000 : 800 + Math.random() * 1200)
})
stream.addEventListener("reload", () => refreshAllSoon(0))

let due = 0
let asking = 0

// Many events at once are one question; everybody asks at a moment of their own.
function refreshAllSoon(wait) {
  const at = Date.now() + wait
  if (asking && due <= at) return
  clearTimeout(asking)
  due = at
  asking = setTimeout(() => {
    asking = 0
    tiles.refresh()
    if (look) showLook()
    refreshList()
  }, wait)
}

map.on("moveend", () => {
  refreshListSoon()
  rememberView()
})
if (look) showLook()
showArea(wanted.get("area"), { fit: !start })
refreshList().then(restorePosition)
requestAnimationFrame(() => document.body.classList.remove("first-visit")) // now fonts are fetched, too

async function restorePosition() {
  if (before?.rest) list.moveTo(before.rest)
  if (before?.chosen) {
    if (!rowOf(before.chosen)) await loadRow(before.chosen)
    if (rowOf(before.chosen)) await chooseIncident(before.chosen, { from: "before" })
  }
  if (before?.top) rows.scrollTop = before.top
}

addEventListener("pagehide", () => {
  history.replaceState({ chosen: layer.chosen, top: rows.scrollTop, rest: byId("list").dataset.rest }, "")
})
// Deadlines pass without news; a tab that slept asks when it wakes up.
let refreshedAt = Date.now()
function refreshIfOld() {
  if (document.visibilityState !== "visible" || Date.now() - refreshedAt < 60_000) return
  refreshedAt = Date.now()
  refreshAllSoon(0)
}
setInterval(refreshIfOld, 60_000)
document.addEventListener("visibilitychange", refreshIfOld)
