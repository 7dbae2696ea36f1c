// The map of the control room: the incidents that this person may read, the cameras, and what is in front.

import { cityMap, litWard } from "../../map/city-map.js"
import { pins } from "../../map/pins.js"
import { request } from "../../look/request.js"
import { CameraMarkers } from "./camera-markers.js"

const SIDE = 512 // pixels of a tile: it is one zoom coarser than the map
const REST = 200 // milliseconds after the last movement
const AGAIN = 15_000 // between two readings of the same view
const PIN = 48 // pixels, of one that is chosen
const CLOSE = 15 // from here on an incident's cameras can be told apart
const DISTRICT = 13 // on which the room opens: what else there is stands around it, in clusters

export class RoomMap {
  // `open(kind, key)` is what a person presses: an incident, a camera, or an empty place.
  constructor(element, open) {
    this.map = cityMap(element, { tools: ["zoom"] })
    this.tiles = element.dataset.incidents
    this.pins = pins(this.map, { choose: ({ reference }) => open("incident", reference) })
    this.markers = new CameraMarkers(this.map, (code) => open("camera", code))
    this.map.on("click", ({ latlng }) => open("place", latlng))
    // By keyboard: the place in the middle, which a cross marks while the map has the focus.
    const box = this.map.getContainer()
    box.addEventListener("keydown", ({ key, target }) => key === "Enter" && target === box && open("place", this.map.getCenter()))
    this.map.on("moveend", () => this.readSoon(REST))
    this.readSoon(0)
  }

  focus() {
    this.map.getContainer().focus()
  }

  // Read what is in view, now or soon; and again from time to time, for states change without a word.
  readSoon(wait) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.readTiles(), wait)
  }

  async readTiles() {
    clearTimeout(this.timer)
    this.reading?.abort()
    const { signal } = (this.reading = new AbortController())
    try {
      const only = this.narrowed ? `?${this.narrowed}` : ""
      const answers = await Promise.all(this.inView().map((address) => request(address + only, { signal })))
      if (!signal.aborted) this.pins.show(answers.flatMap(({ incidents, clusters }) => [...incidents, ...clusters]))
    } catch (error) {
      if (error.name === "AbortError") return // the map moved on
    }
    this.timer = setTimeout(() => this.readTiles(), AGAIN)
  }

  inView() {
    const zoom = this.map.getZoom() - 1
    const { min, max } = this.map.getPixelBounds()
    const last = 2 ** zoom - 1
    const addresses = []
    for (let x = Math.floor(min.x / SIDE); x <= Math.floor(max.x / SIDE); x += 1)
      for (let y = Math.floor(min.y / SIDE); y <= Math.floor(max.y / SIDE); y += 1)
        if (y >= 0 && y <= last)
          addresses.push(
            this.tiles
              .replace("{z}", zoom)
              .replace("{x}", ((x % (last + 1)) + last + 1) % (last + 1))
              .replace("{y}", y),
          )
    return addresses
  }

  // Something changed: its pin follows at once, the clusters with the next reading.
  showNews(item) {
    const near = this.map.getBounds().contains([item.lat, item.lon])
    if (near) this.pins.put(item)
    if (near && item.kind === "received") this.pins.fresh(item.reference)
    if (near) this.readSoon(2000)
  }

  // What is in front stands out, with its cameras and its ward; the map moves only where it cannot be seen.
  showFront({ kind, key, lon, lat, cameras, ward, item }, same) {
    this.markers.setNumbered(cameras, kind === "camera" ? key : null)
    if (kind === "nothing") return this.pins.choose(null)
    if (kind === "incident") this.pins.choose(key, item)
    else if (!same) this.pins.choose(null)
    this.markPlace(kind === "place" ? [lat, lon] : null)
    if (same) return
    litWard(this.map, ward ?? null).catch(() => {})
    const at = L.latLng(lat, lon)
    if (kind === "incident" && !this.shown) this.map.setView(at, DISTRICT, { animate: false })
    else if (!this.isInSight(at)) this.map.setView(at, Math.max(this.map.getZoom(), CLOSE), { animate: false })
    this.shown = true
  }

  // Whether a pin at this place is seen whole: not cut by an edge, and not under the button of the layers.
  isInSight(at) {
    const { x, y } = this.map.latLngToContainerPoint(at)
    const { x: width, y: height } = this.map.getSize()
    return x > PIN / 2 && x < width - PIN / 2 && y > 2 * PIN && y < height - PIN / 2
  }

  // Only incidents of this field and area, as the list is narrowed: { field, area }.
  narrow(to) {
    this.narrowed = new URLSearchParams(to).toString()
    this.readSoon(0)
    this.map.fire("narrowed")
  }

  showPlace(lon, lat) {
    this.map.setView([lat, lon], Math.max(this.map.getZoom(), CLOSE), { animate: false })
  }

  // `bounds`: [west, south, east, north].
  showBounds([west, south, east, north]) {
    this.map.fitBounds(
      [
        [south, west],
        [north, east],
      ],
      { maxZoom: 16, animate: false },
    )
  }

  // Bursts as dashed areas; the one whose lines are open stands out.
  showBursts(bursts) {
    const drawn = JSON.stringify(bursts)
    if (this.bursts === drawn) return
    this.bursts = drawn
    this.outlines ??= L.layerGroup().addTo(this.map)
    this.outlines.clearLayers()
    for (const { outline, open } of bursts)
      L.geoJSON(outline, {
        pane: "doubt",
        interactive: false,
        style: { className: open ? "burst-area open" : "burst-area" },
        pointToLayer: (_feature, at) => L.circleMarker(at, { className: "burst-area" }),
      }).addTo(this.outlines)
  }

  markPlace(place) {
    this.mark?.remove()
    this.mark =
      place &&
      L.marker(place, {
        keyboard: false,
        interactive: false,
        icon: L.divIcon({ className: "", iconSize: [0, 0], html: '<span class="here"></span>' }),
      }).addTo(this.map)
  }
}
