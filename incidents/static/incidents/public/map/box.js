// The box of the public map: its sentence becomes a card above the list, and the map goes where it names a place.
//
//   const box = createBox(page, field)   shows on the map what the card of the page names; `page.state.read` are its parameters
//   box.submit()          reads what stands in the field
//   box.restore(query)    shows the card of these parameters, or takes it away

import { request } from "../../../look/request.js"
import { doubtCircle, icon, litWard } from "../../../map/city-map.js"
import { watchDanger } from "../danger.js"
import { createGroups } from "./box-groups.js"

const CLOSEST_RADIUS = 15 // metres
const POSITION_OPTIONS = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 }
const byId = (name) => document.getElementById(name)

export function createBox(page, field) {
  const { map, sheet, state, list } = page
  const { form } = field
  const area = byId("read")
  const clear = form.querySelector(".clear")
  const styled = document.querySelector("link[data-card]") ? null : addStyles()
  let asking = null
  let lastSentence = state.read.get("q") ?? "" // the sentence of the card, or of the one that is on its way
  let marks = [] // of the place that the sentence names
  const groups = createGroups(page, field, { read: readOption })

  // Settled once the styles of cards are there, or cannot be had.
  function addStyles() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: field.dataset.card })
    link.dataset.card = ""
    document.head.append(link)
    return new Promise((settle) => ["load", "error"].forEach((name) => link.addEventListener(name, settle)))
  }

  // `typed`: somebody is still typing; neither the box nor the focus changes.
  async function read(query, { remember = true, focus = true, typed = false } = {}) {
    groups.close()
    asking?.abort()
    asking = new AbortController()
    lastSentence = query.get("q")
    const { signal } = asking
    form.setAttribute("aria-busy", "true")
    try {
      const [html] = await Promise.all([request(`${field.dataset.box}?${query}`, { signal }), styled])
      if (signal.aborted) return
      area.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes)
    } catch (error) {
      if (asking?.signal === signal) lastSentence = state.read.get("q") ?? ""
      if (error.name !== "AbortError") form.querySelector("[data-says]").textContent = error.message
      return
    } finally {
      if (asking?.signal === signal) form.removeAttribute("aria-busy")
    }
    state.read = query
    if (!typed) field.value = query.get("q") ?? ""
    show({ focus: focus && !typed })
    if (remember && !typed) page.rememberView("pushState")
  }

  // An incident is chosen on the map, too.
  async function readOption(query, option) {
    await read(query)
    if (option.dataset.reference) page.chooseIncident(option.dataset.reference, { from: "box", row: option })
  }

  function show({ focus = false } = {}) {
    const card = area.firstElementChild
    page.main.classList.toggle("reads", Boolean(card))
    clear.hidden = !card && !field.value
    byId("examples")?.toggleAttribute("hidden", Boolean(card))
    for (const mark of marks) mark.remove()
    marks = []
    if (!card) return
    page.looks.leave()
    list.scrollTop = 0
    for (const place of card.querySelectorAll("[data-here]")) place.hidden = !("geolocation" in navigator)
    if (card.dataset.lon) goToPlace(card.dataset)
    sheet.moveTo(card.dataset.intent === "place" ? "half" : "full")
    if (focus) card.focus({ preventScroll: true })
  }

  function empty({ remember = true } = {}) {
    field.value = ""
    takeAway()
    sheet.moveTo("half")
    if (!state.wanted.get("area")) litWard(map, null)
    if (remember) page.rememberView("pushState")
  }

  function goToPlace({ lon, lat, bounds, accuracy, area: code, ward }) {
    const at = [Number(lon), Number(lat)]
    const [west, south, east, north] = bounds.split(",").map(Number)
    const covered = sheet.coveredHeight()
    if (ward === undefined) {
      marks = [doubtCircle(map, at, Math.max(Number(accuracy), CLOSEST_RADIUS)), placeMark(at)]
      for (const mark of marks) mark.addTo(map)
    }
    map.fitBounds(
      [
        [south, west],
        [north, east],
      ],
      { maxZoom: 17, paddingTopLeft: [24, covered ? 130 : 24], paddingBottomRight: [24, covered + 24] },
    )
    if (code && !state.wanted.get("area")) litWard(map, code)
  }

  function placeMark([lon, lat]) {
    const pin = Object.assign(document.createElement("span"), { className: "pin place" })
    pin.append(icon(map, "p-round"), icon(map, "i-pin"))
    pin.firstChild.setAttribute("class", "body")
    return L.marker([lat, lon], { icon: L.divIcon({ className: "", iconSize: [0, 0], html: pin }), interactive: false, keyboard: false })
  }

  // The device's place: as the place of a report, or as that which is read aloud.
  function useOwnPlace(button) {
    button.setAttribute("aria-busy", "true")
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const { longitude, latitude, accuracy } = coords
        const query = new URLSearchParams(button.dataset.hereQuery ?? button.dataset.nearQuery)
        const [lon, lat] = [longitude.toFixed(6), latitude.toFixed(6)]
        if (button.dataset.hereQuery) query.set("place", `${lon},${lat}`)
        query.set("lon", lon)
        query.set("lat", lat)
        query.set("accuracy", Math.round(accuracy))
        read(query)
      },
      () => {
        button.removeAttribute("aria-busy")
        form.querySelector("[data-says]").textContent = gettext("This device does not share its location.")
      },
      POSITION_OPTIONS,
    )
  }

  function submit() {
    groups.close()
    const q = field.value.trim()
    return q ? read(new URLSearchParams({ q })) : empty()
  }

  field.addEventListener("input", () => (clear.hidden = !field.value))
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.read.get("q")) empty()
  })
  clear.addEventListener("click", (event) => {
    event.preventDefault()
    empty()
    field.focus()
  })
  area.addEventListener("click", (event) => {
    const own = event.target.closest("[data-here-query], [data-near-query]")
    if (own) return useOwnPlace(own)
    const link = event.target.closest("a[data-reads]")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    read(new URLSearchParams(new URL(link.href).search))
  })
  // Who types of danger need not press a key for the numbers to call.
  watchDanger(field, field.dataset.danger, (numbers) => {
    const q = field.value.trim()
    if (q === lastSentence) return
    if (numbers.length) read(new URLSearchParams({ q }), { typed: true })
    else if (area.firstElementChild?.dataset.intent === "danger") takeAway()
  })

  function takeAway() {
    groups.close()
    asking?.abort()
    lastSentence = ""
    area.replaceChildren()
    state.read = new URLSearchParams()
    show()
  }

  show()
  clear.hidden = !field.value
  return {
    submit,
    restore: (query) => (query.get("q") ? read(query, { remember: false, focus: false }) : empty({ remember: false })),
  }
}
