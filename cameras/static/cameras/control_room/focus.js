// The panel in front of the room: an incident with its cameras, one camera with its last pictures, or a place on the map.

import { paintCamera } from "../camera-picture.js"
import { isPressed, waitWhile } from "../../look/pressed.js"
import { replaceWhenIdle, replaceParts } from "../../look/renew.js"
import { request } from "../../look/request.js"

const PATHS = { incident: "/control/incident/", camera: "/control/camera/" }

export class Focus {
  // `changed(front)` is told what stands in front: { kind, key, lon, lat, cameras, number }.
  constructor(box, changed) {
    Object.assign(this, { box, changed })
    this.number = 1
    this.held = false
    box.addEventListener("click", (event) => this.handleClick(event))
    box.addEventListener("kept", () => this.refresh().catch(() => {}))
    box.addEventListener("keydown", (event) => this.handleKey(event))
    this.compareButton = document.getElementById("compare")
    this.compareButton.addEventListener("click", () => this.toggleComparing())
  }

  // What was kept beside the pictures of now, over the place of what is in front; or that again.
  toggleComparing(on = this.compareButton.getAttribute("aria-expanded") !== "true") {
    this.compareButton.setAttribute("aria-expanded", on)
    this.box.classList.toggle("comparing", on)
  }

  get panel() {
    return this.box.querySelector(".panel")
  }

  get codes() {
    return [...new Set([...this.box.querySelectorAll("[data-eye]")].map(({ dataset }) => dataset.eye))]
  }

  get isComing() {
    return "coming" in this.panel.dataset
  }

  // Whether a person is busy here, so that nothing may be put in its place.
  get isBusy() {
    if (this.held || isPressed(this.box)) return true
    return this.box.contains(document.activeElement) && document.activeElement.matches(":focus-visible")
  }

  // What the panel on the page says stands in front.
  readPanel() {
    const { kind, key, lon, lat, ward, item } = this.panel.dataset
    const cameras = kind === "camera" ? [key] : [...this.box.querySelectorAll(".film.cameras [data-eye]")].map(({ dataset }) => dataset.eye)
    const same = this.front?.kind === kind && this.front?.key === key
    this.wanted = frontName({ kind, key })
    this.front = { kind, key, lon: Number(lon), lat: Number(lat), cameras, ward, item: item && JSON.parse(item) }
    if (kind === "incident") this.last = key
    if (kind === "nothing") this.quiet = this.box.innerHTML
    document.getElementById("compare-says").textContent = this.panel.dataset.compare ?? ""
    this.chooseCamera(same && this.number <= this.front.cameras.length ? this.number : 1)
    this.labelHoldButton()
    this.changed(this.front, same)
  }

  // Put something in front. `hold`: a person chose it, so the next incident does not take its place.
  async open(kind, key, { hold = false } = {}) {
    const address = kind === "place" ? `/control/place/?lon=${key.lng}&lat=${key.lat}` : `${PATHS[kind]}${encodeURIComponent(key)}/`
    const now = (this.opening = {})
    this.wanted = frontName({ kind, key })
    const page = await request(address).catch((error) => {
      this.wanted = frontName(this.front)
      throw error
    })
    await waitWhile(() => isPressed(this.box))
    if (this.opening !== now) return
    this.held = hold
    this.replacePanel(page)
  }

  // The same again, with what changed meanwhile; what a person has opened stays open.
  async refresh() {
    const { kind, key } = this.front
    const isPast = () => Boolean(this.box.querySelector("[data-past]")) // also a stream
    if (kind === "nothing" || kind === "place" || isPast()) return
    const now = (this.opening = {})
    const page = document.createElement("template")
    page.innerHTML = await request(`${PATHS[kind]}${encodeURIComponent(key)}/`)
    if (await replaceWhenIdle(this.box, page.content, () => this.opening === now && !isPast())) this.readPanel()
  }

  replacePanel(page) {
    const active = this.box.contains(document.activeElement) ? document.activeElement.id : null
    for (const img of this.box.querySelectorAll("[data-past] img")) img.removeAttribute("src") // a stream goes on otherwise
    const fresh = document.createElement("template")
    fresh.innerHTML = page
    replaceParts(this.box, fresh.content)
    this.readPanel()
    if (active) (document.getElementById(active) ?? this.box).focus({ preventScroll: true })
  }

  back() {
    if (this.box.classList.contains("comparing")) return this.toggleComparing(false)
    this.held = false
    if (this.front.kind !== "incident" && this.last) this.open("incident", this.last)
    else if (this.front.kind !== "nothing" && !this.last) this.showNothing()
    else this.labelHoldButton()
  }

  // Nothing in front, as before the first incident.
  showNothing() {
    this.opening = {}
    this.rested = true
    this.replacePanel(this.quiet)
  }

