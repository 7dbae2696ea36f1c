// A list of areas, changes or findings beside a map: a choice in one is shown in the other.
//
//   .map[data-drawn]   an address that gives { areas, old, findings, changes }: incidents/views/gis/drawing.py
//   [data-finding] [data-area] [data-change]   rows of the list, by number; [data-shows] in them is their button

import { cityMap } from "../../map/city-map.js"
import { request } from "../../look/request.js"

const inLanguage = (words) => words[document.documentElement.lang] ?? words.vi
// What a file calls an area is text: as a string Leaflet would take it for markup.
function textElement(text) {
  const words = document.createElement("span")
  words.textContent = text
  return words
}

const rowOf = (kind, number) => document.querySelector(`[data-${kind}="${number}"]`)

async function drawMap(place) {
  const map = cityMap(place, { tools: ["zoom"], minZoom: 6 })
  const shown = await request(place.dataset.drawn)
  const layers = { area: new Map(), change: new Map(), finding: new Map() }
  const changes = shown.changes ?? {}
  const changed = new Set(Object.values(changes).flatMap(({ kind, parts }) => (kind === "stays" ? [] : parts)))
  const stateClasses = (kind, id) => (kind === "change" ? [changes[id]?.kind] : kind === "area" && changed.has(id) ? ["changed"] : [])
  let chosen = []

  function addLayer(features, kind, className, choose) {
    if (!features?.length) return null
    map.createPane(className).style.zIndex = { "edition-area": 350, "edition-old": 360, "edition-finding": 370 }[className]
    const renderer = L.svg({ pane: className, padding: 0.3 })
    const layer = L.geoJSON(features, {
      renderer,
      pane: className,
      style: ({ id, properties: { grave } }) => ({
        className: [className, grave && "grave", ...stateClasses(kind, id)].filter(Boolean).join(" "),
        renderer,
        pane: className,
      }),
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 9 }),
      onEachFeature: ({ id, properties: { title } }, shape) => {
        layers[kind].set(id, shape)
        if (title) shape.bindTooltip(textElement(inLanguage(title)), { sticky: true })
        shape.on("click", () => choose(kind, id, true))
      },
    }).addTo(map)
    return layer
  }

  function markShape(layer, name) {
    const element = layer?.getElement?.()
    for (const outline of element ? [element] : Object.values(layer?._layers ?? {}).map((part) => part.getElement())) {
      outline.classList.add(name)
      chosen.push([outline, name])
    }
  }

  function choose(kind, id, fromMap = false) {
    const row = rowOf(kind, id)
    for (const [element, name] of chosen) element.classList.remove(name)
    chosen = []
    for (const other of document.querySelectorAll("[data-finding], [data-area], [data-change]")) other.removeAttribute("aria-current")
    row?.setAttribute("aria-current", "true")
    if (fromMap) row?.closest("details")?.setAttribute("open", "")
    if (fromMap) row?.scrollIntoView({ block: "nearest" })
    const shape = layers[kind].get(id)
    const parts = kind === "change" ? (changes[id]?.parts ?? []).map((part) => layers.area.get(part)) : []
    for (const part of parts) markShape(part, "part")
    if (!shape) return
    markShape(shape, "chosen")
    shape.bringToFront?.()
    map.fitBounds(shape.getBounds?.() ?? shape.getLatLng().toBounds(500), { maxZoom: 17, padding: [40, 40] })
  }

  const ground = addLayer(shown.areas, "area", "edition-area", choose)
  const old = addLayer(shown.old, "change", "edition-old", choose)
  const findings = addLayer(shown.findings, "finding", "edition-finding", choose)
  const differing = [...layers.change].filter(([id]) => changes[id]?.kind !== "stays").map(([, layer]) => layer)
  const all = differing.length ? L.featureGroup(differing) : (old ?? ground ?? findings)
  if (all) map.fitBounds(all.getBounds(), { padding: [16, 16], maxZoom: 16 })
  for (const [kind, known] of Object.entries(layers)) {
    for (const row of document.querySelectorAll(`[data-${kind}]`)) {
      const id = Number(row.dataset[kind])
      if (!known.has(id)) continue
      const button = row.querySelector("[data-shows]")
      button.hidden = false
      row.classList.add("can-show")
      row.addEventListener("click", (event) => event.target.closest("a") || choose(kind, id))
    }
  }
  place.dataset.ready = ""
}

for (const place of document.querySelectorAll(".map[data-drawn]")) drawMap(place)
