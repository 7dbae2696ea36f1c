// The control room: the queue, what is in front, the map and the wall, kept in step.
// Made to stand open for days: everything drawn is drawn again in its place, nothing is gathered.

import { Failed, request } from "../look/request.js"
import { Focus } from "./focus.js"
import { news } from "../map/news.js"
import { inLanguage } from "../map/pins.js"
import { City } from "./city.js"
import { Wall } from "./wall.js"

const POLL = 5000 // how the cameras are
const QUEUE = 30_000 // deadlines pass without news
const DWELL = 8000 // an incident that came to the front by itself stays at least this long
const SPEAK = 10_000 // between two sentences for screen readers
const SILENCE = 20_000 // without an answer for so long, no picture is of now

const id = (name) => document.getElementById(name)
const queue = id("queue")

// --- Time: the server's clock, in the city's zone

const clock = id("clock")
const hands = new Intl.DateTimeFormat("en-GB", { timeZone: clock.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
let offset = 0

function tick() {
  const at = new Date(Date.now() + offset)
  clock.textContent = hands.format(at)
  clock.dateTime = at.toISOString()
  wall.tick()
}

// --- Cameras: one question every few seconds for all that is on the screen

let answered = performance.now()
let lost = false
let timer
let known = 0

async function ask(codes) {
  const patience = new AbortController()
  const end = setTimeout(() => patience.abort(), 10_000)
  try {
    const said = await request(`/control/wall/?${new URLSearchParams(codes.map((code) => ["code", code]))}`, { signal: patience.signal })
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
  wall.trouble(said.troubles)
  city.lenses.trouble(said.troubles)
  if (known && said.all !== known) loadCameras()
}

async function poll() {
  clearTimeout(timer)
  try {
    const said = await ask([...new Set([...wall.seen, ...focus.codes])])
    wall.show(said)
    focus.show(said)
    if (focus.coming) focus.again()
  } catch (error) {
    unheard(error)
  } finally {
    timer = setTimeout(poll, POLL)
  }
}

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
  const { cameras } = await request("/control/cameras/")
  known = cameras.length
  city.lenses.know(cameras)
  await wall.know(cameras)
}

// --- What wants attention

let only = ""
let seen = new Set([...queue.querySelectorAll("[data-incident]")].map(({ dataset }) => dataset.incident))
let queued
let asking = false

async function loadQueue() {
  clearTimeout(queued)
  queued = setTimeout(loadQueue, QUEUE)
  if (asking) return
  asking = true
  try {
    const page = document.createElement("template")
    page.innerHTML = await request(`/control/queue/?only=${only}`)
    id("figures").replaceChildren(page.content.querySelector(".figures"))
    const top = queue.querySelector(".scroll").scrollTop
    const active = queue.contains(document.activeElement) ? document.activeElement.dataset : null
    queue.replaceChildren(page.content)
    queue.querySelector(".scroll").scrollTop = top
    if (active) (queue.querySelector(active.incident ? `[data-incident="${active.incident}"]` : `[data-only="${active.only}"]`) ?? queue).focus({ preventScroll: true })
    const rows = [...queue.querySelectorAll("[data-incident]")]
    for (const row of rows) row.classList.toggle("new", !seen.has(row.dataset.incident) && !only)
    if (!only) seen = new Set(rows.map(({ dataset }) => dataset.incident))
    point()
  } catch (error) {
    unheard(error)
  } finally {
    asking = false
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

function inFront(front, same) {
  point()
  if (front.kind === "camera") front.cameras = wall.first // the wall stays as it is
  else {
    wall.put(front.cameras)?.catch(unheard)
    wall.mark(focus.number)
  }
  city.front(front, same)
  if (same) return
  const address = front.kind === "incident" ? `?incident=${encodeURIComponent(front.key)}` : location.pathname
  history.replaceState(null, "", address)
}

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
  if (focus.busy || id("settings").open) {
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
  speak.timer = setTimeout(() => {
    spokenAt = performance.now()
    id("spoken").textContent = sentence
  }, Math.max(wait, 0))
}

// --- News

function told(item) {
  city.news(item)
  if (item.kind === "received" && item.reference !== focus.front.key) came(item)
  else if (focus.front.kind === "incident" && item.reference === focus.front.key) focus.again().catch(unheard)
  queueSoon()
}

// --- Settings

function settings() {
  const dialog = id("settings")
  const theme = id("theme")
  const root = document.documentElement
  const face = () => (theme.querySelector("span").textContent = root.dataset.theme === "light" ? theme.dataset.dark : theme.dataset.light)
  id("settings-open").addEventListener("click", () => dialog.showModal())
  id("settings-close").addEventListener("click", () => dialog.close())
  theme.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light"
    document.cookie = `control_theme=${root.dataset.theme}; path=/control/; max-age=31536000; samesite=lax`
    face()
  })
  face()
}

const city = new City(id("map"), (kind, key) => open(kind, key))
const wall = new Wall(id("wall"), {
  ask,
  open: (code) => open("camera", code),
  choose: (number) => focus.choose(number) && wall.mark(number),
  toMap: () => city.focus(),
  back: () => focus.back(),
})
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
  city.soon(0)
})
stream.addEventListener("live", () => live(gettext("Live"), false))
stream.addEventListener("lost", ({ detail: { since } }) => live(interpolate(gettext("No updates since %s, reconnecting"), [hands.format(since).slice(0, 5)]), true))
