// The map in a page of others: what fits the filters of the address, and a link to the same view here. It sets no cookies,
// keeps nothing, and a press on a pin opens its page in a tab of its own.

import { cityMap } from "../../map/city-map.js"
import { pins } from "../../map/pins.js"
import { incidentTiles } from "../incident-tiles.js"
import { viewOf } from "./view.js"

const ANEW_MS = 60_000

const element = document.getElementById("map")
const whole = document.getElementById("whole")
const wanted = new URLSearchParams(location.search)
const look = wanted.get("look") ?? ""
wanted.delete("look")

const map = cityMap(element, { tools: ["zoom"], ...viewOf(location.hash) })
const open = ({ reference }) => window.open(L.Util.template(element.dataset.incident, { reference }), "_blank", "noopener")
const tiles = incidentTiles(map, pins(map, { choose: open }), element.dataset.incidents)
tiles.hide(look !== "")
tiles.setFilters(wanted)
const show = await drawing()

// What draws the look of the address again: loaded only where it is not pins.
async function drawing() {
  if (!look) return tiles.refresh
  if (look === "density") {
    const { density } = await import("./density.js")
    const heat = density(map, element.dataset.density, { said: () => {} })
    return () => heat.show(wanted)
  }
  const { areaLook } = await import("./area-look.js")
  const table = document.createElement("div")
  table.dataset.address = element.dataset.areas
  const areas = areaLook(map, table, { said: () => {} })
  return () => areas.show(look, wanted)
}

function linkToView() {
  const { lat, lng } = map.getCenter()
  whole.hash = `${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`
}

if (look) show()
linkToView()
map.on("moveend", linkToView)
setInterval(() => document.visibilityState === "visible" && show(), ANEW_MS)
