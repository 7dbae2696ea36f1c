// Keeps the shown cameras current: one request every few seconds for all on the screen, and the stream of the patrols.
//
//   room.cameras = createCameras(room)
//   await cameras.ask(codes, near)   the tiles of these cameras by code; `near`: also which lie near what wants attention
//   cameras.poll()                   asks now, and from then on every few seconds
//   await cameras.load()             the register of all cameras
//   cameras.handleSilence(error)     marks pictures as not of now once nothing was heard for a while
//   cameras.showPatrolNews(rows)     [code, SHA-256, health, time taken] of each new picture
//   `room.state.patrolsTell`         whether the stream of the patrols is open: then it is asked half as often

import { request } from "../../../look/request.js"
import { clockFormat, serverNow, setClock } from "../room-clock.js"
import { tileOf } from "./patrol-news.js"
import { throttle } from "./timing.js"

const POLL_MS = 5000
const PATIENCE_MS = 10_000
const SILENCE_MS = 20_000 // without an answer for so long, no picture is of now

const byId = (name) => document.getElementById(name)
const formatNumber = (n) => n.toLocaleString(document.documentElement.lang)

export function createCameras(room) {
  let answeredAt = performance.now()
  let lostSince = "" // the clock's time at which the answers stopped
  let timer
  let known = 0 // cameras of the register
  let troubles = {}
  let unclearCodes = new Set()

  async function ask(codes, near = false) {
    const patience = new AbortController()
    const end = setTimeout(() => patience.abort(), PATIENCE_MS)
    try {
      const query = new URLSearchParams(codes.map((code) => ["code", code]))
      if (near || room.wall?.layout.state === "near") query.set("near", 1)
      const answer = await request(`/control/wall/?${query}`, { signal: patience.signal })
      takeAnswer(answer)
      return answer.tiles
    } finally {
      clearTimeout(end)
    }
  }

  function takeAnswer(answer) {
    answeredAt = performance.now()
    setClock(new Date(answer.at).getTime())
    if (lostSince) reportRecovery()
    byId("seeing").textContent = formatNumber(answer.seeing)
    byId("all-cameras").textContent = formatNumber(answer.all)
    troubles = answer.troubles
    room.wall?.takeAnswer(answer)
    room.map?.markers.setTroubles(troubles)
    if (known && answer.all !== known) load()
  }

  const shownCodes = () => [...new Set([...(room.wall?.shownCodes ?? []), ...room.focus.codes])]

  function showTiles(tiles) {
    room.wall?.showTiles(tiles)
    room.focus.showTiles(tiles)
  }

  async function poll() {
    clearTimeout(timer)
    try {
      showTiles(await ask(shownCodes()))
      if (room.focus.isComing) room.focus.refresh()
    } catch (error) {
      handleSilence(error)
    } finally {
      timer = setTimeout(poll, room.state.patrolsTell ? 2 * POLL_MS : POLL_MS)
    }
  }

  // Of a camera that sees, the patrol's row is all there is to say; the others are asked for.
  function showPatrolNews(rows) {
    const shown = new Set(shownCodes())
    const tiles = {}
    for (const row of rows) {
      const [code] = row
      if (!shown.has(code)) continue
      const tile = tileOf(row, { troubles, now: serverNow(), clock: clockFormat })
      if (tile) tiles[code] = tile
      else unclearCodes.add(code)
    }
    showTiles(tiles)
    if (unclearCodes.size) askUnclearSoon()
  }

  const askUnclearSoon = throttle(async () => {
    const codes = [...unclearCodes]
    unclearCodes = new Set()
    showTiles(await ask(codes).catch(() => ({})))
  }, 1000)

  function handleSilence(error) {
    if (error.status === 404) location.reload() // the session ended: the page asks to sign in
    if (lostSince || performance.now() - answeredAt < SILENCE_MS) return
    lostSince = clockFormat.format(new Date(serverNow() - (performance.now() - answeredAt))).slice(0, 5)
    for (const picture of document.querySelectorAll(".tile[data-camera], [data-eye]:not([data-past])"))
      if (["live", "late"].includes(picture.dataset.health)) markStale(picture)
    room.showConnection(interpolate(gettext("No updates since %s, reconnecting"), [lostSince]), true)
  }

  function markStale(picture) {
    picture.dataset.health = "stale"
    const say = picture.querySelector(".say")
    if (!say) return
    say.hidden = false
    say.querySelector("b").textContent = gettext("Old picture, not live")
    say.querySelector(".num").textContent = interpolate(gettext("stopped at %s"), [lostSince])
  }

  function reportRecovery() {
    lostSince = ""
    room.showConnection(gettext("Live"), false)
  }

  async function load() {
    const register = await request("/control/cameras/")
    known = register.cameras.length
    room.map?.markers.setCameras(register)
    await room.wall?.setCameras(register)
    room.layouts?.fillGroups() // the dialog may have been opened before
  }

  return { ask, poll, load, handleSilence, showPatrolNews }
}
