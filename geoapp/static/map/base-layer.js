// Draws the base layer of the map on canvas from /tiles/areas/: land, green, water, rails, streets, buildings, dashed ward
// borders.
//
//   baseLayer(map, { tiles, raster })   `tiles` an address with {z} {x} {y}; with `raster` only the ward lines are drawn.
//                                    What `map.covered()` pixels lie over is fetched when they no longer do: layer.uncover().
//   shownTiles(layer)               what is shown: [{ x, y, data }], x and y in pixels of the world at this zoom.

import { SIZE, UNITS, linesIn } from "./tile-lines.js"

// Width in pixels of a street by its rank (1 motorway … 5 residential, 6 what leads to houses), at the zooms 8 … 19.
const SHADE_ALPHA = 0.55 // streets and names stay legible below and above
const HATCH_PX = 8 // between two lines; a tile is a multiple of it
const WIDTHS = {
  1: [0.8, 1, 1.4, 1.8, 2.4, 3.2, 4.5, 6.5, 9.5, 13, 18, 24],
  2: [0, 0, 0.9, 1.3, 1.9, 2.6, 4, 5.8, 8.5, 12, 17, 23],
  3: [0, 0, 0, 0.9, 1.3, 2, 3.2, 5, 7.5, 11, 16, 22],
  4: [0, 0, 0, 0, 0.9, 1.5, 2.6, 4.2, 6.5, 10, 15, 20],
  5: [0, 0, 0, 0, 0, 0, 1.3, 2.6, 5, 8.5, 13, 18],
  6: [0, 0, 0, 0, 0, 0, 0, 1, 2.4, 4.6, 8, 12],
}
// And of rivers that have no banks here, canals, streams.
const WATERS = {
  1: [1, 1.2, 1.6, 2, 2.2, 2.6, 3, 3.4, 4, 4, 4, 4],
  2: [0, 0, 0, 0, 1, 1.4, 1.8, 2.4, 3, 3.5, 4, 4],
  3: [0, 0, 0, 0, 0, 0, 0.8, 1.2, 1.6, 2, 2.5, 3],
}
const CASED_FROM = { 1: 11, 2: 12, 3: 13, 4: 14, 5: 15, 6: 16 }
const FERRY = 7
const [RAIL, SIDING, BEING_BUILT] = [1, 3, 4]

const width = (widths, rank, zoom) => widths[rank][Math.min(Math.max(zoom, 8), 19) - 8]

