// The page of a call: saves the form as it is typed and shows proposed categories and places; worked by keys alone.
//
// One request saves the draft and brings the parts of the page that change with it. They go one after the other, so that
// each says truly which state of the call it has seen.

import { cityMap, doubtCircle, litWard } from "../../map/city-map.js"
import { clusteredPins } from "../../map/clustered.js"
import { Failed, request } from "../../look/request.js"

const TYPING_WAIT = 160 // milliseconds after the last key
const SAVE_EVERY = 5000 // milliseconds: what could not be saved is tried again
const PARTS = ["kinds", "places", "urgent", "asked", "aloud", "acts", "near", "near-circle"]

const form = document.getElementById("call")
const saved = document.getElementById("saved")
const clock = document.getElementById("clock")
const began = new Date(clock.dateTime)

// ---- saving, and what comes back ----

let timer = 0
let dirty = false // something was typed that is not on its way
let chosen = false // something was chosen by hand that is not on its way: no answer may take it back
let going = null // the promise of the request under way
let stale = false // another window has the call

const typed = () => {
  dirty = true
  clearTimeout(timer)
  timer = setTimeout(save, TYPING_WAIT)
}

// Save now what is not saved; resolves when all is, and the page shows what it means.
async function save() {
  clearTimeout(timer)
  timer = 0
  while (going) await going
  if (!dirty || stale) return
  dirty = chosen = false
  going = send().finally(() => {
    going = null
  })
  await going
  if (dirty && !timer) return save()
}

async function send() {
  const body = new FormData(form)
  body.set("part", "live")
  try {
    adopt(new DOMParser().parseFromString(await request(form.dataset.draft, { method: "POST", body }), "text/html"))
    saved.textContent = interpolate(gettext("saved %s"), [
      new Date().toLocaleTimeString(document.documentElement.lang, { timeZone: document.documentElement.dataset.zone }),
    ])
    saved.classList.remove("lost")
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    dirty = true
    stale = error.status === 409
    saved.classList.add("lost")
    saved.textContent = stale ? error.message : interpolate(gettext("not saved: %s"), [error.message])
  }
}
setInterval(() => dirty && save(), SAVE_EVERY)

// The parts that were worked out anew; what had the focus has it again.
function adopt(page) {
  form.elements.saw.value = page.querySelector('[name="saw"]').value
  if (chosen) return
  const focused = document.activeElement?.id
  for (const id of PARTS) {
    const fresh = page.getElementById(id)
    const old = document.getElementById(id)
    if (id === "asked" && fresh?.dataset.kind === old.dataset.kind) continue // the same questions are being answered
    if (fresh) old.replaceWith(document.adoptNode(fresh))
  }
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true })
  showOnMap()
}

form.addEventListener("input", ({ target }) => {
  if (target.type === "radio") return
  if (target.name === "text" || target.name === "where") clearFaults(target.name)
  typed()
})
document.addEventListener("change", ({ target }) => {
  if (target.form !== form || target.type !== "radio") return
  dirty = chosen = true
  save()
})

function clearFaults(name) {
  const place = document.querySelector(`[data-fault="${name}"]`)
  place?.replaceChildren()
}

// ---- keys ----

const FIELDS = {
  1: () => document.getElementById("text"),
  2: () => document.getElementById("where"),
  3: () => document.querySelector(".danger input:checked"),
  4: () => document.querySelector("#near input:checked") ?? document.querySelector("#near input[type=radio]"),
  5: () => document.getElementById("phone"),
  7: () => document.getElementById("to"),
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return
  const { key, altKey, ctrlKey, metaKey } = event
  if (key === "Enter" && (ctrlKey || metaKey || altKey)) {
    event.preventDefault()
    return act(altKey ? "new" : "main")
  }
  if (altKey && event.code === "Digit6") {
    event.preventDefault()
    return save().then(() => document.getElementById("find").click())
  }
  if (altKey && FIELDS[event.code.replace("Digit", "")]) {
    event.preventDefault()
    const field = FIELDS[event.code.replace("Digit", "")]()
    const folded = field?.closest("details")
    if (folded) folded.open = true
    return field?.focus()
  }
  const { target } = event
  if (target.id === "where" || target.id === "text") {
    if (key === "Enter" && target.id === "where") {
      event.preventDefault()
      chooseFirst("places")
    } else if (key === "ArrowDown" && target.id === "where") {
      event.preventDefault()
      document.querySelector("#places input[type=radio]")?.focus()
    }
    return
  }
  const choices = target.type === "radio" && target.closest("[data-digits]")
  if (choices && /^[1-9]$/.test(key) && !ctrlKey && !altKey && !metaKey) {
    event.preventDefault()
    const choice = choices.querySelectorAll("input[type=radio]")[Number(key) - 1]
    choice?.focus()
    choice?.click()
  } else if (choices && key === "Enter") event.preventDefault()
})

