// Places for what one types: a combobox (ARIA 1.2) over `/addresses/`. Without it the box is a plain field of its form.
//
//   addressSearch(input, { list, say, near, skip, choose })
//     input    <input data-addresses="/addresses/" data-icons="…/icons.svg">
//     list     <ul> beside it · say: an element with role="status" that is told how many there are
//     near()   [lon, lat] that come first, where the page knows one · skip(words): what is no address
//     choose({ title, kind, lon, lat, bounds, accuracy_m, area, ward, note })   `ward`: its code, if the person named the ward
//
// What was divided offers its parts first; only a part of it can be chosen.

import { request } from "../look/request.js"

const WAIT = 180 // milliseconds after the last letter
const LEAST = 2 // letters
const WARD = 900 // metres: the circle of a ward that somebody named
const ICONS = {
  house: "i-building",
  street: "c-road",
  junction: "c-signal",
  landmark: "i-flag",
  ward: "i-map",
  district: "i-map",
  former: "i-history",
}
const KINDS = () => ({
  house: gettext("house"),
  street: gettext("street"),
  junction: gettext("crossing"),
  landmark: gettext("known place"),
  ward: gettext("ward"),
  district: gettext("district"),
  former: gettext("former name"),
})
const SURE = () => [
  [0.75, gettext("sure")],
  [0.5, gettext("likely")],
  [0.3, gettext("perhaps")],
  [0, gettext("unsure")],
]

export function within(metres) {
  return metres < 950
    ? interpolate(gettext("within about %s m"), [Math.round(metres)])
    : interpolate(gettext("within about %s km"), [Math.round(metres / 1000)])
}

export function addressSearch(input, { list, say, near = () => null, skip = () => false, choose }) {
  let options = [] // what Enter and a press give: { candidate, act }
  let active = -1
  let timer = 0
  let asking = null

  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    autocomplete: "off",
  }))
    input.setAttribute(name, value)
  list.setAttribute("role", "listbox")

  function show(lines) {
    options = lines
    active = -1
    list.replaceChildren(...lines.map(drawn))
    list.hidden = !lines.length
    input.setAttribute("aria-expanded", String(lines.length > 0))
    input.removeAttribute("aria-activedescendant")
  }

  function drawn({ sign, title, facts = [], understood = "", note = "" }, i) {
    const option = make("li", "place")
    option.id = `${list.id}-${i}`
    option.setAttribute("role", "option")
    option.setAttribute("aria-selected", "false")
    const said = make("span", "said-of")
    said.append(make("b", "", title))
    for (const [kind, words] of [
      ["small quiet", facts.filter(Boolean).join(" · ")],
      ["tiny quiet", understood],
      ["small", note],
    ])
      if (words) said.append(" ", make("span", kind, words))
    option.append(icon(sign), said)
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

  function lineOf(candidate) {
    const { title, kind, confidence, accuracy_m, area, choices, understood, note } = candidate
    return {
      sign: ICONS[kind],
      title,
      note,
      facts: [
        KINDS()[kind],
        area && area.title !== title ? area.title : "",
        choices.length > 1 ? "" : within(accuracy_m),
        SURE().find(([least]) => confidence >= least)[1],
      ],
      understood: understood.length
        ? interpolate(gettext("Understood: %s"), [understood.map(({ part_title, text }) => `${part_title} ${text}`).join(", ")])
        : "",
      act: () => (choices.length > 1 ? divided(candidate) : chosen({ ...candidate, ward: named(candidate) })),
    }
  }

  const named = ({ kind, area, understood }) =>
    area && (["ward", "former"].includes(kind) || understood.some(({ part }) => part === "ward")) ? area.code : ""

  // The parts of what was divided, to choose from.
  function divided({ title, note, choices }) {
    show(
      choices.map(({ code, title: part, lon, lat }) => ({
        sign: ICONS.ward,
        title: part,
        facts: [interpolate(gettext("part of %s"), [title])],
        act: () =>
          chosen({
            title: part,
            kind: "ward",
            lon,
            lat,
            bounds: null,
            accuracy_m: WARD,
            area: { code, title: part },
            ward: code,
            note: "",
          }),
      })),
    )
    tell(note || title, interpolate(gettext("Choose one of %s."), [choices.length]))
    mark(0)
    input.focus()
  }

  function chosen(place) {
    close()
    input.value = place.title
    choose(place)
  }

  function mark(i) {
    list.children[active]?.setAttribute("aria-selected", "false")
    active = (i + options.length) % options.length
    list.children[active].setAttribute("aria-selected", "true")
    list.children[active].scrollIntoView({ block: "nearest" })
    input.setAttribute("aria-activedescendant", list.children[active].id)
  }

  // What is still on its way is not wanted any more.
  function close() {
    clearTimeout(timer)
    timer = 0
    asking?.abort()
    asking = null
    show([])
    tell()
  }

  const tell = (...sentences) => (say.textContent = sentences.join(" "))

  // What one has typed by now; an answer that comes after the next question is dropped.
  async function ask() {
    clearTimeout(timer)
    timer = 0
    asking?.abort()
    asking = null
    const words = input.value.trim()
    if (words.length < LEAST || skip(words)) return close()
    const mine = (asking = new AbortController())
    const here = near()
    try {
      const { candidates } = await request(
        `${input.dataset.addresses}?${new URLSearchParams({ q: words, ...(here && { near: here.map((n) => n.toFixed(5)).join(",") }) })}`,
        { signal: mine.signal },
      )
      if (mine !== asking) return
      show(candidates.map(lineOf))
      tell(
        candidates.length
          ? interpolate(ngettext("%s place found.", "%s places found.", candidates.length), [candidates.length])
          : gettext("No such place is known. Write the street and the ward, or move the map."),
      )
    } catch (error) {
      if (error.name === "AbortError" || mine !== asking) return
      show([])
      tell(error.message)
    }
    asking = null
  }

  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, WAIT)
  })
  input.addEventListener("keydown", (event) => {
    const { key } = event
    if (key === "Enter") return enter(event)
    if (!options.length) {
      if (key === "ArrowDown" && input.value.trim()) ask()
      return
    }
    if (key === "ArrowDown") mark(active + 1)
    else if (key === "ArrowUp") mark(active < 0 ? options.length - 1 : active - 1)
    else if (key === "Escape") close()
    else return
    event.preventDefault()
  })

  async function enter(event) {
    if (skip(input.value.trim())) return
    event.preventDefault()
    if (timer || asking || !options.length) await ask()
    options[Math.max(active, 0)]?.act()
  }

  list.addEventListener("pointerdown", (event) => event.preventDefault()) // the box keeps the focus
  list.addEventListener("click", ({ target }) => options[[...list.children].indexOf(target.closest("[role=option]"))]?.act())
  input.addEventListener("blur", close)
  if (document.activeElement === input) ask()
}

function make(name, className, words = "") {
  return Object.assign(document.createElement(name), { className, textContent: words })
}
