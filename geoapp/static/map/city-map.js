// The map of the city, which needs no tiles of other servers. Needs Leaflet (the global L) and map.css: {% map_files %}.
//
//   const map = cityMap(element, options)   Leaflet's map on <div class="map" {% map_data %}>. Options, each may be left out:
//       centre [lon, lat] · zoom · fixed: true (a picture: nothing moves, no tools) · tools: ["locate", "zoom"] · minZoom
//       · notify(words): shows what the locate tool reports · covered(): how many pixels at its foot something lies over
//   await litWard(map, code, { mask, fit })  lights a ward up (null: none): its line over a halo, its full name; `mask` steps
//       the rest back, `fit` (true or Leaflet's options) moves there. Gives { code, name, title, label, bounds }, or null.
//   locate(map)                              asks the device where it is, marks it and goes there; gives { latlng, accuracy }.
//                                            Above what lies over its foot.
//   doubtCircle(map, [lon, lat], radius)     a circle in which a place lies, in metres; not on the map yet.
//   markOwnPlace(map, [lon, lat], accuracy)  the dot of one's own place in its circle of accuracy; called again it moves.
//   map.ground.fillAreas(shades)             colours areas by their codes: a Map of the shades 1 … 5, or "few": hatched; null: none.
//   The map fires "lit" and "repaint" (the theme has changed).

import { baseLayer } from "./base-layer.js"

const inLanguage = (words) => words[document.documentElement.lang] ?? words.vi

// Leaflet places each marker in three dimensions: a browser then composes each as a picture of its own, anew with every
// frame in which the map moves. In two dimensions they share one, which is moved with the pane.
const setPosition = L.Marker.prototype._setPos
L.Marker.include({
  _setPos(at) {
    setPosition.call(this, at)
    this._icon.style.transform = `translate(${at.x}px, ${at.y}px)`
  },
})

export function cityMap(
  element,
  { centre, zoom, fixed = false, tools = fixed ? [] : ["locate", "zoom"], minZoom = 8, notify = () => {}, covered = () => 0 } = {},
) {
  const { dataset } = element
  const [lon, lat] = centre ?? dataset.centre.split(",").map(Number)
  const moves = !fixed
  const map = L.map(element, {
    attributionControl: false,
    zoomControl: false,
    minZoom,
    maxZoom: 19,
    keyboard: moves,
    dragging: moves,
    scrollWheelZoom: moves,
    doubleClickZoom: moves,
    touchZoom: moves,
    boxZoom: moves,
    tap: false,
    fadeAnimation: false,
    worldCopyJump: false,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  })
  map.covered = covered
  map.setView([lat, lon], zoom ?? Number(dataset.zoom))
  if (fixed) element.removeAttribute("tabindex")
  map.createPane("lit").style.zIndex = 310
  map.createPane("doubt").style.zIndex = 340
  element.classList.toggle("raster", Boolean(dataset.basemap))
  if (dataset.basemap) L.tileLayer(dataset.basemap, { maxZoom: 19 }).addTo(map)
  const layer = baseLayer(map, {
    tiles: dataset.tiles,
    raster: Boolean(dataset.basemap),
    pane: dataset.basemap ? "overlayPane" : "tilePane",
  })
  map.ground = layer
  import("./label-layer.js").then(
    ({ labelLayer }) => labelLayer(map, layer), // fetched after what stands on the map
    () => {}, // no connection: the map is drawn without
  )
  addCredit(element)
  if (tools.length) addToolbars(map, tools, notify)
  whenThemeChanges(() => {
    layer.repaint()
    map.fire("repaint")
  })
  // Its middle stays where it is when its size changes; hidden it has none, and nothing changes.
  new ResizeObserver(() => element.offsetWidth && map.invalidateSize()).observe(element)
  return map
}

function addCredit(element) {
  const line = document.createElement("small")
  line.className = "credit"
  if (element.dataset.copyright) {
    const link = document.createElement("a")
    link.href = element.dataset.copyright
    link.rel = "noopener"
    link.textContent = element.dataset.streets
    line.append(link, element.dataset.credit && " · ")
  }
  line.append(element.dataset.credit)
  line.title = element.dataset.sources
  element.append(line)
}

