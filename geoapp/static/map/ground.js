// The base layer of the map, drawn on canvas from /tiles/areas/: land, streets, dashed ward borders.
//
//   ground(map, { tiles, raster })   `tiles` an address with {z} {x} {y}; with `raster` only the ward lines are drawn.
//                                    What `map.covered()` pixels lie over is fetched when they no longer do: layer.uncover().
//   groundTiles(layer)               what is shown: [{ x, y, data }], x and y in pixels of the world at this zoom.

export const SIZE = 512 // pixels of a tile on the screen; its numbers are those of one zoom less
export const UNITS = 1024 / SIZE // in which the tiles are told, to a pixel
// Width in pixels of a street by its rank, at the zooms 10 … 19.
const WIDTHS = {
  1: [0.8, 1.2, 1.8, 2.6, 4, 6, 9, 13, 18, 24],
  2: [0, 0, 0, 0, 2, 3.2, 5.5, 9, 13, 18],
  3: [0, 0, 0, 0, 1, 2, 4, 7, 10, 14],
}

const width = (rank, zoom) => WIDTHS[rank][Math.min(Math.max(zoom, 10), 19) - 10]

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
    const { areas, streets } = canvas.ground
    if (!this.options.raster) {
      pen.fillStyle = this.colours.land
      for (const { shape } of areas) pen.fill(pathOf(shape.flat(), true), "evenodd")
      if (!this.shades) drawStreets(pen, streets, zoom, this.colours)
    }
    if (this.shades) {
      pen.globalAlpha = this.options.raster ? 0.7 : 1
      for (const { code, shape } of areas) {
        const shade = this.shades.get(code)
        if (!shade) continue
        pen.fillStyle = this.colours.shades[shade - 1]
        pen.fill(pathOf(shape.flat(), true), "evenodd")
      }
      pen.globalAlpha = 1
    }
    pen.lineCap = "butt"
    pen.lineWidth = 1.25 * UNITS
    pen.setLineDash([6 * UNITS, 3 * UNITS])
    pen.strokeStyle = this.colours.wardLine
    pen.stroke(pathOf(borders(areas)))
  },
})

// A tile holds differences between corners; these are the corners.
function cornersOf({ areas, streets }) {
  const corners = (steps) => {
    const points = []
    let [x, y] = [0, 0]
    for (let i = 0; i < steps.length; i += 2) points.push([(x += steps[i]), (y += steps[i + 1])])
    return points
  }
  return {
    areas: areas.map((area) => ({ ...area, shape: area.shape.map((polygon) => polygon.map(corners)) })),
    streets: streets.map(([rank, name, lines]) => [rank, name, lines.map(corners)]),
  }
}

function coloursOf(element) {
  const style = getComputedStyle(element)
  const colour = (name) => style.getPropertyValue(name).trim()
  return {
    land: colour("--map-land"),
    casing: colour("--map-casing"),
    main: colour("--map-road-2"),
    road: colour("--map-road"),
    wardLine: colour("--ward-line"),
    shades: [1, 2, 3, 4, 5].map((shade) => colour(`--shade-${shade}`)),
  }
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

function drawStreets(pen, streets, zoom, colours) {
  const paths = { 3: new Path2D(), 2: new Path2D(), 1: new Path2D() }
  for (const [rank, , lines] of streets) if (width(rank, zoom)) paths[rank].addPath(pathOf(lines))
  for (const rank of [3, 2, 1]) {
    if (zoom < 13 + rank || !width(rank, zoom)) continue
    pen.strokeStyle = colours.casing
    pen.lineWidth = (width(rank, zoom) + 1.6) * UNITS
    pen.stroke(paths[rank])
  }
  for (const rank of [3, 2, 1]) {
    pen.strokeStyle = rank === 1 ? colours.main : colours.road
    pen.lineWidth = width(rank, zoom) * UNITS
    if (width(rank, zoom)) pen.stroke(paths[rank])
  }
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

export function ground(map, options) {
  return new Ground(options).addTo(map)
}

export function groundTiles(layer) {
  return Object.values(layer._tiles)
    .filter(({ el, current }) => current && el.ground)
    .map(({ el, coords }) => ({ x: coords.x * SIZE, y: coords.y * SIZE, data: el.ground }))
}
