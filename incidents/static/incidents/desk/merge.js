// The page for merging incidents: shows the outcome of what is ticked on the map and in words. G merges what is
// ticked, Shift T takes the ticked reports out.

import { cityMap } from "../../map/city-map.js"

const $ = (selector, root = document) => root.querySelector(selector)
const form = $("#merge-form")
const split = $("#split-form")
const CIRCLE_M = 60 // metres within which intake takes two for one

if (form) {
  const rows = [...form.querySelectorAll(".cands li[data-reference]")]
  const isTicked = (row) => row.dataset.reference === form.dataset.own || $("input", row)?.checked
  const map = drawMap(rows)

  const show = (speak) => {
    const chosen = rows.filter(isTicked)
    const [stands] = chosen.toSorted(
      (row, other) =>
        Date.parse(row.dataset.due) - Date.parse(other.dataset.due) ||
        Date.parse(row.dataset.received) - Date.parse(other.dataset.received),
    )
    for (const row of rows) row.classList.toggle("weak", !isTicked(row))
    $("[data-number]", form).textContent = stands.dataset.reference
    $("[data-due]", form.querySelector(".result")).textContent = stands.dataset.dueWords
    $("[data-unit]", form.querySelector(".result")).textContent = stands.dataset.unit
    const total = chosen.reduce((sum, row) => sum + Number(row.dataset.reports), 0)
    $("[data-total]", form).textContent = total
    $("[data-count]", form).textContent = chosen.length
    $("[data-merge]", form).setAttribute("aria-disabled", String(chosen.length < 2))
    if (speak) $("[data-spoken]", form).textContent = interpolate(gettext("%s selected, %s reports"), [chosen.length, total])
    map.show(rows, isTicked)
  }
  form.addEventListener("change", () => show(true))
  form.addEventListener("submit", (event) => {
    if (rows.filter(isTicked).length < 2) event.preventDefault()
  })
  show(false)
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "g" && form) press($("[value=merge]", form))
  else if (event.key === "T" && event.shiftKey && split) press($("[value=split]", split))
  else return
  event.preventDefault()
})

function press(button) {
  if (button.getAttribute("aria-disabled") !== "true") button.click()
}

// The incidents as letters; a line leads from the first to each that is ticked.
function drawMap(rows) {
  const element = $("#map")
  const map = cityMap(element, { tools: ["zoom"] })
  const places = rows.map(({ dataset: { lat, lon } }) => [Number(lat), Number(lon)])
  map.fitBounds(places, { maxZoom: 18, padding: [48, 48] })
  L.circle(places[0], { radius: CIRCLE_M, weight: 2, dashArray: "4 4", className: "doubt", interactive: false }).addTo(map)
  const layer = L.layerGroup().addTo(map)
  return {
    show(shown, isTicked) {
      layer.clearLayers()
      for (const [number, row] of shown.entries()) {
        const weak = !isTicked(row)
        if (number)
          L.polyline([places[0], places[number]], {
            weight: 2,
            dashArray: weak ? "4 4" : null,
            className: "tie",
            interactive: false,
          }).addTo(layer)
        const html = document.createElement("span")
        html.className = weak ? "letter weak" : "letter"
        html.textContent = row.dataset.letter
        L.marker(places[number], {
          icon: L.divIcon({ html, className: "", iconSize: [26, 26] }),
          keyboard: false,
          interactive: false,
        }).addTo(layer)
      }
    },
  }
}
