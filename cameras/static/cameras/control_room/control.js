// The control room: the queue, what is in front, the map and the wall, kept in step; on two screens each window has
// one half, without the map or without the wall.
// Made to stay open for days: elements are updated in place, nothing accumulates.

import { Failed, request } from "../../look/request.js"
import { Focus } from "./focus.js"
import { news } from "../../map/news.js"
import { inLanguage } from "../../map/pins.js"
import { Attention } from "./attention.js"
import { RoomMap } from "./room-map.js"
import { OtherScreen } from "./other-screen.js"
import { Layers } from "./layers.js"
import { Layouts } from "./layouts.js"
import { clockFormat, serverNow, setClock, showClock } from "./room-clock.js"
import { Search } from "./search.js"
import { Sound } from "./sound.js"
import { Wall } from "./wall.js"
import { toast } from "../../look/page.js"

const POLL = 5000 // how the cameras are; while the patrols tell it themselves, twice as long
const DWELL = 8000 // an incident that came to the front by itself stays at least this long
const SPEAK = 10_000 // between two sentences for screen readers
const SILENCE = 20_000 // without an answer for so long, no picture is of now

const byId = (name) => document.getElementById(name)
const { screen } = document.body.dataset

function showTime() {
  showClock()
  wall?.tick()
  otherScreen.send("here", { busy: isBusy() })
}

// --- Cameras: one question every few seconds for all that is on the screen

let answered = performance.now()
let lostSince = false
let timer
let known = 0
let troubles = {}

async function askTiles(codes, near = false) {
  const patience = new AbortController()
  const end = setTimeout(() => patience.abort(), 10_000)
  try {
    const wanted = new URLSearchParams(codes.map((code) => ["code", code]))
    if (near || wall?.layout.state === "near") wanted.set("near", 1)
    const said = await request(`/control/wall/?${wanted}`, { signal: patience.signal })
    takeAnswer(said)
    return said.tiles
  } finally {
    clearTimeout(end)
  }
}

function takeAnswer(said) {
  answered = performance.now()
  setClock(new Date(said.at).getTime())
  if (lostSince) reportRecovery()
  byId("seeing").textContent = said.seeing.toLocaleString(document.documentElement.lang)
  byId("all-cameras").textContent = said.all.toLocaleString(document.documentElement.lang)
  troubles = said.troubles
  wall?.takeAnswer(said)
  city?.markers.setTroubles(said.troubles)
  if (known && said.all !== known) loadCameras()
}

async function pollTiles() {
  clearTimeout(timer)
  try {
    const said = await askTiles([...new Set([...(wall?.shownCodes ?? []), ...focus.codes])])
    wall?.showTiles(said)
    focus.showTiles(said)
    if (focus.isComing) focus.refresh()
  } catch (error) {
    handleSilence(error)
  } finally {
    timer = setTimeout(pollTiles, patrolsTell ? 2 * POLL : POLL)
  }
}

// A patrol tells a new picture as soon as it has it. Of a camera that sees this is all there is to say; the others are
// asked for.
let patrolsTell = false
let unclearCodes = new Set()

function showPatrolNews(cameras) {
  const shown = new Set(focus.codes)
  for (const code of wall?.shownCodes ?? []) shown.add(code)
  const said = {}
  for (const [code, sha, health, taken] of cameras) {
    if (!shown.has(code)) continue
    const at = new Date(taken)
    const age = Math.max(Math.round((serverNow() - at) / 1000), 0)
    if (health === "live" && taken && !(code in troubles))
      said[code] = { code, sha, health, age, words: "", since: "", taken: clockFormat.format(at) }
    else unclearCodes.add(code)
  }
  wall?.showTiles(said)
  focus.showTiles(said)
  if (unclearCodes.size) askSoon()
}

const askSoon = throttle(async () => {
  const codes = [...unclearCodes]
  unclearCodes = new Set()
  const said = await askTiles(codes).catch(() => ({}))
  wall?.showTiles(said)
  focus.showTiles(said)
}, 1000)

// Nothing was heard for a while: the pictures on the screen are not of now any more, and say so.
function handleSilence(error) {
  if (error.status === 404) location.reload() // the session ended: the page asks to sign in
  if (lostSince || performance.now() - answered < SILENCE) return
  lostSince = clockFormat.format(new Date(serverNow() - (performance.now() - answered))).slice(0, 5)
  const since = interpolate(gettext("stopped at %s"), [lostSince])
  for (const eye of document.querySelectorAll(".tile[data-camera], [data-eye]:not([data-past])"))
    if (["live", "late"].includes(eye.dataset.health)) {
      eye.dataset.health = "stale"
      const say = eye.querySelector(".say")
      if (!say) continue
      say.hidden = false
      say.querySelector("b").textContent = gettext("Old picture, not of now")
      say.querySelector(".num").textContent = since
    }
  showConnection(interpolate(gettext("No updates since %s, reconnecting"), [lostSince]), true)
}

function reportRecovery() {
  lostSince = false
  showConnection(gettext("Live"), false)
}

