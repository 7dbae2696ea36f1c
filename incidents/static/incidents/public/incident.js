// The pages of one incident: the small map, news as they happen, sharing.

import { cityMap, doubtCircle, icon, litWard } from "../../map/city-map.js"
import { news } from "../../map/news.js"
import { toast } from "../../look/page.js"
import { isPressed, waitWhile } from "../../look/pressed.js"
import { request } from "../../look/request.js"
import "./passing-on.js"

const BODY = { accepted: "p-square", working: "p-square", extension: "p-square", waiting: "p-square", disputed: "p-kite" }

const place = document.getElementById("place-map")
if (place) {
  const { lon, lat, ward, state, accuracy } = place.dataset
  const map = cityMap(place, { centre: [Number(lon), Number(lat)], zoom: 16, fixed: true })
  const pinPoint = () => map.latLngToContainerPoint([lat, lon])
  map.obstacles = () => [[pinPoint().x - 24, pinPoint().y - 48, pinPoint().x + 24, pinPoint().y + 2]]
  litWard(map, ward, { mask: true })
  if (Number(accuracy) > 30) doubtCircle(map, [lon, lat], Number(accuracy)).addTo(map)
  const pin = Object.assign(document.createElement("span"), { className: "pin" })
  pin.dataset.state = state
  pin.append(icon(map, BODY[state] ?? "p-round"), icon(map, place.dataset.icon))
  pin.firstChild.setAttribute("class", "body")
  const at = L.divIcon({ className: "", iconSize: [0, 0], html: pin })
  L.marker([lat, lon], { icon: at, interactive: false, keyboard: false }).addTo(map)
}

// ---- news: the page is asked for again, and what lives in it is put in place ----

async function refreshPage() {
  const page = new DOMParser().parseFromString(await request(location.href), "text/html")
  await waitWhile(() => isPressed(document.body))
  let drawnLine = ""
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id)
    if (!fresh || fresh.isEqualNode(old)) continue
    const open = [...old.querySelectorAll("details")].map((details) => details.open)
    fresh.querySelectorAll("details").forEach((details, index) => (details.open = open[index] ?? false))
    if (["verdict", "state"].includes(old.id)) drawnLine = fresh.querySelector(".state").textContent.trim()
    old.replaceWith(document.adoptNode(fresh))
  }
  const state = document.getElementById("verdict")?.dataset.state
  if (place && state) place.querySelector(".pin").dataset.state = state === "late" ? place.querySelector(".pin").dataset.state : state
  document.dispatchEvent(new Event("refreshed"))
  if (drawnLine) toast(interpolate(gettext("This incident has changed: %s"), [drawnLine]))
}

const { reference, live, after } = document.body.dataset
if (live) {
  const stream = news(live, { after })
  const refreshQuietly = () => refreshPage().catch(() => {}) // the next news, or the next look, tries it again
  stream.addEventListener("news", ({ detail }) => detail.reference === reference && refreshQuietly())
  stream.addEventListener("reload", refreshQuietly)
  // What is not told in public, a private page hears when somebody looks at it again.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refreshQuietly())
}
