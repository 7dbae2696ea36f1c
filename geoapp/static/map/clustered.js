// The pins of a list on a map: what would lie on one another is a cluster. A press zooms in to it; where no zoom parts its
// pins, they unfold around their place, each at the end of a line, until the map is pressed or zoomed.
//
//   const layer = clusteredPins(map, { choose })   as `pins` of map/pins.js, for all the items of a list at once
//   layer.show(items) · layer.choose(reference) · layer.get(reference) · layer.fresh(reference)

import { clusterOverlaps, MIN_DISTANCE } from "./clusters.js"
import { pins } from "./pins.js"

const COVERED = 40 // pixels to each side of the chosen pin's tip, and half of those above it, that it covers
const APART = 46 // pixels between two pins that are unfolded
const FIRST_RING = 52 // pixels from the place to the first of them

export function clusteredPins(map, { choose }) {
  const layer = pins(map, { choose, open: unfold })
  const lines = L.layerGroup().addTo(map)
  let items = []
  let chosen = null
  let unfolded = [] // references

  function draw() {
    const apart = items.filter(({ reference }) => unfolded.includes(reference))
    const alone = items.filter(({ reference }) => reference === chosen && !unfolded.includes(reference))
    const rest = items.filter((item) => !apart.includes(item) && !alone.includes(item))
    lines.clearLayers()
    const shown = clusterOverlaps(map, rest).map((item) => (alone.length && item.n ? besidePin(item, alone[0]) : item))
    layer.show([...shown, ...alone, ...apart.map(placeAround)])
  }

  // A cluster where the chosen pin stands lies below it, so that both can be pressed.
  function besidePin(cluster, pin) {
    const at = map.project([cluster.lat, cluster.lon])
    const tip = map.project([pin.lat, pin.lon])
    if (Math.abs(at.x - tip.x) > COVERED || at.y > tip.y + MIN_DISTANCE || at.y < tip.y - 2 * COVERED) return cluster
    const { lat, lng } = map.unproject([at.x, tip.y + MIN_DISTANCE])
    return { ...cluster, lat, lon: lng }
  }

  // Rings around the place, each with as many pins as have room on it.
  function placeAround(item, number) {
    let [ring, before, room] = [0, 0, 0]
    for (; ; ring++) {
      room = Math.floor((2 * Math.PI * (FIRST_RING + ring * APART)) / APART)
      if (number < before + room) break
      before += room
    }
    const onRing = Math.min(room, unfolded.length - before)
    const angle = (2 * Math.PI * (number - before)) / onRing - Math.PI / 2
    const radius = FIRST_RING + ring * APART
    const from = map.project([item.lat, item.lon])
    const to = map.unproject(from.add([radius * Math.cos(angle), radius * Math.sin(angle)]))
    L.polyline([[item.lat, item.lon], to], { className: "leg", interactive: false }).addTo(lines)
    return { ...item, lon: to.lng, lat: to.lat }
  }

  function unfold({ members, bounds }) {
    const [west, south, east, north] = bounds
    const top = map.getMaxZoom()
    const wide = map.project([south, west], top).distanceTo(map.project([north, east], top))
    if (wide >= MIN_DISTANCE && map.getZoom() < top) return false
    unfolded = members.map(({ reference }) => reference)
    draw()
    return true
  }

  function fold() {
    if (!unfolded.length) return
    unfolded = []
    draw()
  }

  map.on("click", fold)
  map.on("zoomend", () => {
    unfolded = []
    draw()
  })
  return {
    fresh: layer.fresh,
    get: (reference) => items.find((item) => item.reference === reference) ?? null,
    show(shown) {
      items = shown
      draw()
    },
    choose(reference) {
      if (reference === chosen) return
      chosen = reference
      layer.choose(reference, items.find((item) => item.reference === reference) ?? null)
      draw()
    },
  }
}