function showConnection(words, broken) {
  const sign = byId("live")
  sign.textContent = words
  sign.classList.toggle("lost", broken)
  if (broken) announce(words)
}

async function loadCameras() {
  const register = await request("/control/cameras/")
  known = register.cameras.length
  city?.markers.setCameras(register)
  await wall?.setCameras(register)
  layouts?.fillGroups() // the dialog may have been opened before
}

// --- What wants attention

function throttle(act, wait) {
  // biome-ignore lint/correctness/noUnusedVariables: `??=` reads it
  let waiting
  return () => {
    waiting ??= setTimeout(() => {
      waiting = undefined
      act()
    }, wait)
  }
}

const attention = new Attention(byId("queue"), {
  changed: (bursts) => {
    attention.markFront(focus.front)
    city?.showBursts(bursts)
  },
  narrowed: (to) => city?.narrow(to),
  failed: (error) => handleSilence(error),
})
const queueSoon = throttle(() => attention.load(), 1000)
document.addEventListener("room", ({ detail }) => "log" in detail && queueSoon()) // a shift may have been handed over

document.addEventListener("click", (event) => {
  const row = event.target.closest("a[data-incident]")
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  openInFront("incident", row.dataset.incident)
})

// --- In front

function openInFront(kind, key) {
  byId("newcomer").hidden = true
  return focus.open(kind, key, { hold: true }).catch(reportFailure)
}

function reportFailure(error) {
  if (!(error instanceof Failed)) throw error
  announce(error.message)
}

// Whether a person does something here that must not be taken away.
function isBusy() {
  return focus.isBusy || Boolean(document.querySelector("dialog[open]"))
}

let followed = "" // what the other half put in front, and need not be told again

function showFront(front, same) {
  attention.markFront(front)
  if (front.kind === "camera")
    front.cameras = wall?.first ?? city.markers.numbered // the wall stays as it is
  else {
    wall?.markChosen(focus.number)
    wall?.setFirst(front.cameras)?.catch(handleSilence)
  }
  city?.showFront(front, same)
  if (same) return otherScreen.send("same", { number: focus.number, held: focus.held })
  if (followed !== focus.wanted) otherScreen.send("front", frontMessage())
  followed = ""
  const half = screen ? { screen } : {}
  const asked = new URLSearchParams(front.kind === "incident" ? { ...half, incident: front.key } : half).toString()
  history.replaceState(null, "", asked ? `?${asked}` : location.pathname)
}

function frontMessage() {
  const { kind, key, lon, lat } = focus.front
  return {
    kind,
    key: kind === "place" ? { lng: lon, lat } : key,
    hold: focus.held,
    wanted: focus.wanted,
    rested: kind === "nothing" && focus.rested,
  }
}

// What the window on the other screen says.
const otherScreen = new OtherScreen(screen, {
  hello: () => otherScreen.send("front", frontMessage()),
  front: ({ kind, key, hold, wanted, rested }) => {
    if (rested && ["camera", "place"].includes(focus.front.kind)) focus.showNothing()
    if (kind === "nothing" || wanted === focus.wanted) return
    followed = wanted
    frontChangedAt = performance.now()
    if (newestIncident && newestIncident.reference === key) newestIncident = undefined
    byId("newcomer").hidden = true
    focus.open(kind, key, { hold }).catch(reportFailure)
  },
  same: ({ number, held }) => {
    if (focus.held !== held) focus.setHeld(held)
    if (focus.number !== number && focus.chooseCamera(number)) wall?.markChosen(number)
  },
  theme: ({ theme }) => (document.documentElement.dataset.theme = theme),
  map: () => city?.focus(),
})

let newestIncident // the incident that came last and is not in front yet
let frontChangedAt = -DWELL

// A new incident comes to the front by itself, unless a person holds another there.
function announceIncident(item) {
  newestIncident = item
  announce(interpolate(gettext("New incident: %s, %s"), [inLanguage(item.category), inLanguage(item.area)]))
  bringNewest()
}

function bringNewest() {
  if (!newestIncident) return
  const wait = frontChangedAt + DWELL - performance.now()
  if (isBusy() || otherScreen.isBusy) {
    const bar = byId("newcomer")
    bar.hidden = false
    bar.dataset.incident = newestIncident.reference
    bar.querySelector(".what").textContent = `${inLanguage(newestIncident.category)}, ${inLanguage(newestIncident.area)}`
  } else if (wait <= 0) {
    const { reference } = newestIncident
    newestIncident = undefined
    frontChangedAt = performance.now()
    byId("newcomer").hidden = true
    focus.open("incident", reference).catch(reportFailure)
  }
}

byId("newcomer").addEventListener("click", ({ currentTarget }) => {
  newestIncident = undefined
  openInFront("incident", currentTarget.dataset.incident)
  focus.box.focus({ preventScroll: true })
})

// --- For screen readers: one sentence at a time, at most every ten seconds; the last one counts

let spokenAt = -SPEAK
let sentence

function announce(words) {
  sentence = words
  const wait = spokenAt + SPEAK - performance.now()
  clearTimeout(announce.timer)
  announce.timer = setTimeout(
    () => {
      spokenAt = performance.now()
      byId("spoken").textContent = sentence
    },
    Math.max(wait, 0),
  )
}

