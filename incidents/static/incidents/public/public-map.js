// The public page: the map, the list that follows it, the filters, and what happens meanwhile.
//
// `page` is passed to each part, which finds in it the elements, the map, the state of the page, and the other parts.

import "../offline/connection.js" // here, so that its words come with the others
import { cityMap, litWard } from "../../map/city-map.js"
import { pins } from "../../map/pins.js"
import { toast } from "../../look/page.js"
import { incidentTiles } from "../incident-tiles.js"
import { filterForm } from "./filters.js"
import { createLooks } from "./map/looks.js"
import { createRows } from "./map/rows.js"
import { setUpUpdates } from "./map/updates.js"
import { sheet as createSheet } from "./sheet.js"
import { centreAbove, viewOf } from "./view.js"

const PINS_AT_MOST = 25 // in view: beyond that they are put together
const READING = ["q", "lon", "lat", "accuracy", "intent", "kind", "place"] // parameters of a sentence of the box
const ROUND = 16 // pixels of the corners of the list, beside which the map shows

const byId = (name) => document.getElementById(name)
const [element, filters, rows, title, whole] = ["map", "filters", "rows", "list-title", "whole"].map(byId)
const followLink = byId("follow-area")
const sheet = createSheet(byId("list"), byId("grip"), document.querySelector(".list-head"))
const form = filterForm(filters, { changed: setFilters })
const state = {
  wanted: form.read(location.search), // the filters, as URLSearchParams
  look: "", // how the map shows them: "" as pins
  moment: "", // the step of a period on which the map rests
  read: readingOf(location.search), // the sentence of the box that is answered, with its corrections
}
const before = history.state // who comes back from an incident finds the row that was chosen, and the list where it was
const startView = viewOf(location.hash)
const map = cityMap(element, {
  notify: toast,
  covered: () => Math.max(sheet.coveredHeight() - ROUND, 0),
  ...(startView ?? startAboveList()),
})
const layer = pins(map, { choose: ({ reference }) => chooseIncident(reference, { from: "map" }), grouped: true })
const tiles = incidentTiles(map, layer, element.dataset.incidents, { atMost: PINS_AT_MOST })
tiles.setFilters(state.wanted)
tiles.showFirst([...rows.querySelectorAll(".row")].map(itemOf)) // a slow phone sees pins before all else is set up

const page = {
  element,
  main: byId("main"),
  filters,
  form,
  rows: null, // the part, see below
  list: rows, // its element
  map,
  layer,
  tiles,
  sheet,
  title,
  state,
  spoken: byId("said"), // for screen readers
  setFilters,
  rememberView,
  filterByArea,
  chooseIncident,
  refreshAnnouncements,
}
page.rows = createRows(page)
page.looks = createLooks(page)
page.looks.read()
const { cameras, cameraPage } = element.dataset
import("./map-cameras.js")
  .then(({ showPublicCameras }) => showPublicCameras(map, { list: cameras, page: cameraPage, link: byId("cameras") }))
  .catch(() => {}) // the map is whole without them
if (element.dataset.emergency) {
  import("./emergency-places.js").then(({ drawEmergencyPlaces }) => drawEmergencyPlaces(map, element.dataset.emergency)).catch(() => {}) // the page of the emergency lists them
}
let announcedAreas = null // a promise: their script is loaded once there are announcements in the list
refreshAnnouncements()

// --- The box: its script is fetched when somebody uses it, or comes with a sentence

function readingOf(search) {
  return new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => READING.includes(name)))
}

const field = byId("box")
const combobox = { role: "combobox", "aria-expanded": "false", "aria-controls": "finds", "aria-autocomplete": "list" }
for (const [name, value] of Object.entries(combobox)) field.setAttribute(name, value)
let box = null
const loadBox = () => (box ??= import("./map/box.js").then(({ createBox }) => createBox(page, field)))
byId("door").addEventListener("focusin", () => loadBox().catch(() => {}), { once: true })
field.form.addEventListener("submit", (event) => {
  event.preventDefault()
  loadBox().then(
    ({ submit }) => submit(),
    () => field.form.submit(), // the page answers, too
  )
})
// Its microphone and camera likewise: the press that fetches their script is repeated.
let tools = null
for (const button of field.form.querySelectorAll("[data-microphone], [data-photo]")) {
  button.hidden = button.matches("[data-microphone]") && !(window.SpeechRecognition ?? window.webkitSpeechRecognition)
  button.addEventListener("click", () => {
    tools ??= import("./box-tools.js").then(
      () => button.click(),
      () => (tools = null),
    )
  })
}
byId("examples")?.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-example]")
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  field.value = link.dataset.example
  field.focus()
})
const closing = byId("intro-close")
if (closing) closing.hidden = false
closing?.addEventListener("click", () => {
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in every browser
  document.cookie = `intro=closed; path=/; max-age=${400 * 86_400}; samesite=lax`
  for (const part of ["intro", "examples"]) byId(part)?.remove()
  field.focus()
})

async function refreshAnnouncements() {
  const marks = () => rows.querySelector(".found").dataset.told ?? ""
  if (!announcedAreas && !marks()) return
  try {
    announcedAreas ??= import("./announced-areas.js").then(drawAnnouncedAreas)
    await (await announcedAreas).refresh(marks())
  } catch {
    // announcements stand in the list as well
  }
}

function drawAnnouncedAreas(module) {
  const { announced: address, announcement } = element.dataset
  return module.announcedAreas(map, { address, page: announcement, banner: byId("told-banner"), chip: byId("told-shown") })
}

// How many pixels of the map the box and the chips of a phone cover.
function coveredTop() {
  return filters.querySelector(".chips").getBoundingClientRect().bottom - element.getBoundingClientRect().top
}

