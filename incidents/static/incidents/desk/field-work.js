// The desk in the street: incidents by distance, results by one photo, queued where there is no connection.

import { toast } from "../../look/page.js"
import { cityMap, markOwnPlace } from "../../map/city-map.js"
import { clusteredPins } from "../../map/clustered.js"
import { formatNumber } from "../../map/pins.js"
import { openLens } from "../public/ghost-camera.js"
import { smallerPhoto } from "../public/photo-file.js"
import { queueResult, queuedResults, removeResult, sendQueuedResults, undoResult } from "../offline/result-queue.js"
import { factsToSend, findOwnPlace, remarksOn } from "./result-check.js"
import { cacheThisPage, leaveStreet } from "../offline/street-pages.js"
import { setUpSeen } from "./street-seen.js"
import { linkDirections } from "./directions.js"
import "./ghost-over.js"

const $ = (selector, root = document) => root.querySelector(selector)
const main = $("#main")
const list = $("#rows")
const dialog = $("#done")
const camera = $("#camera")
const sent = new Set() // what is done: it comes back to the list where it is taken back
const listRows = () => [...list.querySelectorAll("details")]
const openRows = () => listRows().filter((row) => !sent.has(row.dataset.reference))

for (const link of list.querySelectorAll("[data-there]")) linkDirections(link)

// ---- the map and the order

const map = cityMap($("#map"), { tools: ["zoom"] })
const layer = clusteredPins(map, { choose: ({ reference }) => openRow(reference) })
drawPins()
const places = listRows().map(({ dataset: { lat, lon } }) => [lat, lon])
if (places.length) map.fitBounds(places, { maxZoom: 16, padding: [40, 40] })

function drawPins() {
  layer.show(
    openRows().map(({ dataset: { reference, state, icon, category, lon, lat, late } }) => ({
      reference,
      state,
      icon,
      category,
      late: late !== undefined,
      lon: Number(lon),
      lat: Number(lat),
    })),
  )
}

function openRow(reference) {
  const row = listRows().find(({ dataset }) => dataset.reference === reference)
  if (!row) return
  row.open = true
  $("summary", row).focus()
  row.scrollIntoView({ block: "nearest" })
}

list.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open) layer.choose(target.dataset.reference)
  },
  true,
)

$("#locate").hidden = !navigator.geolocation
$("#locate").addEventListener("click", findMe)
navigator.permissions?.query({ name: "geolocation" }).then(
  ({ state }) => state === "granted" && findMe(),
  () => {},
)

function findMe() {
  navigator.geolocation.getCurrentPosition(
    ({ coords: { longitude, latitude, accuracy } }) => orderFrom([longitude, latitude], accuracy),
    () => toast(gettext("Your location could not be found.")),
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
  )
}

function orderFrom([lon, lat], accuracy) {
  markOwnPlace(map, [lon, lat], accuracy)
  const measured = listRows().map((row) => ({ row, metres: map.distance([lat, lon], [row.dataset.lat, row.dataset.lon]) }))
  measured.sort((first, other) => first.metres - other.metres)
  for (const { row, metres } of measured) {
    $(".far", row).textContent = inWords(metres)
    $(".far", row).hidden = false
    list.append(row.parentElement)
  }
  $("#order").textContent = gettext("Nearest first")
  if (!measured.length) return
  measured[0].row.open = true
  map.fitBounds([[lat, lon], ...measured.slice(0, 3).map(({ row: { dataset } }) => [dataset.lat, dataset.lon])], {
    maxZoom: 17,
    padding: [40, 40],
  })
}

const inWords = (metres) => (metres < 1000 ? `${formatNumber(Math.round(metres))} m` : `${formatNumber(Math.round(metres / 100) / 10)} km`)

// ---- done: the camera at once, before and after side by side, one press sends

let chosen = null // the row
let photo = null
let facts = {} // of the photo, and where it was taken from
let ownPlace = Promise.resolve({})
const limits = JSON.parse(main.dataset.limits)

list.addEventListener("click", (event) => {
  const done = event.target.closest("[data-done]")
  if (!done) return
  event.preventDefault()
  chosen = done.closest("details")
  ownPlace = findOwnPlace()
  camera.click()
})

$("#again").addEventListener("click", () => camera.click())
$("#leave").addEventListener("click", () => dialog.close())