// The first of what is suggested is taken as it was chosen.
async function chooseFirst(part) {
  await save()
  const first = document.querySelector(`#${part} input[type=radio]`)
  if (first && !document.querySelector(`#${part} input:checked`)) first.click()
}

let acting = false
// Join, make new, or what another button sends: first what was typed last is saved and understood.
async function act(which, other = null) {
  if (acting) return
  acting = true
  try {
    await save()
    const button = other ?? document.querySelector(`[data-act="${which}"]`) ?? document.querySelector('[data-act="main"]')
    if (!dirty && !stale) form.requestSubmit(button)
  } finally {
    acting = false
  }
}

let leaving = false
form.addEventListener("submit", (event) => {
  if (leaving) return event.preventDefault()
  if (going || dirty) {
    event.preventDefault()
    const { submitter } = event
    return submitter && !submitter.dataset.act ? act("", submitter) : act(submitter?.dataset.act ?? "main")
  }
  leaving = true
})
addEventListener("pageshow", (event) => event.persisted && location.reload())
addEventListener("pagehide", () => {
  if (!dirty || leaving || stale) return
  const body = new FormData(form)
  body.set("part", "live")
  navigator.sendBeacon(form.dataset.draft, body) // what was typed just before the tab was closed
})

// ---- the map ----

const map = cityMap(document.getElementById("map"), { tools: ["zoom"] })
const layer = clusteredPins(map, {
  choose: ({ reference }) => document.getElementById(`join-${reference}`)?.click(),
})
let shown = ""
let mark = null

const itemOf = ({ dataset }) => {
  const { reference, state, icon, category, lon, lat } = dataset
  return { reference, state, icon, category, late: "late" in dataset, lon: Number(lon), lat: Number(lat) }
}

function showOnMap() {
  const near = document.getElementById("near")
  layer.show([...near.querySelectorAll("[data-reference]")].map(itemOf))
  layer.choose(near.querySelector("input:checked")?.closest("[data-reference]")?.dataset.reference ?? null)
  const spot = near.dataset.spot ?? ""
  if (spot === shown) return
  shown = spot
  mark?.remove()
  mark = null
  if (!spot) return
  const [lon, lat, metres] = spot.split(",").map(Number)
  mark = L.layerGroup([
    doubtCircle(map, [lon, lat], Math.max(metres, 10)),
    L.marker([lat, lon], {
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: '<span class="here"></span>' }),
      interactive: false,
      keyboard: false,
      zIndexOffset: 500,
    }),
  ]).addTo(map)
  map.setView([lat, lon], metres > 400 ? 15 : 17)
  litWard(map, spot.split(",")[3] || null)
}

// A press on the map is the place.
map.on("click", ({ latlng }) => {
  const value = `${latlng.lng.toFixed(6)},${latlng.lat.toFixed(6)},20,|`
  for (const radio of document.querySelectorAll('#places [name="spot"]')) radio.checked = false
  document.getElementById("places").append(Object.assign(document.createElement("input"), { type: "hidden", name: "spot", value }))
  dirty = chosen = true
  save()
})

// ---- the clock ----

function tick() {
  const seconds = Math.max(0, Math.round((Date.now() - began) / 1000))
  const two = (n) => String(n).padStart(2, "0")
  clock.textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}
tick()
setInterval(tick, 1000)

showOnMap()
document.documentElement.dataset.ready = "yes"
