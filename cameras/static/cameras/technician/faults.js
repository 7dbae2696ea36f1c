// Draws the route of a repair team: numbered places joined in their order. The list beside the map has the same.

import { cityMap } from "../../map/city-map.js"

const element = document.getElementById("route-map")
const map = element && cityMap(element, { tools: ["zoom"] })
const teams = [...document.querySelectorAll("[data-route]")]
let drawn

function showRoute(team) {
  drawn?.remove()
  const stops = [...team.querySelectorAll("[data-stop]")].map(({ dataset }) => ({
    ...dataset,
    at: [Number(dataset.lat), Number(dataset.lon)],
  }))
  const places = stops.map(({ at }) => at)
  drawn = L.featureGroup([L.polyline(places, { className: "route-line", interactive: false })]).addTo(map)
  for (const { at, stop, name } of stops) {
    const icon = L.divIcon({ className: "route-stop num", html: stop, iconSize: [28, 28] })
    L.marker(at, { icon, keyboard: false, alt: `${stop}, ${name}` })
      .bindTooltip(name)
      .addTo(drawn)
  }
  map.fitBounds(L.latLngBounds(places), { maxZoom: 16, padding: [24, 24], animate: false })
  for (const other of teams) other.querySelector("[data-show-route]").setAttribute("aria-pressed", other === team)
  const name = document.getElementById(team.getAttribute("aria-labelledby")).firstChild.textContent.trim()
  document.getElementById("route-says").textContent = `${name}: ${team.dataset.route}`
}

for (const team of teams) team.querySelector("[data-show-route]").addEventListener("click", () => showRoute(team))
if (map && teams.length) showRoute(teams[0])
