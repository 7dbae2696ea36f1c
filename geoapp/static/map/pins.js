// Incidents on a map from city-map.js: pins, dots for what is done, clusters with the ring of their mix.
//
//   const layer = pins(map, { choose, grouped })   `choose(item)` is called when a pin is pressed; a cluster zooms in by itself, unless
//                                         `open(cluster)` is given and says that it has opened it. `grouped`: as the public
//                                         map has it: five groups of states, late ones with a stroke under the tip, and
//                                         clusters with a grey ring of which the late part is red.
//   layer.show(items)                     exactly these: { reference, state, late, icon, category, at, near, area, lon, lat } is a pin
//                                         (`pale`: others work on it; shape and flag stay),
//                                         { n, mix: { late: 2, working: 5 }, lon, lat, bounds } a cluster. What stays, stays.
//   layer.put(item)                       one more, or the same reference in another state.
//   layer.choose(reference, item)         1.3 ×, on top, shown even where a cluster holds it (then with `item`); null: none.
//   layer.fresh(reference, label)         three ripples and, for six seconds, a label.
//   Names of states for labels and legends: stateInWords(state).

const BODY = { accepted: "square", working: "square", extension: "square", waiting: "square", disputed: "kite" } // else round
// As incidents/map/state_groups.py.
const GROUP = { assigned: "working", passed_on: "working", accepted: "working", extension: "working", closed: "resolved" }
const DONE = ["resolved", "closed", "rejected"]
const RING = [
  "late",
  "others",
  "disputed",
  "received",
  "assigned",
  "passed_on",
  "accepted",
  "working",
  "extension",
  "waiting",
  "resolved",
  "closed",
  "rejected",
]
const MIN_SHARE = 0.06 // no part of a ring is smaller: one in a thousand can still be seen
const RADIUS = [
  [10, 17],
  [100, 20],
  [1000, 24],
  [Infinity, 28],
]

const radiusOf = (n) => RADIUS.find(([below]) => n < below)[1]

export function stateInWords(state) {
  return {
    received: gettext("Received"),
    assigned: gettext("Assigned"),
    passed_on: gettext("Passed on outside the system"),
    accepted: gettext("Accepted"),
    working: gettext("In progress"),
    extension: gettext("Extension requested"),
    waiting: gettext("Waiting for reporter"),
    resolved: gettext("Resolved"),
    closed: gettext("Closed"),
    disputed: gettext("Disputed"),
    rejected: gettext("Not accepted"),
    merged: gettext("Merged into another"),
    late: gettext("Overdue"),
  }[state]
}

export const lowerFirst = (text) => text.charAt(0).toLowerCase() + text.slice(1)
export const inLanguage = (text) => (typeof text === "string" ? text : (text[document.documentElement.lang] ?? text.vi))
export const formatNumber = (n) => n.toLocaleString(document.documentElement.lang)

// What an incident is called: "Ngập nước, Lê Văn Sỹ, đang xử lý, trễ hạn"; without a street its ward is named.
export function nameOf({ category, state, late, at, near, area }) {
  const where = at ? (near ? interpolate(gettext("near %s"), [at]) : at) : (area?.vi && inLanguage(area)) || ""
  return [inLanguage(category), where, lowerFirst(stateInWords(state)), late ? lowerFirst(stateInWords("late")) : ""]
    .filter(Boolean)
    .join(", ")
}

// What a cluster is called: "138 sự cố: 6 trễ hạn, 18 mới nhận".
function nameOfMany({ n, mix }) {
  const parts = RING.filter((state) => mix[state]).map((state) => `${formatNumber(mix[state])} ${lowerFirst(stateInWords(state))}`)
  return `${interpolate(ngettext("%s incident", "%s incidents", n), [formatNumber(n)])}: ${parts.join(", ")}`
}

const groupOf = (state) => GROUP[state] ?? state

function groupedMix(mix) {
  const sums = {}
  for (const [state, n] of Object.entries(mix)) sums[groupOf(state)] = (sums[groupOf(state)] ?? 0) + n
  return sums
}

