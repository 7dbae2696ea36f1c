// A combobox (ARIA 1.2) of places over `/addresses/`. Without the script the input is a plain field of its form.
//
//   addressSearch(input, { list, say, near, skip, choose })
//     input    <input data-addresses="/addresses/" data-icons="…/icons.svg">
//     list     <ul> beside it · say: an element with role="status" that gets the number of places
//     near()   [lon, lat] around which places come first, or null · skip(words): true for what is no address
//     choose({ title, kind, lon, lat, bounds, accuracy_m, area, ward, note })   `ward`: its code, if the person named the ward
//
// A divided ward offers its parts first; only one of them can be chosen.

import { request } from "../look/request.js"

const TYPING_WAIT = 180 // milliseconds after the last letter
const MIN_LETTERS = 2 // letters
const WARD_RADIUS = 900 // metres: the circle of a ward that somebody named
const ICONS = {
  house: "i-building",
  street: "c-road",
  junction: "c-signal",
  landmark: "i-flag",
  ward: "i-map",
  district: "i-map",
  former: "i-history",
  point: "i-flag",
}
const kindWords = () => ({
  house: gettext("house"),
  street: gettext("street"),
  junction: gettext("crossing"),
  landmark: gettext("known place"),
  ward: gettext("ward"),
  district: gettext("district"),
  former: gettext("former name"),
  point: gettext("point on the map"),
})
const confidenceWords = () => [
  [0.75, gettext("sure")],
  [0.5, gettext("likely")],
  [0.3, gettext("perhaps")],
  [0, gettext("unsure")],
]

export function accuracyInWords(metres) {
  return metres < 950
    ? interpolate(gettext("accurate to about %s m"), [Math.round(metres)])
    : interpolate(gettext("accurate to about %s km"), [Math.round(metres / 1000)])
}

