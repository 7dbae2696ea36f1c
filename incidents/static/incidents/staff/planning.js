// The form of planned works: their area on a map, drawn corner by corner, and what people would see while one fills it in.
//
// The text field of the corners is what is sent: a line an area, `lon,lat` a corner. Each corner is a button on the map,
// moved by dragging or by the arrow keys (ten metres, with Shift a hundred), taken away by Delete.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"
import { cityMap } from "../../map/city-map.js"

const STEP_M = 10
const DEGREE_M = 111_000
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
const WORDS = ["csrfmiddlewaretoken", "text", "text_en", "title", "title_en"] // they do not say where or when
const form = document.getElementById("planning")
const { elements } = form
const map = cityMap(document.getElementById("reach-map"))
const seen = () => document.getElementById("seen")
let area = null
let markers = []
let lastQuestion = 0

const isDrawn = () => elements.reaches.value === "drawn"
const parseCorners = () =>
  elements.drawn.value
    .trim()
    .split("\n")
    .at(-1)
    .split(/\s+/)
    .map((corner) => corner.split(",").map(Number))
    .filter(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat))

// Only the last area of several is edited on the map; those before it stay as they are.
function writeCorners(corners) {
  const lines = elements.drawn.value.trim().split("\n").slice(0, -1)
  elements.drawn.value = [...lines, corners.map((corner) => corner.map((part) => part.toFixed(6)).join(",")).join(" ")].join("\n")
  drawCorners()
  showPreview()
}

function drawCorners() {
  const corners = isDrawn() ? parseCorners() : []
  for (const marker of markers) marker.remove()
  markers = corners.map(([lon, lat], n) => {
    const icon = L.divIcon({ className: "corner", iconSize: [24, 24] })
    const title = interpolate(gettext("Corner %s"), [n + 1])
    const marker = L.marker([lat, lon], { icon, draggable: true, title, alt: title }).addTo(map)
    const element = marker.getElement()
    element.setAttribute("aria-label", title)
    element.addEventListener("keydown", (event) => handleKey(event, n))
    marker.on("dragend", () => {
      const { lng, lat: moved } = marker.getLatLng()
      writeCorners(parseCorners().with(n, [lng, moved]))
    })
    return marker
  })
}

function handleKey(event, n) {
  const corners = parseCorners()
  const arrow = ARROWS[event.key]
  if (arrow) {
    const step = (event.shiftKey ? 10 : 1) * STEP_M
    const [lon, lat] = corners[n]
    const east = DEGREE_M * Math.cos((lat * Math.PI) / 180)
    corners[n] = [lon + (arrow[0] * step) / east, lat + (arrow[1] * step) / DEGREE_M]
  } else if (["Delete", "Backspace"].includes(event.key)) corners.splice(n, 1)
  else return
  event.preventDefault()
  event.stopPropagation()
  writeCorners(corners)
  markers
    .at(Math.min(n, markers.length - 1))
    ?.getElement()
    .focus()
}

function drawArea({ fit = false } = {}) {
  area?.remove()
  const { shape } = seen().dataset
  area = shape ? L.geoJSON(JSON.parse(shape), { interactive: false, style: { className: "told-area" } }).addTo(map) : null
  if (area && fit) map.fitBounds(area.getBounds(), { padding: [40, 40], maxZoom: 16, animate: false })
}

async function showPreview() {
  const mine = ++lastQuestion
  const fields = new URLSearchParams(new FormData(form))
  for (const name of WORDS) fields.delete(name)
  seen().setAttribute("aria-busy", "true")
  try {
    const page = new DOMParser().parseFromString(await request(`${form.getAttribute("action")}?${fields}`), "text/html")
    if (mine !== lastQuestion) return // something newer was asked for meanwhile
    for (const id of ["seen", "reaches-fault"]) document.getElementById(id)?.replaceWith(page.getElementById(id))
    showTitle()
    drawArea({ fit: !isDrawn() })
  } catch (error) {
    if (mine === lastQuestion) seen().removeAttribute("aria-busy")
    toast(error.message)
  }
}

function showTitle() {
  form.querySelector('[data-preview="title"]').textContent = elements.title.value || "…"
}

form.addEventListener("input", showTitle)
form.addEventListener("change", ({ target: { name } }) => {
  if (!name || WORDS.includes(name)) return
  if (name === "reaches" || name === "drawn") drawCorners()
  showPreview()
})
map.on("click", ({ latlng: { lng, lat } }) => {
  form.querySelector('[name="reaches"][value="drawn"]').checked = true
  writeCorners([...parseCorners(), [lng, lat]])
})

drawCorners()
drawArea({ fit: true })
