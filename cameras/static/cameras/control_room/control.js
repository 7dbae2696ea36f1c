// The control room: the queue, what is in front, the map and the wall, kept in step; on two screens each window has
// one half, without the map or without the wall.
// Made to stand open for days: everything drawn is drawn again in its place, nothing is gathered.

import { Failed, request } from "../../look/request.js"
import { Focus } from "./focus.js"
import { news } from "../../map/news.js"
import { inLanguage } from "../../map/pins.js"
import { City } from "./city.js"
import { Halves } from "./halves.js"
import { Layouts } from "./layouts.js"
import { Sound } from "./sound.js"
import { Wall } from "./wall.js"
import { toast } from "../../look/page.js"

const POLL = 5000 // how the cameras are; while the patrols tell it themselves, twice as long
const QUEUE = 30_000 // deadlines pass without news
const DWELL = 8000 // an incident that came to the front by itself stays at least this long
const SPEAK = 10_000 // between two sentences for screen readers
const SILENCE = 20_000 // without an answer for so long, no picture is of now

const id = (name) => document.getElementById(name)
const queue = id("queue")
const { screen } = document.body.dataset

// --- Time: the server's clock, in the city's zone

const clock = id("clock")
const hands = new Intl.DateTimeFormat("en-GB", { timeZone: clock.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
let offset = 0

function tick() {
  const at = new Date(Date.now() + offset)
  clock.textContent = hands.format(at)
  clock.dateTime = at.toISOString()
  wall?.tick()
  halves.tell("here", { busy: busy() })
}

// --- Cameras: one question every few seconds for all that is on the screen

let answered = performance.now()
let lost = false
let timer
let known = 0
let troubles = {}

async function ask(codes) {
  const patience = new AbortController()
  const end = setTimeout(() => patience.abort(), 10_000)
  try {
    const wanted = new URLSearchParams(codes.map((code) => ["code", code]))
    if (wall?.is.state === "near") wanted.set("near", 1)
    const said = await request(`/control/wall/?${wanted}`, { signal: patience.signal })
    heard(said)
    return said.tiles
  } finally {
    clearTimeout(end)
  }
}

function heard(said) {
  answered = performance.now()
  offset = new Date(said.at) - Date.now()
  if (lost) regain()
  id("seeing").textContent = said.seeing.toLocaleString(document.documentElement.lang)
  id("all-cameras").textContent = said.all.toLocaleString(document.documentElement.lang)
  troubles = said.troubles
  wall?.hear(said)
  city?.lenses.trouble(said.troubles)
  if (known && said.all !== known) loadCameras()
}

async function poll() {
  clearTimeout(timer)
  try {
    const said = await ask([...new Set([...(wall?.seen ?? []), ...focus.codes])])
    wall?.show(said)
    focus.show(said)
    if (focus.coming) focus.again()
  } catch (error) {
    unheard(error)
  } finally {
    timer = setTimeout(poll, telling ? 2 * POLL : POLL)
  }
}

// A patrol tells a new picture as soon as it has it. Of a camera that sees this is all there is to say; the others are
// asked for.
let telling = false
let puzzles = new Set()

function patrolled(cameras) {
  const shown = new Set(focus.codes)
  for (const code of wall?.seen ?? []) shown.add(code)
  const said = {}
  for (const [code, sha, health, taken] of cameras) {
    if (!shown.has(code)) continue
    const at = new Date(taken)
    const age = Math.max(Math.round((Date.now() + offset - at) / 1000), 0)
    if (health === "live" && taken && !(code in troubles))
      said[code] = { code, sha, health, age, words: "", since: "", taken: hands.format(at) }
    else puzzles.add(code)
  }
  wall?.show(said)
  focus.show(said)
  if (puzzles.size) askSoon()
}

const askSoon = soon(async () => {
  const codes = [...puzzles]
  puzzles = new Set()
  const said = await ask(codes).catch(() => ({}))
  wall?.show(said)
  focus.show(said)
}, 1000)

// Nothing was heard for a while: the pictures on the screen are not of now any more, and say so.
function unheard(error) {
  if (error.status === 404) location.reload() // the session ended: the page asks to sign in
  if (lost || performance.now() - answered < SILENCE) return
  lost = hands.format(new Date(Date.now() + offset - (performance.now() - answered))).slice(0, 5)
  const since = interpolate(gettext("stopped at %s"), [lost])
  for (const eye of document.querySelectorAll(".tile[data-camera], [data-eye]:not([data-past])"))
    if (["live", "late"].includes(eye.dataset.health)) {
      eye.dataset.health = "stale"
      const say = eye.querySelector(".say")
      if (!say) continue
      say.hidden = false
      say.querySelector("b").textContent = gettext("Old picture, not of now")
      say.querySelector(".num").textContent = since
    }
  live(interpolate(gettext("No updates since %s, reconnecting"), [lost]), true)
}

function regain() {
  lost = false
  live(gettext("Live"), false)
}

function live(words, broken) {
  const sign = id("live")
  sign.textContent = words
  sign.classList.toggle("lost", broken)
  if (broken) speak(words)
}

async function loadCameras() {
  const register = await request("/control/cameras/")
  known = register.cameras.length
  city?.lenses.know(register)
  await wall?.know(register)
}

// --- What wants attention

let only = ""
let seen = new Set([...queue.querySelectorAll("[data-incident]")].map(({ dataset }) => dataset.incident))
let queued
let asking = false
let again = false // something happened while the queue was being asked for

async function loadQueue() {
  clearTimeout(queued)
  queued = setTimeout(loadQueue, QUEUE)
  if (asking) {
    again = true
    return
  }
  asking = true
  try {
    const page = document.createElement("template")
    page.innerHTML = await request(`/control/queue/?only=${only}`)
    id("figures").replaceChildren(page.content.querySelector(".figures"))
    const top = queue.querySelector(".scroll").scrollTop
    const active = queue.contains(document.activeElement) ? document.activeElement.dataset : null
    queue.replaceChildren(page.content)
    queue.querySelector(".scroll").scrollTop = top
    if (active)
      (queue.querySelector(active.incident ? `[data-incident="${active.incident}"]` : `[data-only="${active.only}"]`) ?? queue).focus({
        preventScroll: true,
      })
    const rows = [...queue.querySelectorAll("[data-incident]")]
    for (const row of rows) row.classList.toggle("new", !seen.has(row.dataset.incident) && !only)
    if (!only) seen = new Set(rows.map(({ dataset }) => dataset.incident))
    point()
  } catch (error) {
    unheard(error)
  } finally {
    asking = false
  }
  if (again) {
    again = false
    loadQueue()
  }
}

// The row of the incident in front.
function point() {
  for (const row of queue.querySelectorAll("[data-incident]")) {
    if (focus.front.kind === "incident" && row.dataset.incident === focus.front.key) row.setAttribute("aria-current", "true")
    else row.removeAttribute("aria-current")
  }
}

function soon(act, wait) {
  // biome-ignore lint/correctness/noUnusedVariables: `??=` reads it
  let waiting
  return () => {
    waiting ??= setTimeout(() => {
      waiting = undefined
      act()
    }, wait)
  }
}

const queueSoon = soon(loadQueue, 1000)

queue.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-only]")
  if (!chip) return
  only = chip.dataset.only
  loadQueue()
})

