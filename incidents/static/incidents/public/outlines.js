// Finds the ward of a place offline, by simplified outlines that are cached on this device.
//
//   await wardOf(address, lon, lat)   { inside, code, title }; `inside` is false only far outside of all of them. Null
//                                     where no outlines are kept. `address`: of /tiles/areas/outlines.json

const FAR = 0.02 // degrees, some two kilometres: the outlines are no finer, and the service has the last word

export async function wardOf(address, lon, lat) {
  let outlines
  try {
    outlines = await (await fetch(address, { credentials: "omit" })).json()
  } catch {
    return null
  }
  const x = lon / outlines.unit
  const y = lat / outlines.unit
  const far = FAR / outlines.unit
  let near = false
  for (const { code, title, shape } of outlines.areas) {
    const polygons = shape.map((rings) => rings.map(cornersOf))
    if (polygons.some((rings) => rings.filter((ring) => liesIn(ring, x, y)).length % 2))
      return { inside: true, code, title: title[document.documentElement.lang] ?? title.vi }
    near ||= polygons.some(([outer]) => outer.some(([px, py]) => Math.abs(px - x) < far && Math.abs(py - y) < far))
  }
  return { inside: near, code: "", title: "" }
}

function cornersOf(steps) {
  const corners = []
  let [x, y] = [0, 0]
  for (let i = 0; i < steps.length; i += 2) corners.push([(x += steps[i]), (y += steps[i + 1])])
  return corners
}

// Whether a place lies in a ring of [x, y].
export function liesIn(ring, x, y) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]
    const [xj, yj] = ring[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
