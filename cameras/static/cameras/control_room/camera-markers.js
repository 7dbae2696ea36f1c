// Draws the cameras on the map of the room: dots from zoom 14, squares with an icon from 16; those of what is in front carry its numbers.
// Only what is in view is drawn. Screen readers and keyboards have the wall, so these are out of their way.

import { request } from "../../look/request.js"

const DOTS = 14
const SQUARES = 16
const MOST_VIEWS = 100 // as many as are answered at once

export class CameraMarkers {
  // `map` is Leaflet's; `open(code)` is called when a camera is pressed.
  constructor(map, open) {
    Object.assign(this, { map, open })
    this.icons = map.getContainer().dataset.icons
    this.sectors = new Map() // code → what it sees, drawn
    this.renderer = L.svg({ pane: "doubt", padding: 0.5 })
    this.cameras = []
    this.troubles = {}
    this.numbered = []
    this.drawn = new Map() // code → { marker, look }
    map.createPane("cameras").style.zIndex = 590
    map.on("moveend zoomend viewreset", () => {
      this.draw()
      if (this.allViews) this.showViews()
    })
  }

  setCameras({ cameras }) {
    this.cameras = cameras.map(([code, name, lon, lat]) => ({ code, name, at: L.latLng(lat, lon) }))
    this.draw()
  }

  setTroubles(codes) {
    this.troubles = codes
    this.draw()
  }

  // These carry numbers; `chosen` is the one that a person looks at.
  setNumbered(codes, chosen) {
    this.numbered = codes
    this.chosen = chosen
    this.draw()
    this.showViews()
  }

  // Whether fields of view are drawn of every camera that stands as a square, and not of the numbered ones only.
  setAllViews(on) {
    this.allViews = on
    this.showViews()
  }

  showViews() {
    const wanted = new Set(this.chosen ? [this.chosen] : this.numbered)
    if (this.allViews && this.map.getZoom() >= SQUARES) for (const code of [...this.drawn.keys()].slice(0, MOST_VIEWS)) wanted.add(code)
    this.showSectors([...wanted])
  }

  // What these see, and no others: drawn at its true angle and reach.
  async showSectors(codes) {
    const wanted = codes.join()
    if (this.seeing === wanted) return
    this.seeing = wanted
    this.removeSectors(({ code }) => !codes.includes(code))
    const lacking = codes.filter((code) => !this.sectors.has(code))
    if (!lacking.length) return
    const query = new URLSearchParams(lacking.map((code) => ["code", code]))
    const views = await request(`/control/views/?${query}`).catch(() => ({ features: [] })) // the map is right without
    if (this.seeing !== wanted) return
    for (const feature of views.features) {
      const shape = L.geoJSON(feature, {
        pane: "doubt",
        renderer: this.renderer,
        interactive: false,
        style: { className: feature.properties.verified ? "cone" : "cone guessed" },
      })
      this.sectors.set(feature.properties.code, shape.addTo(this.map))
    }
  }

  removeSectors(away) {
    for (const [code, shape] of this.sectors)
      if (away({ code })) {
        shape.remove()
        this.sectors.delete(code)
      }
  }

  placesOf(codes) {
    return this.cameras.filter(({ code }) => codes.includes(code)).map(({ at }) => at)
  }

  draw() {
    const zoom = this.map.getZoom()
    const view = this.map.getBounds().pad(0.1)
    const wanted = new Map()
    for (const camera of this.cameras) {
      const number = this.numbered.indexOf(camera.code) + 1
      if ((number || camera.code === this.chosen || zoom >= DOTS) && view.contains(camera.at))
        wanted.set(camera.code, { camera, look: this.lookOf(camera, number, zoom) })
    }
    for (const [code, { marker }] of this.drawn)
      if (!wanted.has(code)) {
        marker.remove()
        this.drawn.delete(code)
      }
    for (const [code, { camera, look }] of wanted) {
      const drawn = this.drawn.get(code)
      if (drawn?.look === look) continue
      drawn?.marker.remove()
      this.drawn.set(code, { marker: this.marker(camera, look), look })
    }
  }

  lookOf({ code }, number, zoom) {
    const off = code in this.troubles ? " off" : ""
    if (number) return `marked ${number}`
    if (code === this.chosen) return `marked${off}`
    return zoom >= SQUARES ? `square${off}` : `tiny-eye${off}`
  }

  marker({ code, name, at }, look) {
    const [kind, number] = look.split(" ")
    const sign = Number(number)
      ? number
      : kind === "tiny-eye"
        ? ""
        : `<svg class="icon" aria-hidden="true"><use href="${this.icons}#i-camera"/></svg>`
    const button = document.createElement("button")
    button.type = "button"
    button.className = `eye ${look.replace("square", "")}`
    button.tabIndex = -1
    button.title = name
    button.setAttribute("aria-label", `${gettext("Camera")} ${name}`)
    button.innerHTML = sign
    const marker = L.marker(at, {
      pane: "cameras",
      keyboard: false,
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: button }),
      zIndexOffset: kind === "marked" ? 1000 : 0,
    })
    marker.on("click", () => this.open(code))
    marker.addTo(this.map)
    return marker
  }
}
