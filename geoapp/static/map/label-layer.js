// Labels of the map, without overlaps and none twice in a view: streets along their lines, rivers along their bends, parks and
// lakes on their middles (canvas), wards where they show (SVG text).
//
//   labelLayer(map, layer)   `layer` from base-layer.js. `map.lit` (set by litWard) is named in full and larger. Ward names keep
//                       clear of `map.obstacles`, a function that gives boxes [left, top, right, bottom] in pixels of
//                       the view; fire "obstacles" when they have changed.

import { shownTiles } from "./base-layer.js"
import { bendsOf, lettersAlong, linesOf, straightStreets, wardsInView } from "./label-geometry.js"
import { SIZE, UNITS } from "./tile-lines.js"

const WARDS_FROM = 13
const GREEN = 1 // the layer of a name on a point; any other is water
const LINE_PIXELS = 15
const MIN_PIXELS = 95 * 95 // pixels of a ward that must show before it is named
const CELL = 8 // pixels of the squares in which room is kept

export function labelLayer(map, layer) {
  const pane = map.createPane("streetNames")
  pane.style.zIndex = 320
  pane.classList.add("names")
  const wards = map.createPane("wardNames")
  wards.style.zIndex = 330
  wards.classList.add("names")
  const canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", pane)
  canvas.setAttribute("aria-hidden", "true")
  wards.setAttribute("aria-hidden", "true")
  // biome-ignore lint/correctness/noUnusedVariables: `||=` reads it
  let waiting = 0

  function drawSoon() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0
      if (!map._animatingZoom) drawNames()
    })
  }

  function drawNames() {
    const size = map.getSize()
    const corner = map.getPixelBounds().min
    const room = new Room() // for names along lines: they may run under a pin
    const clear = new Room() // for all others: they may not
    for (const box of map.obstacles?.() ?? []) clear.fill(...box)
    const tiles = shownTiles(layer).filter(
      ({ x, y }) => x < corner.x + size.x && x + SIZE > corner.x && y < corner.y + size.y && y + SIZE > corner.y,
    )
    nameWards(tiles, corner, size, (...box) => clear.take(...box) && room.take(...box))
    nameGround(tiles, corner, size, { room, clear })
  }

  function nameWards(tiles, corner, size, free) {
    wards.replaceChildren()
    const offset = map.containerPointToLayerPoint([0, 0])
    const placeName = (text, places, lit) => {
      const half = text.length * (lit ? 4.8 : 3.9) + 6
      const at = places.find(
        ({ x, y }) => x > half && x < size.x - half && y > 16 && y < size.y - 10 && free(x - half, y - 12, x + half, y + 8),
      )
      if (!at) return
      const svg = L.SVG.create("svg")
      const word = L.SVG.create("text")
      word.setAttribute("class", lit ? "ward-name lit" : "ward-name")
      word.textContent = text
      svg.append(word)
      svg.setAttribute("class", "leaflet-zoom-hide")
      svg.setAttribute("width", 1)
      svg.setAttribute("height", 1)
      const corner = offset.add(at).round()
      svg.style.transform = `translate(${corner.x}px, ${corner.y}px)` // in two dimensions, as markers
      wards.append(svg)
    }
    const inView = wardsInView(tiles, corner, size)
    if (map.lit) {
      const shown = inView.get(map.lit.code)
      const own = map.latLngToContainerPoint([map.lit.label[1], map.lit.label[0]])
      if (shown) placeName(map.lit.title, [own, ...shown.places], true)
    }
    if (map.getZoom() < WARDS_FROM) return
    for (const [code, { name, label, pixels, places }] of [...inView].sort(([, a], [, b]) => b.pixels - a.pixels)) {
      if (pixels < MIN_PIXELS || code === map.lit?.code) continue
      const own = map.latLngToContainerPoint([label[1], label[0]])
      placeName(name, [own, ...places], false)
    }
  }

  function nameGround(tiles, corner, size, { room, clear }) {
    const sharp = Math.min(window.devicePixelRatio || 1, 2)
    canvas.width = size.x * sharp
    canvas.height = size.y * sharp
    canvas.style.width = `${size.x}px`
    canvas.style.height = `${size.y}px`
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]))
    const zoom = map.getZoom()
    if (layer.options.raster) return
    const pen = canvas.getContext("2d")
    const style = getComputedStyle(map.getContainer())
    const colour = (name) => style.getPropertyValue(name).trim()
    const write = (slant, token) => {
      pen.font = `${slant} 400 ${zoom < 17 ? 12 : 13}px "Be Vietnam Pro", system-ui, sans-serif`
      pen.fillStyle = colour(token)
    }
    pen.scale(sharp, sharp)
    pen.textAlign = "center"
    pen.textBaseline = "middle"
    pen.lineJoin = "round"
    pen.lineWidth = 3
    pen.strokeStyle = colour("--map-halo")
    const used = new Set()
    const streets = straightStreets(tiles, corner, zoom)
    write("normal", "--map-label-2")
    nameStreets(
      pen,
      streets.filter(({ rank }) => rank <= 2),
      { size, room, used },
    )
    write("italic", "--map-water-label")
    nameWaters(pen, bendsOf(tiles, corner, zoom), { size, room, used })
    for (const water of [true, false]) {
      write(water ? "italic" : "normal", water ? "--map-water-label" : "--map-park-label")
      const points = tiles.flatMap(({ x, y, data }) =>
        data.names
          .filter(([kind]) => (kind !== GREEN) === water)
          .map(([, name, px, py, first]) => ({ name, first, x: px / UNITS + x - corner.x, y: py / UNITS + y - corner.y })),
      )
      points.sort((a, b) => a.first - b.first)
      namePoints(pen, points, { size, room, clear, used })
    }
    write("normal", "--map-label-2")
    nameStreets(
      pen,
      streets.filter(({ rank }) => rank > 2),
      { size, room, used },
    )
  }

  function nameStreets(pen, streets, { size, room, used }) {
    for (const { name, run } of streets) {
      if (used.has(name)) continue
      const long = pen.measureText(name).width
      if (run.length < long * 0.95 + 6) continue
      const at = run.middle
      if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) continue
      if (!room.takeLine(at, run.angle, long)) continue
      used.add(name)
      writeTurned(pen, [{ letter: name, ...at, angle: run.angle }])
    }
  }

  function nameWaters(pen, waters, { size, room, used }) {
    for (const { name, points } of waters) {
      if (used.has(name)) continue
      const letters = lettersAlong(pen, name, points, size)
      if (!letters || !room.takeBoxes(letters.map(({ x, y }) => [x - 6, y - 8, x + 6, y + 8]))) continue
      used.add(name)
      writeTurned(pen, letters)
    }
  }

  function namePoints(pen, points, { size, room, clear, used }) {
    for (const { name, x, y } of points) {
      if (used.has(name)) continue
      const lines = linesOf(name)
      const half = Math.max(...lines.map((line) => pen.measureText(line).width)) / 2
      const high = (lines.length * LINE_PIXELS) / 2
      if (x < half || x > size.x - half || y < high || y > size.y - high) continue
      const box = [x - half - 2, y - high, x + half + 2, y + high]
      if (!clear.isFree(...box) || !room.take(...box)) continue
      used.add(name)
      writeTurned(
        pen,
        lines.map((letter, n) => ({ letter, x, y: y + (n + 0.5) * LINE_PIXELS - high, angle: 0 })),
      )
    }
  }

  layer.on("drawn", drawSoon)
  map.on("moveend resize lit repaint obstacles", drawSoon)
  map.on("zoomstart", () => (canvas.width = canvas.height = 0))
  map.on("zoomstart", () => wards.replaceChildren())
  document.fonts?.load('400 12px "Be Vietnam Pro"', "Đường").then(drawSoon, () => {})
  drawSoon()
}