export function addressSearch(input, { list, say, near = () => null, skip = () => false, choose }) {
  let options = [] // what Enter and a press give: { candidate, act }
  let active = -1
  let timer = 0
  let asking = null
  const unseen = say.classList.contains("sr")

  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    autocomplete: "off",
  }))
    input.setAttribute(name, value)
  list.setAttribute("role", "listbox")

  function showOptions(lines) {
    options = lines
    active = -1
    list.replaceChildren(...lines.map(optionElement))
    list.hidden = !lines.length
    input.setAttribute("aria-expanded", String(lines.length > 0))
    input.removeAttribute("aria-activedescendant")
  }

  function optionElement({ sign, title, facts = [], understood = "", note = "" }, i) {
    const option = createElement("li", "place")
    option.id = `${list.id}-${i}`
    option.setAttribute("role", "option")
    option.setAttribute("aria-selected", "false")
    const lines = createElement("span", "said-of")
    lines.append(createElement("b", "", title))
    for (const [kind, words] of [
      ["small quiet", facts.filter(Boolean).join(" · ")],
      ["tiny quiet", understood],
      ["small", note],
    ])
      if (words) lines.append(" ", createElement("span", kind, words))
    option.append(icon(sign), lines)
    return option
  }

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
    svg.setAttribute("class", "icon")
    svg.setAttribute("aria-hidden", "true")
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"))
    svg.firstChild.setAttribute("href", `${input.dataset.icons}#${name}`)
    return svg
  }

  function optionOf(candidate) {
    const { title, kind, confidence, accuracy_m, area, choices, understood, note } = candidate
    return {
      sign: ICONS[kind],
      title,
      note,
      facts: [
        kindWords()[kind],
        area && area.title !== title ? area.title : "",
        choices.length > 1 ? "" : accuracyInWords(accuracy_m),
        confidenceWords().find(([least]) => confidence >= least)[1],
      ],
      understood: understood.length
        ? interpolate(gettext("Understood: %s"), [understood.map(({ part_title, text }) => `${part_title} ${text}`).join(", ")])
        : "",
      act: () => (choices.length > 1 ? showParts(candidate) : choosePlace({ ...candidate, ward: namedWard(candidate) })),
    }
  }

  const namedWard = ({ kind, area, understood }) =>
    area && (["ward", "former"].includes(kind) || understood.some(({ part }) => part === "ward")) ? area.code : ""

  // Show the parts of a divided ward to choose from.
  function showParts({ title, note, choices }) {
    showOptions(
      choices.map(({ code, title: part, lon, lat }) => ({
        sign: ICONS.ward,
        title: part,
        facts: [interpolate(gettext("part of %s"), [title])],
        act: () =>
          choosePlace({
            title: part,
            kind: "ward",
            lon,
            lat,
            bounds: null,
            accuracy_m: WARD_RADIUS,
            area: { code, title: part },
            ward: code,
            note: "",
          }),
      })),
    )
    announce(note || title, interpolate(gettext("Choose one of %s."), [choices.length]))
    markOption(0)
    input.focus()
  }

  function choosePlace(place) {
    closeList()
    input.value = place.title
    choose(place)
  }

  function markOption(i) {
    list.children[active]?.setAttribute("aria-selected", "false")
    active = (i + options.length) % options.length
    list.children[active].setAttribute("aria-selected", "true")
    list.children[active].scrollIntoView({ block: "nearest" })
    input.setAttribute("aria-activedescendant", list.children[active].id)
  }

  // Close the list, and drop a question that is not answered yet.
  function closeList() {
    clearTimeout(timer)
    timer = 0
    asking?.abort()
    asking = null
    showOptions([])
    announce()
  }

  // What is said of places that stand in the list need not be seen, too; why there are none is.
  function announce(...sentences) {
    say.textContent = sentences.join(" ")
    say.classList.toggle("sr", unseen && (options.length > 0 || !say.textContent))
  }

  // Search for what is typed now; an answer that comes after the next question is dropped.
  async function searchPlaces() {
    clearTimeout(timer)
    timer = 0
    asking?.abort()
    asking = null
    const words = input.value.trim()
    if (words.length < MIN_LETTERS || skip(words)) return closeList()
    const mine = (asking = new AbortController())
    const here = near()
    try {
      const { candidates, note } = await request(
        `${input.dataset.addresses}?${new URLSearchParams({ q: words, ...(here && { near: here.map((n) => n.toFixed(5)).join(",") }) })}`,
        { signal: mine.signal },
      )
      if (mine !== asking) return
      showOptions(candidates.map(optionOf))
      announce(
        candidates.length
          ? interpolate(ngettext("%s place found.", "%s places found.", candidates.length), [candidates.length])
          : note || gettext("We cannot find this place. Write the street and the ward, or move the map."),
      )
    } catch (error) {
      if (error.name === "AbortError" || mine !== asking) return
      showOptions([])
      announce(error.message)
    }
    asking = null
  }

  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(searchPlaces, TYPING_WAIT)
  })
  input.addEventListener("keydown", (event) => {
    const { key } = event
    if (key === "Enter") return chooseFirst(event)
    if (!options.length) {
      if (key === "ArrowDown" && input.value.trim()) searchPlaces()
      return
    }
    if (key === "ArrowDown") markOption(active + 1)
    else if (key === "ArrowUp") markOption(active < 0 ? options.length - 1 : active - 1)
    else if (key === "Escape") closeList()
    else return
    event.preventDefault()
  })

  async function chooseFirst(event) {
    if (skip(input.value.trim())) return
    event.preventDefault()
    if (timer || asking || !options.length) await searchPlaces()
    options[Math.max(active, 0)]?.act()
  }

  list.addEventListener("pointerdown", (event) => event.preventDefault()) // the box keeps the focus
  list.addEventListener("click", ({ target }) => options[[...list.children].indexOf(target.closest("[role=option]"))]?.act())
  input.addEventListener("blur", closeList)
  if (document.activeElement === input) searchPlaces()
}

function createElement(name, className, words = "") {
  return Object.assign(document.createElement(name), { className, textContent: words })
}