document.addEventListener("click", (event) => {
  const row = event.target.closest("a[data-incident]")
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  open("incident", row.dataset.incident)
})

// --- In front

function open(kind, key) {
  id("newcomer").hidden = true
  return focus.open(kind, key, { hold: true }).catch(complain)
}

function complain(error) {
  if (!(error instanceof Failed)) throw error
  speak(error.message)
}

// Whether a person does something here that must not be taken away.
function busy() {
  return focus.busy || Boolean(document.querySelector("dialog[open]"))
}

let followed = "" // what the other half put in front, and need not be told again

function inFront(front, same) {
  point()
  if (front.kind === "camera")
    front.cameras = wall?.first ?? city.lenses.numbered // the wall stays as it is
  else {
    wall?.put(front.cameras)?.catch(unheard)
    wall?.mark(focus.number)
  }
  city?.front(front, same)
  if (same) return halves.tell("same", { number: focus.number, held: focus.held })
  if (followed !== focus.wanted) halves.tell("front", theFront())
  followed = ""
  const half = screen ? { screen } : {}
  const asked = new URLSearchParams(front.kind === "incident" ? { ...half, incident: front.key } : half).toString()
  history.replaceState(null, "", asked ? `?${asked}` : location.pathname)
}

function theFront() {
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
const halves = new Halves(screen, {
  hello: () => halves.tell("front", theFront()),
  front: ({ kind, key, hold, wanted, rested }) => {
    if (rested && ["camera", "place"].includes(focus.front.kind)) focus.rest()
    if (kind === "nothing" || wanted === focus.wanted) return
    followed = wanted
    cameAt = performance.now()
    if (newest && newest.reference === key) newest = undefined
    id("newcomer").hidden = true
    focus.open(kind, key, { hold }).catch(complain)
  },
  same: ({ number, held }) => {
    if (focus.held !== held) focus.hold(held)
    if (focus.number !== number && focus.choose(number)) wall?.mark(number)
  },
  theme: ({ theme }) => (document.documentElement.dataset.theme = theme),
  map: () => city?.focus(),
})

let newest // the incident that came last and is not in front yet
let cameAt = -DWELL

// A new incident comes to the front by itself, unless a person holds another there.
function came(item) {
  newest = item
  speak(interpolate(gettext("New incident: %s, %s"), [inLanguage(item.category), inLanguage(item.area)]))
  step()
}

function step() {
  if (!newest) return
  const wait = cameAt + DWELL - performance.now()
  if (busy() || halves.busy) {
    const bar = id("newcomer")
    bar.hidden = false
    bar.dataset.incident = newest.reference
    bar.querySelector(".what").textContent = `${inLanguage(newest.category)}, ${inLanguage(newest.area)}`
  } else if (wait <= 0) {
    const { reference } = newest
    newest = undefined
    cameAt = performance.now()
    id("newcomer").hidden = true
    focus.open("incident", reference).catch(complain)
  }
}

id("newcomer").addEventListener("click", ({ currentTarget }) => {
  newest = undefined
  open("incident", currentTarget.dataset.incident)
  focus.box.focus({ preventScroll: true })
})

// --- For screen readers: one sentence at a time, at most every ten seconds; the last one counts

let spokenAt = -SPEAK
let sentence

function speak(words) {
  sentence = words
  const wait = spokenAt + SPEAK - performance.now()
  clearTimeout(speak.timer)
  speak.timer = setTimeout(
    () => {
      spokenAt = performance.now()
      id("spoken").textContent = sentence
    },
    Math.max(wait, 0),
  )
}

// --- News

function told(item) {
  city?.news(item)
  alarm(item)
  if (item.kind === "received" && item.reference !== focus.front.key) came(item)
  else if (focus.front.kind === "incident" && item.reference === focus.front.key) focus.again().catch(unheard)
  queueSoon()
}

// A sound for what may not wait, and a sentence beside it. Of two windows the one with the map sounds.
function alarm({ kind, urgent, reference, category, area }) {
  const of = kind === "disputed" ? "disputed" : kind === "received" && urgent ? "urgent" : null
  if (!of) return
  if (of === "disputed") {
    const words = interpolate(gettext("Citizens do not agree: %s, %s"), [inLanguage(category), inLanguage(area)])
    speak(words)
    toast(`${words} · ${reference}`)
  }
  if (habits.elements[`sound_${of}`].checked && !(screen === "wall" && halves.both)) sound.play(of)
}

// --- Settings

const habits = id("habits")
const sound = new Sound()

function settings() {
  const dialog = id("settings")
  const theme = id("theme")
  const root = document.documentElement
  const face = () => (theme.querySelector("span").textContent = root.dataset.theme === "light" ? theme.dataset.dark : theme.dataset.light)
  id("settings-open").addEventListener("click", () => dialog.showModal())
  id("settings-close").addEventListener("click", () => dialog.close())
  theme.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light"
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `control_theme=${root.dataset.theme}; path=/control/; max-age=31536000; samesite=lax`
    halves.tell("theme", { theme: root.dataset.theme })
    face()
  })
  face()
  habits.addEventListener("change", () => request(habits.action, { method: "POST", body: new FormData(habits) }).catch(complain))
  habits.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear]")
    if (button) sound.hear(button.dataset.hear)
  })
}

