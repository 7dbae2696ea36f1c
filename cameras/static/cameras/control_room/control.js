// The control room: the queue, what is in front, the map and the wall, kept in step; on two screens each window has one of the
// two, the map or the wall. Made to stay open for days: elements are updated in place, nothing accumulates.
//
// `room` is passed to each part, which finds in it the state of the page and the other parts.

import { news } from "../../map/news.js"
import { Attention } from "./attention.js"
import { createCameras } from "./control/cameras.js"
import { createFront } from "./control/front.js"
import { setUpSettings, soundAlarm } from "./control/settings.js"
import { createSpeaker, throttle } from "./control/timing.js"
import { Focus } from "./focus.js"
import { Layers } from "./layers.js"
import { Layouts } from "./layouts.js"
import { clockFormat, showClock } from "./room-clock.js"
import { RoomMap } from "./room-map.js"
import { Search } from "./search.js"
import { Sound } from "./sound.js"
import { Wall } from "./wall.js"

const byId = (name) => document.getElementById(name)
const room = {
  screen: document.body.dataset.screen, // "map", "wall", or "" for both
  state: { patrolsTell: false },
  speaker: createSpeaker(byId("spoken")),
  sound: new Sound(),
  showConnection,
}
room.cameras = createCameras(room)
room.front = createFront(room)
room.attention = new Attention(byId("queue"), {
  changed: (bursts) => {
    room.attention.markFront(room.focus.front)
    room.map?.showBursts(bursts)
  },
  narrowed: (filters) => room.map?.narrow(filters),
  failed: room.cameras.handleSilence,
})
room.map = byId("map") && new RoomMap(byId("map"), room.front.open)
room.wall = byId("wall") && createWall()
room.layouts = room.wall && new Layouts(room.wall)
room.focus = new Focus(byId("focus"), room.front.show)
room.layers = room.map && new Layers(byId("layers-form"), room.map, room.speaker.say)
new Search(byId("room-search"), ({ kind, key, lon, lat, bounds }) => {
  if (kind === "place" && bounds && room.map) room.map.showBounds(bounds)
  if (kind === "vehicle") room.layers?.findVehicle(key, { lon, lat })
  // In front of a vehicle stands the place where it is now, with the cameras that see it.
  if (kind === "vehicle" || kind === "place") room.front.open("place", { lng: lon, lat })
  else room.front.open(kind, key)
})

function createWall() {
  const acts = {
    open: (code) => room.front.open("camera", code),
    choose: room.front.chooseCamera,
    toMap: () => (room.map ? room.map.focus() : room.front.otherScreen.send("map")),
    back: () => room.focus.back(),
    compare: () => room.focus.toggleComparing(),
    isOver: () => Boolean(document.querySelector("dialog[open]")),
    layouts: () => room.layouts.open().catch(room.front.reportFailure),
    help: () => byId("settings").showModal(),
    keys: () => byId("keys").checked,
  }
  return new Wall(byId("wall"), room.cameras.ask, acts, (_wall, words) => {
    room.layouts.describeLayout()
    if (words) room.speaker.say(words)
  })
}

function showConnection(words, isBroken) {
  const sign = byId("live")
  sign.textContent = words
  sign.classList.toggle("lost", isBroken)
  if (isBroken) room.speaker.say(words)
}

// --- News

const queueSoon = throttle(() => room.attention.load(), 1000)
document.addEventListener("room", ({ detail }) => "log" in detail && queueSoon()) // a shift may have been handed over

function handleNews(item) {
  const { kind, key } = room.focus.front
  room.map?.showNews(item)
  soundAlarm(room, item)
  if (item.kind === "received" && item.reference !== key) room.front.announce(item)
  else if (kind === "incident" && item.reference === key) room.focus.refresh().catch(room.cameras.handleSilence)
  queueSoon()
}

function listenToIncidents() {
  const stream = news("/live/desk/", { after: document.body.dataset.after })
  stream.addEventListener("news", ({ detail }) => handleNews(detail))
  stream.addEventListener("reload", () => {
    room.attention.load()
    room.focus.refresh().catch(room.cameras.handleSilence)
    room.map?.readSoon(0)
  })
  stream.addEventListener("live", () => showConnection(gettext("Live"), false))
  stream.addEventListener("lost", ({ detail: { since } }) =>
    showConnection(interpolate(gettext("No updates since %s, reconnecting"), [clockFormat.format(since).slice(0, 5)]), true),
  )
}

function listenToPatrols() {
  const stream = news("/control/live/")
  stream.addEventListener("news", ({ detail }) =>
    Array.isArray(detail) ? room.cameras.showPatrolNews(detail) : document.dispatchEvent(new CustomEvent("room", { detail: detail.room })),
  )
  stream.addEventListener("live", () => (room.state.patrolsTell = true))
  stream.addEventListener("lost", () => (room.state.patrolsTell = false))
}

function showTime() {
  showClock()
  room.wall?.tick()
  room.front.otherScreen.send("here", { busy: room.front.isBusy() })
}

// --- Begin

setUpSettings(room)
room.focus.readPanel()
setInterval(() => {
  showTime()
  room.front.bringNewest()
}, 1000)
document.addEventListener("visibilitychange", () => document.hidden || room.cameras.poll())
showTime()
room.cameras.load().catch(room.cameras.handleSilence)
room.cameras.poll()
room.map?.showBursts(room.attention.bursts)
listenToIncidents()
if (room.screen !== "map") listenToPatrols() // the window with the map shows few cameras and leaves connections to the other