// The squares of the view that labels have occupied.
class Room {
  occupied = new Set()

  claim(cells) {
    if (cells.some((cell) => this.occupied.has(cell))) return false
    for (const cell of cells) this.occupied.add(cell)
    return true
  }

  isFree(...box) {
    return !cellsOf(...box).some((cell) => this.occupied.has(cell))
  }

  take(...box) {
    return this.claim(cellsOf(...box))
  }

  takeBoxes(boxes) {
    return this.claim([...new Set(boxes.flatMap((box) => cellsOf(...box)))])
  }

  fill(...box) {
    for (const cell of cellsOf(...box)) this.occupied.add(cell)
  }

  takeLine(at, angle, long) {
    const cells = new Set()
    for (let along = -long / 2 - 4; along <= long / 2 + 4; along += CELL / 2) {
      for (const across of [-6, 0, 6]) {
        const x = at.x + Math.cos(angle) * along - Math.sin(angle) * across
        const y = at.y + Math.sin(angle) * along + Math.cos(angle) * across
        cells.add(Math.floor(x / CELL) * 4096 + Math.floor(y / CELL))
      }
    }
    return this.claim([...cells])
  }
}

// Letters, words or lines, each at its place and turn: first the halos of all, so that none lies over a letter.
function writeTurned(pen, letters) {
  for (const draw of ["strokeText", "fillText"]) {
    for (const { letter, x, y, angle } of letters) {
      pen.save()
      pen.translate(x, y)
      pen.rotate(angle)
      pen[draw](letter, 0, 0)
      pen.restore()
    }
  }
}

function cellsOf(left, top, right, bottom) {
  const cells = []
  for (let x = Math.floor(left / CELL); x <= right / CELL; x++)
    for (let y = Math.floor(top / CELL); y <= bottom / CELL; y++) cells.push(x * 4096 + y)
  return cells
}
