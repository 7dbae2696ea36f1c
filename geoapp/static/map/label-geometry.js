// Geometry of the labels of a map: where a name has room along a street, on the bends of a river, or in a ward. Everything is in
// pixels of the view; `tiles` are those of base-layer.js, `corner` is the view's corner in pixels of the world.
//
//   straightStreets(tiles, corner, zoom)     [{ rank, name, run: { angle, length, middle } }], main streets first, then the longest
//   bendsOf(tiles, corner, zoom)             [{ rank, name, points, long }] of rivers, canals and streams, the widest first
//   lettersAlong(pen, name, points, size)    [{ letter, x, y, angle }] where the line bends least; null where there is no room
//   wardsInView(tiles, corner, size)         code → { …, pixels, places }: the places for its name, the best first
//   linesOf(name)                            a long name in lines of some sixteen letters

import { SIZE, UNITS } from "./tile-lines.js"

const STREETS_FROM = { 1: 13, 2: 13, 3: 15, 4: 15, 5: 15, 6: 16, 7: 15 } // by rank: what is told one zoom of tiles before
const WATERS_FROM = { 1: 11, 2: 13, 3: 15 }
const [BEND, BENDS, SLOPE] = [0.55, 1.6, 1.75] // so far a name may turn from letter to letter, in all, and from level; radians
const STEP = 32 // pixels between the places at which a ward is looked for

// A long name in lines of some sixteen letters.
export function linesOf(name) {
  const lines = []
  for (const word of name.split(" ")) {
    const last = lines.length - 1
    if (last >= 0 && `${lines[last]} ${word}`.length <= 16) lines[last] += ` ${word}`
    else lines.push(word)
  }
  return lines
}

// The letters of a name along the line, where it bends least; null where it is too short or bends too much.
export function lettersAlong(pen, name, points, size) {
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
export function bendsOf(tiles, corner, zoom) {
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

// For each ward in view how many pixels of it show, and places in it for its name: far from its border and
// from the edge of the view, the best first.
export function wardsInView(tiles, corner, size) {
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

export function crossingsOf(shape, y) {
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
export function labelDepths(owner, columns, rows) {
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
export function straightStreets(tiles, corner, zoom) {
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

export function straightParts(points) {
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
export function turnAngle(a, b, c) {
  const angle = Math.atan2(c[1] - b[1], c[0] - b[0]) - Math.atan2(b[1] - a[1], b[0] - a[0])
  return Math.atan2(Math.sin(angle), Math.cos(angle))
}

export function chord(points) {
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
