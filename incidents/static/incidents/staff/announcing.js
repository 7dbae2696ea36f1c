// The form of a new announcement: its ward or its circle on a map, and what people would see, while one fills it in.
// A press on the map is the middle of the circle.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"
import { cityMap, litWard } from "../../map/city-map.js"

const ASK_AGAIN = ["kind", "reaches", "area", "where", "spot", "radius", "until", "starts_at"] // what is told, and to how many
const form = document.getElementById("announcing")
const { elements } = form
const map = cityMap(document.getElementById("reach-map"))
let circle = null
let lastQuestion = 0

// `at`: [lon, lat], or null where the place is not known (yet).
async function drawReach(at) {
  const inWard = elements.reaches.value === "ward"
  circle?.remove()
  circle = null
  if (!inWard && at) {
    const className = document.querySelector("#seen [data-urgent]") ? "told-area urgent" : "told-area"
    circle = L.circle([at[1], at[0]], { radius: Number(elements.radius.value), className, interactive: false }).addTo(map)
    map.fitBounds(circle.getBounds(), { padding: [40, 40], maxZoom: 17 })
  }
  await litWard(map, (inWard && elements.area.value) || null, { fit: true })
}

const shownMiddle = () => document.getElementById("seen").dataset.at?.split(",").map(Number) ?? null

// Ask what people would see, and how many are told. `changed`: the name of the field that was changed.
async function showPreview(changed) {
  const mine = ++lastQuestion
  const fields = new URLSearchParams(new FormData(form))
  for (const name of ["csrfmiddlewaretoken", "text", "text_en"]) fields.delete(name)
  if (changed === "kind") fields.delete("until") // each kind has its own
  try {
    const page = new DOMParser().parseFromString(await request(`${form.getAttribute("action")}?${fields}`), "text/html")
    if (mine !== lastQuestion) return // something newer was asked for meanwhile
    if (changed === "kind") elements.until.value = page.getElementById("said-until").value
    for (const id of ["seen", "where-fault", "area-fault"]) document.getElementById(id).replaceWith(page.getElementById(id))
    if (changed === "where") document.getElementById("spots").replaceWith(page.getElementById("spots"))
    showText()
    await drawReach(shownMiddle())
  } catch (error) {
    toast(error.message)
  }
}

function showText() {
  form.querySelector('[data-preview="text"]').textContent = elements.text.value || "…"
}

function setMiddle(lon, lat) {
  elements.lon.value = lon
  elements.lat.value = lat
}

function choose(reaches) {
  form.querySelector(`[name="reaches"][value="${reaches}"]`).checked = true
}

form.addEventListener("input", showText)
form.addEventListener("change", ({ target: { name } }) => {
  if (!ASK_AGAIN.includes(name)) return
  if (name === "area") choose("ward")
  if (name === "where" || name === "spot") {
    choose("circle")
    setMiddle("", "") // it is where the words say
  }
  if (name === "where") document.getElementById("spots").replaceChildren()
  showPreview(name)
})
map.on("click", ({ latlng: { lng, lat } }) => {
  choose("circle")
  setMiddle(lng.toFixed(6), lat.toFixed(6))
  elements.where.value = ""
  document.getElementById("spots").replaceChildren()
  drawReach([lng, lat])
  showPreview("where")
})

drawReach(shownMiddle())