// The middle of the city in the middle of what the list leaves free.
function startAboveList() {
  const [lon, lat] = element.dataset.centre.split(",").map(Number)
  const zoom = Number(element.dataset.zoom)
  return { zoom, centre: centreAbove(L.CRS.EPSG3857, { lat, lon, zoom }, sheet.coveredHeight(), coveredTop()) }
}

sheet.whenLower(() => {
  map.ground.uncover()
  tiles.uncover()
  if (state.look) page.looks.show()
})

// --- Choosing

function itemOf({ dataset }) {
  const { reference, state: incidentState, icon, category, area, at, lon, lat } = dataset
  const place = { at, area: { code: area }, lon: Number(lon), lat: Number(lat) }
  return { reference, state: incidentState, icon, category, late: "late" in dataset, ...place }
}

// `row`: what stands for it in the page, if not its row of the list.
async function chooseIncident(reference, { from, row = page.rows.rowOf(reference) }) {
  const item = layer.get(reference) ?? itemOf(row)
  layer.choose(reference, item)
  page.rows.markChosen()
  if (!state.wanted.get("area")) litWard(map, item.area.code)
  if (from === "map") {
    if (!page.rows.rowOf(reference)) await page.rows.load(reference)
    if (byId("list").dataset.rest === "head") sheet.moveTo("half")
    page.rows.rowOf(reference)?.scrollIntoView({ block: "nearest" })
    map.panInside([item.lat, item.lon], clearance())
  } else if (from === "list" || from === "box") {
    centreOn(item)
  }
  tiles.show()
}

// What lies over the map: the box and the chips of a phone, its list, the panel of time and key.
function clearance() {
  const covered = sheet.coveredHeight()
  return { paddingTopLeft: [40, covered ? coveredTop() + 60 : 70], paddingBottomRight: [40, covered + (covered ? 30 : 130)] }
}

// In the middle of what shows of the map, where nothing lies over its pin.
function centreOn({ lat, lon }) {
  const { paddingTopLeft, paddingBottomRight } = clearance()
  const middle = map.project([lat, lon]).add([0, (paddingBottomRight[1] - paddingTopLeft[1]) / 2])
  map.panTo(map.unproject(middle))
}

rows.addEventListener("click", (event) => {
  const row = event.target.closest(".row")
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || row.dataset.reference === layer.chosen) return
  event.preventDefault() // the first press shows it on the map, the second opens it
  chooseIncident(row.dataset.reference, { from: "list" })
})

map.on("click", () => {
  layer.choose(null)
  if (!state.wanted.get("area")) litWard(map, null)
  page.rows.markChosen()
  tiles.show()
})

// --- Filters, and the address that holds exactly this view

function setFilters(changes, { remember = "pushState" } = {}) {
  for (const [name, value] of Object.entries(changes)) value ? state.wanted.set(name, value) : state.wanted.delete(name)
  form.show(state.wanted)
  tiles.setFilters(state.wanted)
  page.looks.show()
  page.rows.refreshSoon(0)
  if (remember) rememberView(remember)
}

// A change of filters is a step to go back to; a move of the map is not.
function rememberView(how = "replaceState") {
  const { lat, lng } = map.getCenter()
  const { look, moment } = state
  const shown = Object.entries({ look, at: look === "time" ? moment : "" }).filter(([, value]) => value)
  const query = new URLSearchParams([...state.wanted, ...shown, ...state.read])
  history[how](how === "pushState" ? null : history.state, "", `?${query}#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`)
}

addEventListener("popstate", () => {
  const [area, view] = [state.wanted.get("area"), viewOf(location.hash)]
  state.wanted = form.read(location.search)
  page.looks.read()
  setFilters({}, { remember: "" })
  const wanted = readingOf(location.search)
  if (String(wanted) !== String(state.read)) loadBox().then(({ restore }) => restore(wanted))
  if (view) map.setView([view.centre[1], view.centre[0]], view.zoom)
  if (state.wanted.get("area") !== area) showArea(state.wanted.get("area"))
})

function filterByArea(code) {
  setFilters({ area: code })
  return showArea(code, { fit: true })
}

// The ward of the filter alone on the map and over the list; null: the whole map.
async function showArea(code, { fit = false } = {}) {
  const covered = sheet.coveredHeight()
  const around = { paddingTopLeft: [24, covered ? 130 : 24], paddingBottomRight: [24, covered ? covered + 24 : 120] }
  const ward = await litWard(map, code, { mask: Boolean(code), fit: fit && around })
  if (code && !ward) return
  whole.hidden = !ward
  followLink.hidden = !ward
  if (ward) followLink.search = `?area=${encodeURIComponent(code)}`
  page.looks.showTitle()
}

whole.addEventListener("click", () => {
  setFilters({ area: "" })
  showArea(null)
  title.focus()
})

// --- Begin

setUpUpdates(page)
map.on("moveend", () => {
  page.rows.refreshSoon()
  rememberView()
})
if (state.look) page.looks.show()
showArea(state.wanted.get("area"), { fit: !startView })
if (byId("reading") || byId("door").contains(document.activeElement)) loadBox().catch(() => {})
page.rows.refresh().then(restorePosition)
requestAnimationFrame(() => document.body.classList.remove("first-visit")) // now fonts are fetched, too

async function restorePosition() {
  if (before?.rest) sheet.moveTo(before.rest)
  if (before?.chosen) {
    if (!page.rows.rowOf(before.chosen)) await page.rows.load(before.chosen)
    if (page.rows.rowOf(before.chosen)) await chooseIncident(before.chosen, { from: "before" })
  }
  if (before?.top) rows.scrollTop = before.top
}

addEventListener("pagehide", () => {
  history.replaceState({ chosen: layer.chosen, top: rows.scrollTop, rest: byId("list").dataset.rest }, "")
})
