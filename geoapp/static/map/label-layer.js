// Labels of the map, without overlaps and none twice in a view: streets along their lines, rivers along their bends, parks and
// lakes on their middles (canvas), wards where they show (SVG text).
//
//   labelLayer(map, layer)   `layer` from base-layer.js. `map.lit` (set by litWard) is named in full and larger. Ward names keep
//                       clear of `map.obstacles`, a function that gives boxes [left, top, right, bottom] in pixels of
//                       the view; fire "obstacles" when they have changed.

import { SIZE, UNITS, shownTiles } from "./base-layer.js"

const WARDS_FROM = 13
const STREETS_FROM = { 1: 13, 2: 13, 3: 15, 4: 15, 5: 15, 6: 16, 7: 15 } // by rank: what is told one zoom of tiles before
const WATERS_FROM = { 1: 11, 2: 13, 3: 15 }
const GREEN = 1 // the layer of a name on a point; any other is water
const LINE_PIXELS = 15
const [BEND, BENDS, SLOPE] = [0.55, 1.6, 1.75] // so far a name may turn from letter to letter, in all, and from level; radians
const STEP = 32 // pixels between the places at which a ward is looked for
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

// A long name in lines of some sixteen letters.
function linesOf(name) {
  const lines = []
  for (const word of name.split(" ")) {
    const last = lines.length - 1
    if (last >= 0 && `${lines[last]} ${word}`.length <= 16) lines[last] += ` ${word}`
    else lines.push(word)
  }
  return lines
}

// The letters of a name along the line, where it bends least; null where it is too short or bends too much.
function lettersAlong(pen, name, points, size) {
  const letters = [...name.normalize("NFC")]
  const widths = letters.map((letter) => pen.measureText(letter).width + 0.4)
  const long = widths.reduce((sum, wide) => sum + wide, 0)
  const way = [0]
  for (let i = 1; i < points.length; i++) way.push(way[i - 1] + Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y))
  const whole = way[way.length - 1]
  let best = null
  for (let start = 4; start + long + 4 <= whole; start += 16) {
    const backwards = placeAt(points, way, start + long).x < placeAt(points, way, start).x
    let passed = 0
    const placed = letters.map((letter, n) => {
      const middle = passed + widths[n] / 2
      passed += widths[n]
      const along = backwards ? start + long - middle : start + middle
      const [before, after] = [placeAt(points, way, along - 7), placeAt(points, way, along + 7)]
      const angle = backwards ? Math.atan2(before.y - after.y, before.x - after.x) : Math.atan2(after.y - before.y, after.x - before.x)
      return { letter, ...placeAt(points, way, along), angle }
    })
    if (placed.some(({ x, y }) => x < 8 || y < 8 || x > size.x - 8 || y > size.y - 8)) continue
    const turns = placed
      .slice(1)
      .map(({ angle }, n) => Math.abs(Math.atan2(Math.sin(angle - placed[n].angle), Math.cos(angle - placed[n].angle))))
    const bend = turns.reduce((sum, turn) => sum + turn, 0)
    const readable = Math.max(...turns, 0) < BEND && bend < BENDS && placed.every(({ angle }) => Math.abs(angle) < SLOPE)
    if (readable && (!best || bend < best.bend)) best = { bend, placed }
  }
  return best?.placed ?? null
}

// The point of a line at this way from its begin; `way` says how far each corner is.
function placeAt(points, way, along) {
  let i = 1
  while (i < way.length - 1 && way[i] < along) i++
  const part = (along - way[i - 1]) / (way[i] - way[i - 1] || 1)
  const [a, b] = [points[i - 1], points[i]]
  return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part }
}

// The named rivers, canals and streams in view as lines of the view, the widest first, then the longest.
function bendsOf(tiles, corner, zoom) {
  const all = []
  for (const { x, y, data } of tiles) {
    for (const [rank, name, lines] of data.waterways) {
      if (!name || zoom < WATERS_FROM[rank]) continue
      for (const line of lines) {
        const points = line.map(([px, py]) => ({ x: px / UNITS + x - corner.x, y: py / UNITS + y - corner.y }))
        const long = points.reduce((sum, point, i) => (i ? sum + Math.hypot(point.x - points[i - 1].x, point.y - points[i - 1].y) : 0), 0)
        all.push({ rank, name, points, long })
      }
    }
  }
  return all.sort((a, b) => a.rank - b.rank || b.long - a.long)
}

function cellsOf(left, top, right, bottom) {
  const cells = []
  for (let x = Math.floor(left / CELL); x <= right / CELL; x++)
    for (let y = Math.floor(top / CELL); y <= bottom / CELL; y++) cells.push(x * 4096 + y)
  return cells
}

