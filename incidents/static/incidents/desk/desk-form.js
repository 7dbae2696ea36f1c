// Aids for the forms of the desk: drafts, a search in long lists, ready answers, photos, names of colleagues.
//
//   prepareForm(form)         all of it for a form that has just appeared
//   deleteDraft(form)         deletes the draft kept on this device
//   sayWhere(form)            with a photo taken just now, where the device is
//   listPhotoNames(form)      shows the names of the chosen photos
//   placePin(form, element)   the map under the pin whose place the form says once the pin was moved
//   makeSearchable(select, label)   a search above a long list
//   suggestColleagues(area)   completes names after @ in a note

import { foldText } from "../../look/fold.js"
import { pinMap } from "../public/pin.js"

const $ = (selector, root = document) => root.querySelector(selector)

// What was typed is kept on this device until it is sent, so that no ended session and no reload loses it.
const draftKey = (form) => `draft ${form.dataset.draft}`
const DRAFT_FIELDS = ["note", "to", "person", "until", "category", "where"]

export function keepDraft(form) {
  const draft = JSON.parse(sessionStorage.getItem(draftKey(form)) ?? "{}")
  for (const name of DRAFT_FIELDS) {
    const field = form.elements[name]
    if (field && draft[name] && (!field.value || name === "until")) field.value = draft[name]
  }
  form.addEventListener("input", () =>
    sessionStorage.setItem(
      draftKey(form),
      JSON.stringify(Object.fromEntries(DRAFT_FIELDS.map((name) => [name, form.elements[name]?.value]))),
    ),
  )
}

export const deleteDraft = (form) => sessionStorage.removeItem(draftKey(form))

export function prepareForm(form) {
  const { note, to, category } = form.elements
  keepDraft(form)
  if (to && to.type !== "hidden") makeSearchable(to, gettext("Find a unit"))
  if (category) makeSearchable(category, gettext("Find a type of incident"))
  if ($("[data-insert]", form)) insertAnswers(form, note)
  if ($("[data-earlier]", form)) insertEarlier(form, note)
  if ($("#photos", form)) listPhotoNames(form)
  if (form.elements.live) sayWhere(form)
  if ($("[data-step-pin]", form)) placePin(form, $("[data-step-pin]", form))
}

// The pin stands at a known place, in the own area, or over the whole city; only one that was moved says a place.
export function placePin(form, element) {
  const start = element.dataset.stepPin
  const { lon: lonField, lat: latField } = form.elements
  let begun = false
  element.hidden = false
  const pin = pinMap(element, (moved) => {
    if (!begun) return
    lonField.value = moved.lon.toFixed(7)
    latField.value = moved.lat.toFixed(7)
  })
  // It has room when its dialog is open.
  new ResizeObserver(() => pin.refresh()).observe(element)
  if (start) {
    const [lon, lat] = start.split(",").map(Number)
    pin.move({ lon, lat, zoom: Number(element.dataset.stepZoom) })
  }
  begun = true
}

// Nearly two hundred units, or kinds of matters: a few letters, with or without diacritics, leave those that match.
export function makeSearchable(select, label) {
  const groups = [...select.querySelectorAll("optgroup")].map((group) => ({ group, options: [...group.children] }))
  const box = document.createElement("input")
  box.type = "search"
  box.className = "input"
  box.setAttribute("aria-label", label)
  box.placeholder = label
  box.autocomplete = "off"
  select.before(box)
  select.size = 7
  select.classList.add("pick-list")
  select.options[0].remove()
  box.addEventListener("input", (event) => {
    event.stopPropagation()
    const words = foldText(box.value).split(/\s+/)
    const chosen = select.value
    for (const { group, options } of groups) {
      const left = options.filter((option) => words.every((word) => foldText(option.label).includes(word)))
      group.replaceChildren(...left)
      group.remove()
      if (left.length) select.append(group)
    }
    select.value = chosen
    if (select.selectedIndex < 0 && box.value && select.options.length) select.selectedIndex = 0
  })
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault()
      select.focus()
    }
  })
  // Enter takes what is marked and goes on: in a list it would press the first button of the form.
  for (const field of [box, select]) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return
      event.preventDefault()
      if (select.selectedIndex < 0) return
      const fields = [...select.form.elements].filter((input) => !input.disabled && input.type !== "hidden" && input.checkVisibility())
      const after = fields.slice(fields.indexOf(select) + 1)
      ;(after.find((input) => input.matches("textarea, input:not([type=file])")) ?? after.find((input) => "go" in input.dataset))?.focus()
    })
  }
}