camera.addEventListener("change", async () => {
  const [file] = camera.files
  camera.value = ""
  if (file && chosen) await takePhoto(file)
})

async function takePhoto(file) {
  facts = await factsToSend(file)
  photo = await smallerPhoto(file)
  showPair()
  const row = chosen
  Object.assign(facts, await ownPlace)
  if (row === chosen) showRemarks()
}

// The same view once more: the photo before lies over the picture of the camera.
$("#over-before").addEventListener("click", async () => {
  const lens = $("#lens")
  $(".ghost", lens).src = $("#before img").src
  const { lon, lat } = chosen.dataset
  const file = await openLens(lens, { lon: Number(lon), lat: Number(lat) })
  if (file === "refused") camera.click()
  else if (file) await takePhoto(file)
  else $("#over-before").focus()
})

// Far, old or from a gallery: it is sent all the same, with a word on why.
function showRemarks() {
  facts.pressed_at = Date.now()
  const remarks = remarksOn(chosen.dataset, facts, limits)
  $("#why").hidden = !remarks.length
  $("#why .notice span").textContent = remarks.join(" ")
  return remarks.length && !$("#place-reason").value.trim()
}

for (const chip of dialog.querySelectorAll("#why .chip"))
  chip.addEventListener("click", () => ($("#place-reason").value = chip.textContent))

function showPair() {
  const { category, ready } = chosen.dataset
  const before = $("summary img", chosen)
  $("#done-title").textContent = interpolate(gettext("Done: %s"), [category])
  $("#before").hidden = !before
  $("#over-before").hidden = !(before && navigator.mediaDevices?.getUserMedia)
  if (before) showBefore($("#before img"), before)
  showBlob($("#after img"), photo)
  const words = JSON.parse(ready)
  if (!dialog.open) {
    $("#note").value = words[0]?.text ?? ""
    $("#ready").replaceChildren(...words.map(chipOf))
    $("#why").hidden = true
    $("#place-reason").value = ""
    dialog.showModal()
    $("#done-title").focus()
  }
}

// The large one where there is a connection, else the small one, which the page has.
function showBefore(image, { src }) {
  image.onerror = () => {
    image.onerror = null
    image.src = src
  }
  image.src = navigator.onLine ? src.replace("small.jpg", "large.jpg") : src
}

function chipOf({ title, text }, n) {
  const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: title })
  chip.setAttribute("aria-pressed", String(n === 0))
  chip.addEventListener("click", () => {
    for (const other of chip.parentElement.children) other.setAttribute("aria-pressed", String(other === chip))
    $("#note").value = text
  })
  return chip
}

function showBlob(image, blob) {
  URL.revokeObjectURL(image.src)
  image.src = URL.createObjectURL(blob)
}

$("form", dialog).addEventListener("submit", async (event) => {
  event.preventDefault()
  const { reference, moves, category, where } = chosen.dataset
  const note = $("#note").value.trim()
  if (!note) return $("#note").focus()
  Object.assign(facts, await ownPlace)
  if (showRemarks()) return $("#place-reason").focus()
  const place_reason = $("#why").hidden ? "" : $("#place-reason").value.trim()
  const result = { reference, moves, note, photos: [photo], facts: { ...facts, place_reason }, title: category, where }
  await queueResult(result)
  dialog.close()
  offerUndo(result)
  await showWaiting()
  await send()
})

// ---- taken back within ten seconds of the press, by the button or the key Z, sent or not

const UNDO_S = 10
let offer = null // the message that offers it

function offerUndo(result) {
  offer?.remove()
  const act = { words: gettext("Undo"), key: "Z", seconds: UNDO_S, run: () => undo(result) }
  offer = toast(interpolate(gettext("Done: %s"), [result.title]), act)
  offer.dataset.reference = result.reference
}

const isFresh = (reference) => Boolean(offer?.isConnected) && offer.dataset.reference === reference

async function undo(result) {
  await undoResult(result)
  await showWaiting()
  const waits = (await queuedResults()).some(({ reference }) => reference === result.reference)
  if (waits) return send()
  toast(interpolate(gettext("Undone: %s"), [result.title]))
  openRow(result.reference)
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.ctrlKey || event.metaKey || event.altKey) return
  if (offer?.isConnected && !$("dialog[open]")) $("button", offer).click()
})

// ---- what waits