export function icon(map, name) {
  const svg = L.SVG.create("svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = L.SVG.create("use")
  use.setAttribute("href", `${map.getContainer().dataset.icons}#${name}`)
  svg.append(use)
  return svg
}

// Add buttons to a group on the map: addTools(map, "zoom", [["i-plus", "Zoom in", press], …])
export function addTools(map, kind, buttons) {
  const box = map.getContainer().querySelector(`.map-tools.${kind}`) ?? L.DomUtil.create("div", `map-tools ${kind}`, map.getContainer())
  for (const [sign, words, press] of buttons) {
    const button = document.createElement("button")
    button.type = "button"
    button.setAttribute("aria-label", words)
    button.title = words
    button.append(icon(map, sign))
    button.addEventListener("click", () => press(button))
    box.append(button)
  }
  L.DomEvent.disableClickPropagation(box)
  L.DomEvent.disableScrollPropagation(box)
  return box
}

function addToolbars(map, tools, notify) {
  if (tools.includes("locate")) {
    addTools(map, "locate", [
      [
        "i-locate",
        gettext("Go to my location"),
        async (button) => {
          button.setAttribute("aria-busy", "true")
          try {
            const { accuracy } = await locate(map)
            notify(interpolate(gettext("You are here, accurate to %s m"), [Math.round(accuracy)]))
          } catch {
            notify(gettext("Your device does not share its location. Move the map or enter a ward."))
          }
          button.removeAttribute("aria-busy")
        },
      ],
    ])
  }
  if (tools.includes("zoom")) {
    addTools(map, "zoom", [
      ["i-plus", gettext("Zoom in"), () => map.zoomIn()],
      ["i-minus", gettext("Zoom out"), () => map.zoomOut()],
    ])
  }
}

export function locate(map) {
  return new Promise((resolve, failed) => {
    if (!navigator.geolocation) return failed(new Error("no geolocation"))
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude, accuracy } }) => {
        markOwnPlace(map, [longitude, latitude], accuracy)
        const zoom = Math.max(map.getZoom(), accuracy < 200 ? 17 : 15)
        const under = map.covered() / 2
        map.setView(map.unproject(map.project([latitude, longitude], zoom).add([0, under]), zoom), zoom)
        resolve({ latlng: L.latLng(latitude, longitude), accuracy })
      },
      failed,
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    )
  })
}

// A circle of doubt around a place. One drawing holds them all: Leaflet keeps each that it was ever given.
export function doubtCircle(map, [lon, lat], radius) {
  map.doubtRenderer ??= L.svg({ pane: "doubt" })
  return L.circle([lat, lon], { radius, className: "doubt", pane: "doubt", renderer: map.doubtRenderer, interactive: false })
}

export function markOwnPlace(map, [lon, lat], accuracy) {
  map.here?.remove()
  map.here = L.layerGroup([
    ...(accuracy ? [doubtCircle(map, [lon, lat], accuracy)] : []),
    L.marker([lat, lon], {
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: '<span class="here"></span>' }),
      interactive: false,
      keyboard: false,
      zIndexOffset: 500,
    }),
  ]).addTo(map)
  return map.here
}

const OUTSIDE = [
  [-89, -360],
  [89, -360],
  [89, 360],
  [-89, 360],
]

export async function litWard(map, code, { mask = false, fit = false } = {}) {
  map.wanted = code
  if (!code) return showWard(map, null)
  if (map.lit?.code !== code || map.lit.mask !== mask) {
    const answer = await fetch(L.Util.template(map.getContainer().dataset.shapes, { code: encodeURIComponent(code) }), {
      credentials: "omit",
    })
    if (!answer.ok || map.wanted !== code) return null // another one was chosen meanwhile
    const ward = await answer.json()
    if (map.wanted !== code) return null
    showWard(map, { ...ward, title: inLanguage(ward.title), mask })
  }
  if (fit) {
    const [west, south, east, north] = map.lit.bounds
    map.fitBounds(
      [
        [south, west],
        [north, east],
      ],
      { padding: [24, 24], maxZoom: 17, ...(fit === true ? {} : fit) },
    )
  }
  return map.lit
}

function showWard(map, ward) {
  map.litShape?.remove()
  map.lit = map.litShape = null
  if (ward) {
    map.lit = ward
    const rings = ward.shape.coordinates.map((polygon) => polygon.map((ring) => ring.map(([lon, lat]) => [lat, lon])))
    map.litRenderer ??= L.svg({ pane: "lit", padding: 0.5 })
    const ringLayer = (className, shape, options) =>
      L.polygon(shape, { className, renderer: map.litRenderer, pane: "lit", interactive: false, ...options })
    map.litShape = L.layerGroup([
      ...(ward.mask
        ? [ringLayer("ward-mask", [OUTSIDE, ...rings.map(([outer]) => outer)], { stroke: false, fill: true, fillOpacity: 1 })]
        : []),
      ringLayer("ward-glow", rings, { fill: false }),
      ringLayer("ward-lit", rings, { fill: false }),
    ]).addTo(map)
  }
  map.fire("lit")
  return ward
}

function whenThemeChanges(act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act)
  new MutationObserver(act).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] })
}