const choose = (number) => focus.choose(number) && inFront(focus.front, true)
const city = id("map") && new City(id("map"), (kind, key) => open(kind, key))
const wall =
  id("wall") &&
  new Wall(
    id("wall"),
    ask,
    {
      open: (code) => open("camera", code),
      choose,
      toMap: () => (city ? city.focus() : halves.tell("map")),
      back: () => focus.back(),
      layouts: () => layouts.open().catch(complain),
      help: () => id("settings").showModal(),
      keys: () => id("keys").checked,
    },
    (_wall, words) => {
      layouts.say()
      if (words) speak(words)
    },
  )
const layouts = wall && new Layouts(wall)
const focus = new Focus(id("focus"), (...front) => inFront(...front))

settings()
focus.read()
setInterval(() => {
  tick()
  step()
}, 1000)
document.addEventListener("visibilitychange", () => document.hidden || poll())
tick()
loadCameras().catch(unheard)
poll()
queued = setTimeout(loadQueue, QUEUE)

const stream = news("/live/desk/", { after: document.body.dataset.after })
stream.addEventListener("news", ({ detail }) => told(detail))
stream.addEventListener("reload", () => {
  loadQueue()
  focus.again().catch(unheard)
  city?.soon(0)
})
// The half with the map shows few cameras: it asks, and leaves the browser's connections to the other.
if (screen !== "map") {
  const patrols = news("/control/live/")
  patrols.addEventListener("news", ({ detail }) => patrolled(detail))
  patrols.addEventListener("live", () => (telling = true))
  patrols.addEventListener("lost", () => (telling = false))
}
stream.addEventListener("live", () => live(gettext("Live"), false))
stream.addEventListener("lost", ({ detail: { since } }) =>
  live(interpolate(gettext("No updates since %s, reconnecting"), [hands.format(since).slice(0, 5)]), true),
)