  // Hold what is in front, so that nothing comes there by itself.
  setHeld(on) {
    this.held = on
    this.labelHoldButton()
  }

  // Show camera 1–4 of what is in front.
  chooseCamera(number) {
    const chosen = this.box.querySelector(`.sight[data-number="${number}"]`)
    if (!chosen) return false
    this.number = number
    for (const sight of this.box.querySelectorAll(".sight")) sight.hidden = sight !== chosen
    for (const button of this.box.querySelectorAll(".film [data-number]"))
      button.setAttribute("aria-pressed", Number(button.dataset.number) === number)
    return true
  }

  showTiles(tiles) {
    for (const eye of this.box.querySelectorAll("[data-eye]:not([data-past])"))
      if (tiles[eye.dataset.eye]) paintCamera(eye, tiles[eye.dataset.eye])
    const health = this.box.querySelector("[data-eye-says]")
    const tile = health && tiles[health.dataset.eyeSays]
    if (!tile) return
    health.dataset.health = tile.health
    if (tile.label) health.querySelector(".label").textContent = tile.label
    health.querySelector(".since").textContent = tile.since
  }

  labelHoldButton() {
    const button = this.box.querySelector("#hold")
    if (!button) return
    button.setAttribute("aria-pressed", this.held)
    button.querySelector("span").textContent = this.held ? gettext("Held") : gettext("Hold")
  }

  handleClick({ target }) {
    const button = target.closest("button, a[data-incident]")
    if (!button) return
    if (button.id === "hold") {
      this.setHeld(!this.held)
      this.changed(this.front, true)
    } else if (button.id === "live-picture") this.toggleStream(button)
    else if (button.id === "back") this.back()
    else if (button.dataset.number) {
      this.chooseCamera(Number(button.dataset.number))
      this.changed(this.front, true)
    } else if ("frame" in button.dataset) this.showPast(button)
  }

  handleKey(event) {
    const { key, target } = event
    if (key === "Escape") return this.back()
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !target.matches("input, textarea, select")
    if (key.toLowerCase() === "c" && plain && document.getElementById("keys").checked) return this.toggleComparing()
    if (/^[1-4]$/.test(key) && target.closest(".film")) {
      if (this.chooseCamera(Number(key))) this.changed(this.front, true)
      return
    }
    // The last hour is walked picture by picture.
    const hour = target.closest(".film.hour")
    if (!hour) return
    const all = [...hour.querySelectorAll("button")]
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -all.length, End: all.length }
    if (!(key in steps)) return
    event.preventDefault()
    const next = all[Math.min(Math.max(all.indexOf(target) + steps[key], 0), all.length - 1)]
    next.focus()
    this.showPast(next)
  }

  // The stream of the camera in the place of its picture, or its picture again.
  toggleStream(button) {
    const on = button.getAttribute("aria-pressed") !== "true"
    this.showPast(this.box.querySelector(".film.hour [data-frame='']"), on ? button.dataset.live : "")
    button.setAttribute("aria-pressed", on)
  }

  // A picture of the ring is not of now: it says its time, and the pictures of now wait until "now" is chosen again.
  showPast(button, live = "") {
    const large = this.box.querySelector(".frame.large")
    const { frame = "", taken: pictureTime = "" } = button?.dataset ?? {}
    for (const other of this.box.querySelectorAll(".film.hour button")) {
      other.setAttribute("aria-pressed", other === button)
      other.tabIndex = other === button ? 0 : -1
    }
    this.box.querySelector("#live-picture")?.setAttribute("aria-pressed", false)
    const tag = large.querySelector(".tag")
    tag.dataset.now ??= tag.textContent
    let img = large.querySelector("img")
    if (!frame && !live) {
      // Else a stream would go on behind the panel that takes its place.
      img?.removeAttribute("src")
      delete large.dataset.past
      delete large.dataset.code // so that the picture of now is put in anew
      tag.textContent = tag.dataset.now
      this.refresh().catch(() => {})
      return
    }
    large.dataset.past = pictureTime
    large.dataset.health = live ? "live" : "past"
    large.querySelector(".say").hidden = true
    large.querySelector(".taken").textContent = pictureTime
    tag.textContent = live ? gettext("Live stream") : interpolate(gettext("at %s, not live"), [pictureTime])
    if (!img) large.prepend((img = new Image(640, 360)))
    // A stream that breaks off never stays as if it were of now.
    img.onerror = () => live && img.isConnected && this.showPast(button)
    img.src = live || frame
    img.alt = live ? gettext("Live stream") : button.getAttribute("aria-label")
  }
}

const frontName = ({ kind, key }) => `${kind} ${kind === "place" && typeof key === "object" ? `${key.lng},${key.lat}` : key}`