// What a cluster of the public map shows of its mix: how much is late.
function lateMix(mix) {
  const { late = 0, ...others } = mix
  return { late, others: Object.values(others).reduce((sum, n) => sum + n, 0) }
}

export function pins(map, { choose = () => {}, open = () => false, grouped = false } = {}) {
  map.createPane("clusters").style.zIndex = 550
  const icons = map.getContainer().dataset.icons
  const markers = new Map() // key → marker with .item
  let chosen = null
  let chosenItem = null // the chosen item, for when no tile shows it by itself

  map.obstacles = () =>
    [...markers.values()].map(({ item, _latlng }) => {
      const { x, y } = map.latLngToContainerPoint(_latlng)
      if (item.n) return [x - radiusOf(item.n) - 3, y - radiusOf(item.n) - 3, x + radiusOf(item.n) + 3, y + radiusOf(item.n) + 3]
      return DONE.includes(item.state) && item.reference !== chosen
        ? [x - 10, y - 10, x + 10, y + 10]
        : [x - 18, y - 44, x + (item.late ? 26 : 18), y]
    })

  const keyOf = (item) => item.reference ?? `${item.lon} ${item.lat} ${item.n}`
  const lookOf = (item) =>
    item.reference
      ? `${item.state} ${item.late} ${item.icon} ${item.reference === chosen} ${item.pale} ${item.lon} ${item.lat} ${item.at}`
      : JSON.stringify(item.mix)

  function putPin(item) {
    const key = keyOf(item)
    const before = markers.get(key)
    if (before?.look === lookOf(item)) {
      before.item = item
      return before
    }
    const marker = before ?? L.marker([item.lat, item.lon], { keyboard: false, pane: item.reference ? "markerPane" : "clusters" })
    marker.item = item
    marker.look = lookOf(item)
    const button = buttonOf(item)
    if (before?.button?.classList.contains("fresh")) button.classList.add("fresh")
    marker.button = button
    marker.setIcon(L.divIcon({ className: "", iconSize: [0, 0], html: button }))
    marker.setLatLng([item.lat, item.lon])
    marker.setZIndexOffset(item.reference === chosen ? 2000 : DONE.includes(item.state) ? -1000 : item.late ? 200 : 0)
    if (!before) {
      marker.on("click", () => (marker.item.reference ? choose(marker.item) : open(marker.item) || zoomToCluster(marker.item)))
      markers.set(key, marker)
      marker.addTo(map)
    }
    return marker
  }

  function buttonOf(item) {
    if (!item.reference)
      return clusterButton(grouped ? { ...item, mix: groupedMix(item.mix) } : item, grouped ? lateMix(item.mix) : item.mix)
    const shown = grouped ? { ...item, state: groupOf(item.state) } : item
    return pinButton(shown, item.reference === chosen, icons, { stroke: grouped })
  }

  function zoomToCluster({ bounds, lat, lon }) {
    const [west, south, east, north] = bounds ?? [lon, lat, lon, lat]
    const zoom = Math.min(
      Math.max(
        map.getBoundsZoom(
          [
            [south, west],
            [north, east],
          ],
          false,
          [60, 60],
        ),
        map.getZoom() + 1,
      ),
      map.getMaxZoom(),
    )
    map.setView([(south + north) / 2, (west + east) / 2], zoom)
  }

  function removePin(key) {
    markers.get(key)?.remove()
    markers.delete(key)
  }

  return {
    put: putPin,
    drop: removePin,
    has: (reference) => markers.has(reference),
    get: (reference) => markers.get(reference)?.item ?? (reference === chosen ? chosenItem : null),
    items: () => [...markers.values()].map(({ item }) => item),
    get chosen() {
      return chosen
    },

    show(items) {
      const shown = chosen && !items.some(({ reference }) => reference === chosen) && chosenItem ? [...items, chosenItem] : items
      const keys = new Set(shown.map(keyOf))
      for (const key of [...markers.keys()]) if (!keys.has(key)) removePin(key)
      for (const item of shown) putPin(item.reference === chosen ? (chosenItem = item) : item)
      map.fire("obstacles")
    },

    choose(reference, item = null) {
      const before = chosen && markers.get(chosen)
      chosen = reference
      chosenItem = reference ? (item ?? markers.get(reference)?.item ?? null) : null
      if (before) putPin(before.item)
      if (chosenItem) putPin(chosenItem)
    },

    fresh(reference, label = "") {
      const marker = markers.get(reference)
      if (!marker) return
      marker.button.classList.add("fresh")
      if (label) {
        const line = L.DomUtil.create("span", "map-label", marker.getElement())
        line.textContent = label
        line.setAttribute("aria-hidden", "true")
        setTimeout(() => line.remove(), 6000)
      }
      setTimeout(() => marker.button.classList.remove("fresh"), 6000)
    },
  }
}

