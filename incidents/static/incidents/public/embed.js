// The public map embedded in other sites: the incidents that fit the filters of the address, and a link to the same view here. It
// sets no cookies, stores nothing, and a press on a pin opens its page in a tab of its own.

import { cityMap } from "../../map/city-map.js"
import { pins } from "../../map/pins.js"
import { incidentTiles } from "../incident-tiles.js"
import { viewOf } from "./view.js"

const ANEW_MS = 60_000

const element = document.getElementById("map")
const whole = document.getElementById("whole")
const wanted = new URLSearchParams(location.search)
const look = wanted.get("look") ?? ""
let moment = wanted.get("at") ?? ""
for (const name of ["look", "at", "lang"]) wanted.delete(name)

const map = cityMap(element, { tools: ["zoom"], ...viewOf(location.hash) })
const open = ({ reference }) => window.open(L.Util.template(element.dataset.incident, { reference }), "_blank", "noopener")
const tiles = incidentTiles(map, pins(map, { choose: open, grouped: true }), element.dataset.incidents, { atMost: 25 })
tiles.hide(look !== "")
tiles.setFilters(wanted)
const show = await drawing()

// What draws the look of the address again: loaded only where it is not pins.
async function drawing() {
  if (!look) return tiles.refresh
  if (look === "density" || look === "time") {
    const { density } = await import("./density.js")
    const heat = density(map, element.dataset.density, { notify: () => {} })
    return look === "time" ? playing(heat) : () => heat.show(wanted)
  }
  const { areaLook } = await import("./area-look.js")
  const table = document.createElement("div")
  table.dataset.address = element.dataset.areas
  const areas = areaLook(map, table, { notify: () => {} })
  return () => areas.show(look, wanted)
}

// The slider under the map; the table of the same figures stands on the whole map.
async function playing(heat) {
  const { timeBar } = await import("./time-bar.js")
  const table = document.createElement("div")
  table.innerHTML = "<table><tbody></tbody></table>"
  const bar = timeBar(document.getElementById("time-bar"), table, { heat, filter, moved, announce: () => {} })

  function filter(changes) {
    for (const [name, value] of Object.entries(changes)) value ? wanted.set(name, value) : wanted.delete(name)
    moment = ""
    bar.show(wanted)
    linkToView()
  }

  function moved(from) {
    moment = from
    linkToView()
  }

  return () => bar.show(wanted, moment)
}

function linkToView() {
  const { lat, lng } = map.getCenter()
  const shown = Object.entries({ look, at: look === "time" ? moment : "" }).filter(([, value]) => value)
  whole.search = new URLSearchParams([...wanted, ...shown])
  whole.hash = `${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`
}

if (look) show()
linkToView()
map.on("moveend", linkToView)
setInterval(() => document.visibilityState === "visible" && show(), ANEW_MS)
