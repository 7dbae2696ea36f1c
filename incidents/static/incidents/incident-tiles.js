// The incidents in view from /tiles/incidents/, fetched as the map moves; overlapping clusters are merged.
//
//   const tiles = incidentTiles(map, layer, address, { atMost })   `layer` from map/pins.js, `address` with {z} {x} {y};
//                                  `atMost`: pins in view before they are put together
//   tiles.setFilters(parameters)   loads anew with these URLSearchParams of the tiles' filters
//   tiles.refresh()                asks again for what is in view
//   tiles.uncover()                asks for what has come into view without a move of the map
//   tiles.showFirst(items)         shows these, which the page brought with it, until the first tiles have come
//   tiles.hide(yes)                asks for nothing and shows only what is chosen, or shows all again
//   tiles.keepPin(item)            shows this incident as a pin of its own for six seconds, whatever the tiles say

import { clusterOverlaps, MIN_DISTANCE } from "../map/clusters.js"

export const SIZE = 512 // pixels of a tile on the screen; its numbers are those of one zoom less
const ALONE_FROM = 17 // from this zoom on nothing is put together here
const KEPT_MS = 6000
const WIDEST = 480 // pixels between two pins that are put together, at most

// { z, x, y } of each tile that shows: not under what lies over the map.
export function tilesInView(map) {
  const zoom = map.getZoom()
  const { min, max } = map.getPixelBounds()
  max.y -= map.covered()
  const last = 2 ** (zoom - 1) - 1
  const names = []
  for (let x = Math.max(0, Math.floor(min.x / SIZE)); x <= Math.min(last, Math.floor(max.x / SIZE)); x++)
    for (let y = Math.max(0, Math.floor(min.y / SIZE)); y <= Math.min(last, Math.floor(max.y / SIZE)); y++)
      names.push({ z: zoom - 1, x, y })
  return names
}

export function incidentTiles(map, layer, address, { atMost = Infinity } = {}) {
  let parameters = ""
  let round = 0
  let tiles = new Map() // z/x/y → what the server said
  const pinned = new Map()
  let hidden = false
  let first = [] // what is shown while no tile has come

  async function load({ anew = false } = {}) {
    const mine = ++round
    if (hidden) return
    const wanted = tilesInView(map)
    const known = tiles
    const key = ({ z, x, y }) => `${z}/${x}/${y}`
    const answers = await Promise.all(
      wanted.map(async (name) => {
        if (!anew && known.has(key(name))) return known.get(key(name))
        try {
          const answer = await fetch(`${L.Util.template(address, name)}?${parameters}`, {
            cache: anew ? "no-cache" : "default",
            priority: "high",
          })
          return answer.ok ? await answer.json() : known.get(key(name))
        } catch {
          return known.get(key(name)) // no connection: what was there stays
        }
      }),
    )
    if (mine !== round) return
    tiles = new Map(wanted.map((name, i) => [key(name), answers[i]]).filter(([, answer]) => answer))
    show()
  }

  function show() {
    const items = hidden ? [] : tiles.size ? [...tiles.values()].flatMap(({ incidents, clusters }) => [...clusters, ...incidents]) : first
    const alone = new Set([...pinned.keys(), layer.chosen])
    const own = items.filter(({ reference }) => reference && alone.has(reference))
    const missing = [...pinned.values()].filter(({ reference }) => !own.some((item) => item.reference === reference))
    const rest = items.filter(({ reference }) => !reference || !alone.has(reference))
    layer.show([...putTogether(rest), ...own, ...missing])
  }

  function putTogether(items) {
    let shown = map.getZoom() < ALONE_FROM ? clusterOverlaps(map, items) : items
    if (map.getZoom() === map.getMaxZoom()) return shown
    for (let apart = 2 * MIN_DISTANCE; apart <= WIDEST && pinsInView(shown) > atMost; apart *= 2) shown = clusterOverlaps(map, shown, apart)
    return shown
  }

  function pinsInView(items) {
    const box = map.getBounds()
    return items.filter(({ n, lat, lon }) => !n && box.contains([lat, lon])).length
  }

  map.on("moveend", () => load())
  return {
    setFilters(wanted) {
      first = []
      parameters = String(wanted)
      tiles = new Map()
      return load()
    },
    refresh: () => load({ anew: true }),
    uncover: () => load(),
    showFirst(items) {
      first = items
      show()
    },
    show,
    hide(yes) {
      if (hidden === yes) return
      hidden = yes
      tiles = new Map()
      first = []
      show()
      return load()
    },
    keepPin(item) {
      pinned.set(item.reference, item)
      setTimeout(() => pinned.get(item.reference) === item && pinned.delete(item.reference), KEPT_MS)
    },
  }
}