async function showWaiting() {
  const queued = await queuedResults()
  const section = $("#waiting")
  section.hidden = !queued.length
  $("#waiting-title .num").textContent = formatNumber(queued.length)
  for (const image of section.querySelectorAll("li img")) URL.revokeObjectURL(image.src)
  $("ul", section).replaceChildren(...queued.map(lineOf))
  const waiting = new Set(queued.map(({ reference }) => reference))
  if (queued.some(({ reference, state }) => isFresh(reference) && state !== "waiting")) offer.remove() // it was refused
  for (const row of listRows()) row.parentElement.hidden = sent.has(row.dataset.reference) || waiting.has(row.dataset.reference)
}

function lineOf(result) {
  const line = $("#waiting-row").content.firstElementChild.cloneNode(true)
  if (result.photos[0]) showBlob($("img", line), result.photos[0])
  const what = result.seen ? gettext("I saw: %s") : result.undo ? gettext("Undo: %s") : gettext("Done: %s")
  $("b", line).textContent = interpolate(what, [result.title])
  $(".where", line).textContent = result.where
  $(".said", line).textContent = result.state === "waiting" ? gettext("Sent automatically when there is a connection.") : result.said
  line.toggleAttribute("data-fault", result.state !== "waiting")
  const offered = {
    again: result.state !== "waiting" && (result.again || result.asks),
    note: result.state === "conflict" && !result.again && !result.seen && !result.undo,
    apart: Boolean(result.near) && result.state === "conflict",
    drop: true,
  }
  $(".why", line).hidden = !result.asks
  if (offered.apart) $(".acts", line).prepend(...result.near.map((near) => joinButton(result, near)))
  for (const button of line.querySelectorAll("[data-act]")) {
    button.hidden = !offered[button.dataset.act]
    button.addEventListener("click", () => ACTS[button.dataset.act](withReason(result, $(".why input", line).value.trim())))
  }
  return line
}

function joinButton(result, { reference, what }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button small" })
  button.textContent = interpolate(gettext("It is this one: %s"), [what])
  button.addEventListener("click", () => sendAgain(joined(result, reference)))
  return button
}

const withReason = (result, place_reason) => (place_reason ? { ...result, facts: { ...result.facts, place_reason } } : result)
const joined = (result, join) => ({ ...result, near: null, seen: { ...result.seen, join } })

const ACTS = {
  apart: (result) => sendAgain(joined(result, "new")),
  again: (result) => sendAgain({ ...result, moves: result.fresh ?? result.moves }),
  note: (result) => sendAgain({ ...result, as_note: true }),
  drop: async ({ reference }) => {
    if (isFresh(reference)) offer.remove()
    await removeResult(reference)
    await showWaiting()
  },
}

async function sendAgain(result) {
  await queueResult(result)
  await showWaiting()
  await send()
}

async function send() {
  $("#no-signal").hidden = navigator.onLine
  if (!navigator.onLine) return
  const addresses = { done: main.dataset.send, seen: main.dataset.sendSeen }
  await sendQueuedResults(addresses, { changed: showSent, isFresh })
  await showWaiting()
  $("h1 .num").textContent = formatNumber(openRows().length)
  drawPins()
}

// Where taking it back is still offered, that message says it is done; what is taken back is in the list as it was.
async function showSent(answer) {
  if (answer) {
    const { reference, said: sentence, undone, moves } = answer
    if (isFresh(reference)) offer.firstChild.textContent = sentence
    else toast(sentence)
    if (undone) sent.delete(reference)
    else sent.add(reference)
    const row = undone && listRows().find(({ dataset }) => dataset.reference === reference)
    if (row) row.dataset.moves = moves
  }
  await showWaiting()
  if (answer?.undone) openRow(answer.reference)
}

setUpSeen(sendAgain)
$("#send-now").addEventListener("click", send)
addEventListener("online", send)
addEventListener("offline", () => ($("#no-signal").hidden = false))
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send())
await showWaiting()
await send()
if (navigator.onLine) cacheThisPage(main.dataset)
addEventListener("online", () => cacheThisPage(main.dataset))
document.addEventListener(
  "visibilitychange",
  () => document.visibilityState === "visible" && navigator.onLine && cacheThisPage(main.dataset),
)
setTimeout(leaveStreet, Number(main.dataset.ownHours) * 3_600_000)