const Ground = L.GridLayer.extend({
  options: { tileSize: SIZE, keepBuffer: 1, updateWhenZooming: false, className: "ground-tiles" },

  createTile(coords, done) {
    const canvas = document.createElement("canvas")
    const patience = new AbortController()
    canvas.forget = () => patience.abort()
    const address = L.Util.template(this.options.tiles, { z: coords.z - 1, x: coords.x, y: coords.y })
    // Without cookies, so that the browser caches the answer: it is the same for everybody.
    fetch(address, { signal: patience.signal, credentials: "omit", priority: "low" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
      .then((data) => {
        canvas.ground = cornersOf(data)
        this.draw(canvas, coords.z)
        done(null, canvas)
        this.fire("drawn")
      })
      .catch((error) => error.name !== "AbortError" && done(error, canvas))
    return canvas
  },

  onAdd(map) {
    this.colours = coloursOf(map.getContainer())
    this.on("tileunload", ({ tile }) => tile.forget?.())
    L.GridLayer.prototype.onAdd.call(this, map)
  },

  _getTiledPixelBounds(centre) {
    const bounds = L.GridLayer.prototype._getTiledPixelBounds.call(this, centre)
    bounds.max.y -= this._map.covered()
    return bounds
  },

  uncover() {
    this._update()
  },

  // Colours areas by their codes (a Map of the shades 1 … 5; of others there is none); null: no area has a colour.
  fillAreas(shades) {
    this.shades = shades
    this.repaint()
  },

  repaint() {
    this.colours = coloursOf(this._map.getContainer())
    for (const { el, coords } of Object.values(this._tiles)) if (el.ground) this.draw(el, coords.z)
  },

  draw(canvas, zoom) {
    const sharp = Math.min(window.devicePixelRatio || 1, 2)
    canvas.width = canvas.height = SIZE * sharp
    const pen = canvas.getContext("2d")
    pen.scale(sharp / UNITS, sharp / UNITS)
    pen.lineJoin = pen.lineCap = "round"
    const { areas } = canvas.ground
    if (!this.options.raster) {
      pen.fillStyle = this.colours.land
      for (const { shape } of areas) pen.fill(pathOf(shape.flat(), true), "evenodd")
      drawAreas(pen, canvas.ground.green, this.colours.park)
      drawAreas(pen, canvas.ground.water, this.colours.water)
      drawLines(pen, canvas.ground, zoom, this.colours)
    }
    if (this.shades) {
      pen.globalAlpha = SHADE_ALPHA
      for (const { code, shape } of areas) {
        const shade = this.shades.get(code)
        if (!shade) continue
        const path = pathOf(shape.flat(), true)
        if (shade === "few") hatch(pen, path, this.colours.hatch)
        else {
          pen.fillStyle = this.colours.shades[shade - 1]
          pen.fill(path, "evenodd")
        }
      }
      pen.globalAlpha = 1
    }
    pen.lineCap = "butt"
    pen.lineWidth = 1.25 * UNITS
    pen.setLineDash([6 * UNITS, 3 * UNITS])
    pen.strokeStyle = this.colours.wardLine
    pen.globalAlpha = zoom < 12 ? 0.5 : 1 // of small wards they would be all that one sees
    pen.stroke(pathOf(borders(areas)))
    pen.globalAlpha = 1
  },
})

// A tile holds its lines as texts; these are their corners, in the units of the tile.
function cornersOf(data) {
  const { unit } = data
  const lines = (rows) => rows.map(([rank, name, text]) => [rank, name, linesIn(text, unit)])
  return {
    areas: data.areas.map((area) => ({ ...area, shape: area.shape.map((polygon) => polygon.flatMap((ring) => linesIn(ring, unit))) })),
    green: linesIn(data.green, unit),
    water: linesIn(data.water, unit),
    buildings: linesIn(data.buildings, unit),
    waterways: lines(data.waterways),
    rails: lines(data.rails),
    streets: lines(data.streets),
    names: data.names.map(([kind, name, x, y, first]) => [kind, name, x * unit, y * unit, first]),
  }
}

function coloursOf(element) {
  const style = getComputedStyle(element)
  const colour = (name) => style.getPropertyValue(name).trim()
  return {
    land: colour("--map-land"),
    park: colour("--map-park"),
    water: colour("--map-water"),
    building: colour("--map-building"),
    rail: colour("--map-rail"),
    casing: colour("--map-casing"),
    main: colour("--map-road-2"),
    mainCasing: colour("--map-casing-2"),
    road: colour("--map-road"),
    wardLine: colour("--ward-line"),
    hatch: colour("--edge"),
    shades: [1, 2, 3, 4, 5].map((shade) => colour(`--shade-${shade}`)),
  }
}

// Lines that go on in the next tile.
function hatch(pen, path, colour) {
  pen.save()
  pen.clip(path, "evenodd")
  pen.strokeStyle = colour
  pen.lineWidth = UNITS
  pen.beginPath()
  for (let at = -SIZE; at < SIZE; at += HATCH_PX) {
    pen.moveTo(at * UNITS, SIZE * UNITS)
    pen.lineTo((at + SIZE) * UNITS, 0)
  }
  pen.stroke()
  pen.restore()
}

function pathOf(lines, closed = false) {
  const path = new Path2D()
  for (const [first, ...rest] of lines) {
    path.moveTo(...first)
    for (const point of rest) path.lineTo(...point)
    if (closed) path.closePath()
  }
  return path
}

// Without an outline: a river is many areas side by side. Holes run against what they lie in.
function drawAreas(pen, rings, colour) {
  pen.fillStyle = colour
  pen.fill(pathOf(rings, true), "nonzero")
}

function drawLines(pen, { waterways, buildings, rails, streets }, zoom, colours) {
  const stroke = (path, colour, wide, dashes = []) => {
    pen.strokeStyle = colour
    pen.lineWidth = wide * UNITS
    pen.setLineDash(dashes.map((dash) => dash * UNITS))
    pen.stroke(path)
  }
  for (const [rank, path] of pathsByRank(waterways)) {
    const wide = width(WATERS, rank, zoom)
    if (wide) stroke(path, colours.water, wide)
  }
  drawAreas(pen, buildings, colours.building)
  const ways = pathsByRank(streets)
  for (const [rank, path] of ways) {
    if (rank === FERRY) stroke(path, colours.wardLine, 1, [5, 5])
    else if (zoom >= CASED_FROM[rank] && width(WIDTHS, rank, zoom))
      stroke(path, rank <= 2 ? colours.mainCasing : colours.casing, width(WIDTHS, rank, zoom) + 1.6)
  }
  for (const [rank, path] of ways) {
    if (rank === FERRY || !width(WIDTHS, rank, zoom)) continue
    const thin = rank <= 2 && zoom < CASED_FROM[rank]
    stroke(path, thin ? colours.mainCasing : rank <= 2 ? colours.main : colours.road, width(WIDTHS, rank, zoom))
  }
  pen.lineCap = "butt"
  for (const [rank, path] of pathsByRank(rails)) {
    if (rank === SIDING && zoom < 16) continue
    stroke(path, colours.rail, zoom < 13 || rank === SIDING ? 1 : 1.5, rank === BEING_BUILT ? [4, 4] : [])
    if (rank === RAIL && zoom >= 15) stroke(path, colours.rail, 5, [1.2, 10])
  }
  pen.setLineDash([])
}

// All lines of a rank as one path, the least rank first.
function pathsByRank(lines) {
  const paths = new Map()
  for (const [rank, , some] of lines) paths.set(rank, [...(paths.get(rank) ?? []), ...some])
  return [...paths].sort(([a], [b]) => b - a).map(([rank, some]) => [rank, pathOf(some)])
}

// The borders of the areas, a common one once: drawn twice, the dashes of two neighbours would fill each other's gaps.
function borders(areas) {
  const seen = new Set()
  const lines = []
  for (const ring of areas.flatMap(({ shape }) => shape.flat())) {
    let line = null
    for (let i = 1; i < ring.length; i++) {
      const [a, b] = [ring[i - 1], ring[i]]
      const key = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? `${a} ${b}` : `${b} ${a}`
      if (seen.has(key)) line = null
      else if (line) line.push(b)
      else lines.push((line = [a, b]))
      seen.add(key)
    }
  }
  return lines
}

export function baseLayer(map, options) {
  return new Ground(options).addTo(map)
}

export function shownTiles(layer) {
  return Object.values(layer._tiles)
    .filter(({ el, current }) => current && el.ground)
    .map(({ el, coords }) => ({ x: coords.x * SIZE, y: coords.y * SIZE, data: el.ground }))
}