function useElement(icons, className, symbol) {
  const svg = L.SVG.create("svg")
  svg.setAttribute("class", className)
  svg.setAttribute("aria-hidden", "true")
  const part = L.SVG.create("use")
  part.setAttribute("href", `${icons}#${symbol}`)
  svg.append(part)
  return svg
}

// Markers are buttons with names, out of the tab order: the list beside the map is the map for the keyboard.
function markerButton(className, label, state) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = className
  button.tabIndex = -1
  button.setAttribute("aria-label", label)
  if (state) button.dataset.state = state
  return button
}

// `stroke`: what is late has a stroke under its tip instead of a flag.
function pinButton(item, chosen, icons, { stroke = false } = {}) {
  const { state, late, icon } = item
  if (DONE.includes(state) && !chosen) {
    const button = markerButton("dot", nameOf(item), state)
    const glyph = useElement(icons, "glyph", `s-${state}`)
    glyph.dataset.state = state
    button.append(glyph)
    return button
  }
  const button = markerButton(chosen ? "pin chosen" : "pin", nameOf(item), state)
  button.append(useElement(icons, "body", `p-${BODY[state] ?? "round"}`), useElement(icons, "icon", icon))
  if (late && stroke) button.classList.add("over")
  else if (late) button.append(useElement(icons, "flag", "s-late"))
  if (item.pale) button.classList.add("pale")
  return button
}

// `ring`: the mix that its ring shows.
function clusterButton(item, ring) {
  const { n } = item
  const button = markerButton("cluster", nameOfMany(item))
  const r = radiusOf(n)
  const side = 2 * (r + 7)
  const c = side / 2
  const svg = L.SVG.create("svg")
  for (const [name, value] of Object.entries({ width: side, height: side, viewBox: `0 0 ${side} ${side}`, "aria-hidden": "true" }))
    svg.setAttribute(name, value)
  const add = (shape, attributes) => {
    const element = L.SVG.create(shape)
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
    svg.append(element)
    return element
  }
  add("circle", { class: "disc", cx: c, cy: c, r: r + 4 })
  for (const { state, from, to } of ringParts(ring, r)) {
    if (to - from >= 360) add("circle", { class: "arc", "data-state": state, cx: c, cy: c, r })
    else add("path", { class: "arc", "data-state": state, d: arcPath(c, r, from, to) })
  }
  add("text", { x: c, y: c + 5 }).textContent = formatNumber(n)
  button.append(svg)
  return button
}

// The parts of a ring, clockwise from the top, in degrees.
export function ringParts(mix, r) {
  const parts = RING.filter((state) => mix[state])
  if (parts.length === 1) return [{ state: parts[0], from: 0, to: 360 }]
  const n = parts.reduce((sum, state) => sum + mix[state], 0)
  const shares = parts.map((state) => Math.max(mix[state] / n, MIN_SHARE))
  const whole = shares.reduce((sum, share) => sum + share, 0)
  const gap = 100 / r
  let at = 0
  return parts.map((state, i) => {
    const sweep = (360 * shares[i]) / whole
    at += sweep
    return { state, from: at - sweep + gap / 2, to: at - gap / 2 }
  })
}

function arcPath(c, r, from, to) {
  const at = (degrees) => {
    const angle = ((degrees - 90) * Math.PI) / 180
    return `${(c + r * Math.cos(angle)).toFixed(1)} ${(c + r * Math.sin(angle)).toFixed(1)}`
  }
  return `M${at(from)}A${r} ${r} 0 ${to - from > 180 ? 1 : 0} 1 ${at(to)}`
}