// --- News

function handleNews(item) {
  city?.showNews(item)
  soundAlarm(item)
  if (item.kind === "received" && item.reference !== focus.front.key) announceIncident(item)
  else if (focus.front.kind === "incident" && item.reference === focus.front.key) focus.refresh().catch(handleSilence)
  queueSoon()
}

// A sound for what may not wait, and a sentence beside it. Of two windows the one with the map sounds.
function soundAlarm({ kind, urgent, reference, category, area }) {
  const of = kind === "disputed" ? "disputed" : kind === "received" && urgent ? "urgent" : null
  if (!of) return
  if (of === "disputed") {
    const words = interpolate(gettext("Citizens do not agree: %s, %s"), [inLanguage(category), inLanguage(area)])
    announce(words)
    toast(`${words} · ${reference}`)
  }
  if (settingsForm.elements[`sound_${of}`].checked && !(screen === "wall" && otherScreen.isOpen)) sound.play(of)
}

// --- Settings

const settingsForm = byId("habits")
const sound = new Sound()

function setUpSettings() {
  const dialog = byId("settings")
  const theme = byId("theme")
  const root = document.documentElement
  const labelTheme = () =>
    (theme.querySelector("span").textContent = root.dataset.theme === "light" ? theme.dataset.dark : theme.dataset.light)
  byId("settings-open").addEventListener("click", () => dialog.showModal())
  byId("settings-close").addEventListener("click", () => dialog.close())
  theme.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light"
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `control_theme=${root.dataset.theme}; path=/control/; max-age=31536000; samesite=lax`
    otherScreen.send("theme", { theme: root.dataset.theme })
    labelTheme()
  })
  labelTheme()
  settingsForm.addEventListener("change", () =>
    request(settingsForm.action, { method: "POST", body: new FormData(settingsForm) }).catch(reportFailure),
  )
  settingsForm.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear]")
    if (button) sound.playTone(button.dataset.hear)
  })
}

const chooseCamera = (number) => focus.chooseCamera(number) && showFront(focus.front, true)
const city = byId("map") && new RoomMap(byId("map"), (kind, key) => openInFront(kind, key))
const wall =
  byId("wall") &&
  new Wall(
    byId("wall"),
    askTiles,
    {
      open: (code) => openInFront("camera", code),
      choose: chooseCamera,
      toMap: () => (city ? city.focus() : otherScreen.send("map")),
      back: () => focus.back(),
      compare: () => focus.toggleComparing(),
      isOver: () => Boolean(document.querySelector("dialog[open]")),
      layouts: () => layouts.open().catch(reportFailure),
      help: () => byId("settings").showModal(),
      keys: () => byId("keys").checked,
    },
    (_wall, words) => {
      layouts.describeLayout()
      if (words) announce(words)
    },
  )
const layouts = wall && new Layouts(wall)
const focus = new Focus(byId("focus"), (...front) => showFront(...front))
const layers = city && new Layers(byId("layers-form"), city, announce)
new Search(byId("room-search"), ({ kind, key, lon, lat, bounds }) => {
  if (kind === "place" && bounds && city) city.showBounds(bounds)
  if (kind === "vehicle") layers?.findVehicle(key, { lon, lat })
  // In front of a vehicle stands the place where it is now, with the cameras that see it.
  if (kind === "vehicle" || kind === "place") openInFront("place", { lng: lon, lat })
  else openInFront(kind, key)
})

// "?" lists the keys, wherever the focus is but in what is written.
document.addEventListener("keydown", (event) => {
  const { key, target } = event
  if (key !== "?" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked) return
  if (target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return
  event.preventDefault()
  byId("settings").showModal()
})

setUpSettings()
focus.readPanel()
setInterval(() => {
  showTime()
  bringNewest()
}, 1000)
document.addEventListener("visibilitychange", () => document.hidden || pollTiles())
showTime()
loadCameras().catch(handleSilence)
pollTiles()
city?.showBursts(attention.bursts)

const stream = news("/live/desk/", { after: document.body.dataset.after })
stream.addEventListener("news", ({ detail }) => handleNews(detail))
stream.addEventListener("reload", () => {
  attention.load()
  focus.refresh().catch(handleSilence)
  city?.readSoon(0)
})
// The half with the map shows few cameras: it asks, and leaves the browser's connections to the other.
if (screen !== "map") {
  const patrols = news("/control/live/")
  patrols.addEventListener("news", ({ detail }) =>
    Array.isArray(detail) ? showPatrolNews(detail) : document.dispatchEvent(new CustomEvent("room", { detail: detail.room })),
  )
  patrols.addEventListener("live", () => (patrolsTell = true))
  patrols.addEventListener("lost", () => (patrolsTell = false))
}
stream.addEventListener("live", () => showConnection(gettext("Live"), false))
stream.addEventListener("lost", ({ detail: { since } }) =>
  showConnection(interpolate(gettext("No updates since %s, reconnecting"), [clockFormat.format(since).slice(0, 5)]), true),
)