// For each ward in view how many pixels of it show, and places in it for its name: far from its border and
// from the edge of the view, the best first.
function wardsInView(tiles, corner, size) {
  const [columns, rows] = [Math.ceil(size.x / STEP), Math.ceil(size.y / STEP)]
  const owner = new Array(columns * rows).fill(null)
  const wards = new Map()
  for (const { x, y, data } of tiles) {
    const [left, top] = [x - corner.x, y - corner.y]
    const from = Math.max(0, Math.ceil(left / STEP - 0.5))
    const to = Math.min(columns - 1, Math.ceil((left + SIZE) / STEP - 0.5) - 1)
    for (const area of data.areas) {
      wards.set(area.code, wards.get(area.code) ?? { ...area, pixels: 0, places: [] })
      for (let row = Math.max(0, Math.ceil(top / STEP - 0.5)); row < rows && (row + 0.5) * STEP < top + SIZE; row++) {
        const crossings = crossingsOf(area.shape, ((row + 0.5) * STEP - top) * UNITS)
        for (let i = 0; i + 1 < crossings.length; i += 2) {
          const first = Math.max(from, Math.ceil((crossings[i] / UNITS + left) / STEP - 0.5))
          const last = Math.min(to, Math.floor((crossings[i + 1] / UNITS + left) / STEP - 0.5))
          for (let column = first; column <= last; column++) owner[row * columns + column] = area.code
        }
      }
    }
  }
  const depth = labelDepths(owner, columns, rows)
  owner.forEach((code, i) => {
    if (!code) return
    const ward = wards.get(code)
    ward.pixels += STEP * STEP
    ward.places.push({ depth: depth[i], x: ((i % columns) + 0.5) * STEP, y: (Math.floor(i / columns) + 0.5) * STEP })
  })
  for (const [code, { places }] of wards) {
    if (places.length) places.sort((a, b) => b.depth - a.depth).splice(24)
    else wards.delete(code)
  }
  return wards
}

function crossingsOf(shape, y) {
  const crossings = []
  for (const ring of shape.flat()) {
    for (let i = 1; i < ring.length; i++) {
      const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]]
      if (y1 > y !== y2 > y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1))
    }
  }
  return crossings.sort((a, b) => a - b)
}

// Steps from each square to the next one that belongs to somebody else; a wide name wants room at its sides first.
function labelDepths(owner, columns, rows) {
  const depth = new Array(owner.length).fill(0)
  const stepsTowards = (i, column, row, dx, dy) => {
    let steps = 0
    while (steps < 12) {
      const [c, r] = [column + dx * (steps + 1), row + dy * (steps + 1)]
      if (c < 0 || r < 0 || c >= columns || r >= rows || owner[r * columns + c] !== owner[i]) break
      steps++
    }
    return steps
  }
  for (let i = 0; i < owner.length; i++) {
    if (!owner[i]) continue
    const [column, row] = [i % columns, Math.floor(i / columns)]
    const sides = Math.min(stepsTowards(i, column, row, -1, 0), stepsTowards(i, column, row, 1, 0))
    const ends = Math.min(stepsTowards(i, column, row, 0, -1), stepsTowards(i, column, row, 0, 1))
    depth[i] = Math.min(sides, 2 * ends + 1) + 0.01 * (sides + ends)
  }
  return depth
}

// The nearly straight parts of the named streets in view, main streets first, then the longest.
function straightStreets(tiles, corner, zoom) {
  const all = []
  for (const { x, y, data } of tiles) {
    for (const [rank, name, lines] of data.streets) {
      if (!name || zoom < STREETS_FROM[rank]) continue
      for (const line of lines) {
        const points = line.map(([px, py]) => [px / UNITS + x - corner.x, py / UNITS + y - corner.y])
        for (const run of straightParts(points)) all.push({ rank, name, run })
      }
    }
  }
  return all.sort((a, b) => a.rank - b.rank || b.run.length - a.run.length)
}

function straightParts(points) {
  const parts = []
  let start = 0
  for (let i = 1; i < points.length; i++) {
    if (i + 1 < points.length && Math.abs(turnAngle(points[start], points[i], points[i + 1])) < 0.3) continue
    const part = chord(points.slice(start, i + 1))
    if (part.length > 30) parts.push(part)
    start = i
  }
  return parts
}

// How far the way from b to c turns from the way from a to b, in radians.
function turnAngle(a, b, c) {
  const angle = Math.atan2(c[1] - b[1], c[0] - b[0]) - Math.atan2(b[1] - a[1], b[0] - a[0])
  return Math.atan2(Math.sin(angle), Math.cos(angle))
}

function chord(points) {
  const [a, b] = [points[0], points[points.length - 1]]
  let angle = Math.atan2(b[1] - a[1], b[0] - a[0])
  if (angle > Math.PI / 2) angle -= Math.PI
  if (angle <= -Math.PI / 2) angle += Math.PI
  const half = points.reduce((sum, [x, y], i) => (i ? sum + Math.hypot(x - points[i - 1][0], y - points[i - 1][1]) : 0), 0) / 2
  let passed = 0
  for (let i = 1; i < points.length; i++) {
    const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]]
    const step = Math.hypot(x2 - x1, y2 - y1)
    if (passed + step >= half) {
      const part = step ? (half - passed) / step : 0
      return { angle, length: Math.hypot(b[0] - a[0], b[1] - a[1]), middle: { x: x1 + (x2 - x1) * part, y: y1 + (y2 - y1) * part } }
    }
    passed += step
  }
  return { angle, length: 0, middle: { x: a[0], y: a[1] } }
}
