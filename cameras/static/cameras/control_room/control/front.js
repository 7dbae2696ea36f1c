// Puts incidents, cameras and places in front of the control room, in this window and the other one, new incidents by themselves.
//
//   room.front = createFront(room)
//   front.open(kind, key)      a person puts something in front
//   front.show(front, same)    shows on the map, the wall and the other screen what the focus says; `same`: only its camera changed
//   front.announce(item)       a new incident: it comes to the front by itself, unless a person holds another there
//   front.bringNewest()        again, once nobody is busy
//   front.chooseCamera(number)

import { inLanguage } from "../../../map/pins.js"
import { Failed } from "../../../look/request.js"
import { OtherScreen } from "../other-screen.js"

const DWELL_MS = 8000 // an incident that came to the front by itself stays at least this long

export function createFront(room) {
  const { screen } = room
  const bar = document.getElementById("newcomer")
  let followed = "" // what the other screen put in front, and need not be told again
  let newest // the incident that came last and is not in front yet
  let changedAt = -DWELL_MS

  function open(kind, key) {
    bar.hidden = true
    return room.focus.open(kind, key, { hold: true }).catch(reportFailure)
  }

  function reportFailure(error) {
    if (!(error instanceof Failed)) throw error
    room.speaker.say(error.message)
  }

  // The other screen opens what this window shows, and the other way round.
  const otherScreen = new OtherScreen(screen, {
    hello: () => otherScreen.send("front", message()),
    front: ({ kind, key, hold, wanted, rested }) => {
      const { focus } = room
      if (rested && ["camera", "place"].includes(focus.front.kind)) focus.showNothing()
      if (kind === "nothing" || wanted === focus.wanted) return
      followed = wanted
      changedAt = performance.now()
      if (newest && newest.reference === key) newest = undefined
      bar.hidden = true
      focus.open(kind, key, { hold }).catch(reportFailure)
    },
    same: ({ number, held: isHeld }) => {
      if (room.focus.held !== isHeld) room.focus.setHeld(isHeld)
      if (room.focus.number !== number && room.focus.chooseCamera(number)) room.wall?.markChosen(number)
    },
    theme: ({ theme }) => (document.documentElement.dataset.theme = theme),
    map: () => room.map?.focus(),
  })

  function message() {
    const { front, held: hold, wanted, rested } = room.focus
    const { kind, key, lon, lat } = front
    return { kind, key: kind === "place" ? { lng: lon, lat } : key, hold, wanted, rested: kind === "nothing" && rested }
  }

  function show(front, same) {
    const { focus, wall, map } = room
    room.attention.markFront(front)
    if (front.kind === "camera")
      front.cameras = wall?.first ?? map.markers.numbered // the wall stays as it is
    else {
      wall?.markChosen(focus.number)
      wall?.setFirst(front.cameras)?.catch(room.cameras.handleSilence)
    }
    map?.showFront(front, same)
    if (same) return otherScreen.send("same", { number: focus.number, held: focus.held })
    if (followed !== focus.wanted) otherScreen.send("front", message())
    followed = ""
    const view = screen ? { screen } : {}
    const query = new URLSearchParams(front.kind === "incident" ? { ...view, incident: front.key } : view).toString()
    history.replaceState(null, "", query ? `?${query}` : location.pathname)
  }

  // Whether a person does something here that must not be taken away.
  const isBusy = () => room.focus.isBusy || Boolean(document.querySelector("dialog[open]"))

  function announce(item) {
    newest = item
    room.speaker.say(interpolate(gettext("New incident: %s, %s"), [inLanguage(item.category), inLanguage(item.area)]))
    bringNewest()
  }

  function bringNewest() {
    if (!newest) return
    const wait = changedAt + DWELL_MS - performance.now()
    if (isBusy() || otherScreen.isBusy) {
      bar.hidden = false
      bar.dataset.incident = newest.reference
      bar.querySelector(".what").textContent = `${inLanguage(newest.category)}, ${inLanguage(newest.area)}`
    } else if (wait <= 0) {
      const { reference } = newest
      newest = undefined
      changedAt = performance.now()
      bar.hidden = true
      room.focus.open("incident", reference).catch(reportFailure)
    }
  }

  bar.addEventListener("click", () => {
    newest = undefined
    open("incident", bar.dataset.incident)
    room.focus.box.focus({ preventScroll: true })
  })
  document.addEventListener("click", (event) => {
    const row = event.target.closest("a[data-incident]")
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open("incident", row.dataset.incident)
  })

  return {
    open,
    show,
    announce,
    bringNewest,
    isBusy,
    reportFailure,
    otherScreen,
    chooseCamera: (number) => room.focus.chooseCamera(number) && show(room.focus.front, true),
  }
}
