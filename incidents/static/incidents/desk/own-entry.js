// The form for what an officer saw, or somebody reports at the counter: proposes categories for the typed words as buttons, and
// searches the list of categories. Its place is the pin once that was moved.

import { request } from "../../look/request.js"
import { makeSearchable, placePin } from "./desk-form.js"

const MOST = 5 // kinds that are proposed
const TYPING_WAIT = 300 // milliseconds after the last key
const form = document.querySelector("[data-step-form]")
const proposed = document.getElementById("proposed")
const { category, text, lon, lat } = form.elements
const titles = new Map([...category.options].map(({ value, label }) => [value, label.trim()]))
makeSearchable(category, gettext("Find a type of incident"))
placePin(form, form.querySelector("[data-step-pin]"))

let timer = 0
let lastQuestion = 0
text.addEventListener("input", () => {
  clearTimeout(timer)
  timer = setTimeout(proposeKinds, TYPING_WAIT)
})

async function proposeKinds() {
  const question = ++lastQuestion
  const address = new URL(proposed.dataset.kinds, location)
  address.searchParams.set("words", text.value)
  if (lon.value && lat.value) for (const field of [lon, lat]) address.searchParams.set(field.name, field.value)
  try {
    const answer = await request(address)
    const codes = [...new Set([...answer.codes, ...answer.proposed])].filter((code) => titles.has(code))
    if (question === lastQuestion) showKinds(text.value.trim() ? codes.slice(0, MOST) : [])
  } catch {
    // the list has all of them
  }
}

function showKinds(codes) {
  proposed.replaceChildren(...codes.map(chipOf))
  proposed.hidden = !codes.length
}

function chipOf(code) {
  const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: titles.get(code) })
  chip.setAttribute("aria-pressed", String(category.value === code))
  chip.addEventListener("click", () => {
    const search = form.querySelector("[data-pick] input")
    search.value = ""
    search.dispatchEvent(new Event("input"))
    category.value = code
    for (const other of proposed.children) other.setAttribute("aria-pressed", String(other === chip))
  })
  return chip
}
