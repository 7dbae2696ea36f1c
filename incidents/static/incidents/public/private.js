// The private page of a report: before over after, and its place corrected on the map.

import { Failed, request } from "../../look/request.js"
import { devicePosition } from "./device-position.js"
import { pinMap } from "./pin.js"
import { zoomOfDevice } from "./report/rules.js"
import { compare } from "./ward/compare.js"

const PREVIEW_AFTER_MS = 400 // after the pin has come to rest
const ZOOM = 17

function comparePairs() {
  for (const pair of document.querySelectorAll("[data-compare]:not(.compare)")) compare(pair)
}

comparePairs()
document.addEventListener("refreshed", comparePairs)

// ---- the same map becomes one on which the pin is moved, and says what that changes

const correction = document.getElementById("move")
if (correction && !correction.querySelector("[aria-invalid]")) prepare(correction)

function prepare(details) {
  const spot = document.getElementById("place")
  const still = document.getElementById("place-map")
  const words = document.getElementById("move-said")
  const form = details.querySelector("form")
  const cancel = form.querySelector("[data-cancel]")
  const stand = document.getElementById("stand")
  const { lon, lat } = still.dataset
  let moving = null // the element of the map on which the pin is moved
  let pin
  let timer
  let pending

  details.addEventListener("toggle", () => (details.open ? begin() : end()))
  cancel.addEventListener("click", () => {
    details.open = false
    details.querySelector("summary").focus()
  })
  stand.addEventListener("click", goToDevice)

  function begin() {
    if (moving) return
    moving = still.cloneNode(false)
    moving.id = "pin-map"
    moving.tabIndex = 0
    moving.setAttribute("aria-label", gettext("Drag the map to move the pin, or use the arrow keys."))
    moving.classList.add("moves")
    still.after(moving)
    still.hidden = true
    show(true)
    pin = pinMap(moving, moved)
    pin.move({ lon: Number(lon), lat: Number(lat), zoom: ZOOM })
    moving.focus({ preventScroll: true })
    moving.scrollIntoView({ block: "nearest" })
  }

  function end() {
    clearTimeout(timer)
    pending?.abort()
    moving?.remove()
    moving = null
    still.hidden = false
    form.elements.lon.value = form.elements.lat.value = ""
    show(false)
  }

  function show(isMoving) {
    spot.querySelector("[data-editing]").hidden = !isMoving
    details.classList.toggle("editing", isMoving)
    words.hidden = cancel.hidden = stand.hidden = !isMoving
    words.textContent = ""
    for (const field of form.querySelectorAll("[data-in-words]")) field.hidden = isMoving
  }

  async function goToDevice() {
    const map = moving
    clearTimeout(timer)
    pending?.abort()
    words.textContent = gettext("Finding your location …")
    stand.setAttribute("aria-busy", "true")
    try {
      const { longitude: lon, latitude: lat, accuracy } = await devicePosition()
      if (moving && moving === map) pin.move({ lon, lat, accuracy, zoom: zoomOfDevice(accuracy) })
    } catch {
      if (moving && moving === map) words.textContent = gettext("Your device does not share its location. Drag the map to the right place.")
    }
    stand.removeAttribute("aria-busy")
  }

  function moved(place) {
    form.elements.lon.value = place.lon.toFixed(7)
    form.elements.lat.value = place.lat.toFixed(7)
    clearTimeout(timer)
    timer = setTimeout(preview, PREVIEW_AFTER_MS)
  }

  async function preview() {
    pending?.abort()
    pending = new AbortController()
    const { lon, lat } = form.elements
    try {
      const answer = await request(`${spot.dataset.preview}?lon=${lon.value}&lat=${lat.value}`, { signal: pending.signal })
      words.replaceChildren(Object.assign(document.createElement("b"), { textContent: answer.where }), ` ${answer.said}`)
    } catch (error) {
      if (error.name === "AbortError") return
      if (!(error instanceof Failed)) throw error
      words.textContent = error.message
    }
  }
}