// Inserts a ready answer at the cursor; what is typed already stays.
function insertAnswers(form, note) {
  const button = $("[data-insert]", form)
  button.type = "button" // else it is the first that sends the form, which Enter presses in any field
  button.addEventListener("click", () => {
    insertWords(note, form.elements.answer.selectedOptions[0].dataset.text)
  })
}

function insertWords(note, text) {
  const before = note.value && !/\s$/.test(note.value.slice(0, note.selectionStart)) && note.selectionStart ? " " : ""
  note.setRangeText(before + text, note.selectionStart, note.selectionEnd, "end")
  note.dispatchEvent(new Event("input", { bubbles: true }))
  note.focus()
}

// Words used before: by a press, or by Alt and their number from anywhere in the form.
function insertEarlier(form, note) {
  const buttons = [...form.querySelectorAll("[data-earlier]")]
  for (const button of buttons) {
    button.type = "button"
    button.addEventListener("click", () => insertWords(note, button.dataset.earlier))
  }
  form.addEventListener("keydown", (event) => {
    const button = event.altKey && !event.ctrlKey && !event.metaKey && buttons[event.code.replace("Digit", "") - 1]
    if (!button) return
    event.preventDefault()
    button.click()
  })
}

// A photo taken by the camera of this device says where and when by the device; what was chosen as a file says so itself.
const JUST_NOW_MS = 120_000

export function sayWhere(form) {
  const camera = $("#camera", form)
  camera?.addEventListener("change", () => {
    const { own_lon, own_lat, own_accuracy, live } = form.elements
    live.value = [...camera.files].filter(({ lastModified }) => Date.now() - lastModified < JUST_NOW_MS).length
    if (!camera.files.length) return
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => {
        own_lon.value = coords.longitude.toFixed(6)
        own_lat.value = coords.latitude.toFixed(6)
        own_accuracy.value = Math.round(coords.accuracy)
      },
      () => {}, // then the photo has to say it
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
    )
  })
}

// How many photos will be sent, from the camera and from the phone's own.
export function listPhotoNames(form) {
  const inputs = [$("#photos", form), $("#camera", form)]
  const namesLine = $(".shots", form)
  const count = () => {
    const names = inputs.flatMap((input) => [...(input?.files ?? [])].map(({ name }) => name))
    namesLine.textContent = names.length ? names.join(", ") : ""
  }
  for (const input of inputs) input?.addEventListener("change", count)
  count()
}

// After @ the names of colleagues that fit; arrows choose, Enter or Tab takes one.
export function suggestColleagues(area) {
  if (!area || area.dataset.ready) return
  area.dataset.ready = "yes"
  const people = JSON.parse(area.dataset.people || "[]")
  if (!people.length) return
  const list = document.createElement("ul")
  list.className = "mentions"
  list.id = "mentions"
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", gettext("Colleagues"))
  list.hidden = true
  area.after(list)
  area.setAttribute("aria-autocomplete", "list")
  area.setAttribute("aria-controls", list.id)
  let at = 0

  const typedName = () => /(^|\s)@([\p{L}\p{N}._-]*)$/u.exec(area.value.slice(0, area.selectionStart))?.[2]
  const options = () => [...list.children]

  function closeList() {
    list.hidden = true
    area.removeAttribute("aria-activedescendant")
  }

  function showList() {
    const word = typedName()
    if (word === undefined) return closeList()
    const fitting = people.filter(({ username, name }) => foldText(`${username} ${name}`).includes(foldText(word))).slice(0, 6)
    list.replaceChildren(
      ...fitting.map(({ username, name }, number) => {
        const option = document.createElement("li")
        option.id = `mention-${number}`
        option.setAttribute("role", "option")
        option.dataset.username = username
        option.textContent = name === username ? `@${username}` : `@${username} · ${name}`
        return option
      }),
    )
    list.hidden = !fitting.length
    markOption(0)
  }

  function markOption(number) {
    const all = options()
    at = Math.min(Math.max(number, 0), all.length - 1)
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)))
    if (all[at]) area.setAttribute("aria-activedescendant", all[at].id)
  }

  function insertName(option) {
    const start = area.selectionStart - typedName().length
    area.setRangeText(`${option.dataset.username} `, start, area.selectionStart, "end")
    area.dispatchEvent(new Event("input", { bubbles: true }))
    closeList()
    area.focus()
  }

  area.addEventListener("input", showList)
  area.addEventListener("blur", () => setTimeout(closeList, 150))
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return
    if (event.key === "ArrowDown" || event.key === "ArrowUp") markOption(at + (event.key === "ArrowDown" ? 1 : -1))
    else if (event.key === "Enter" || event.key === "Tab") insertName(options()[at])
    else if (event.key === "Escape") closeList()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("li")
    if (!option) return
    event.preventDefault()
    insertName(option)
  })
}
