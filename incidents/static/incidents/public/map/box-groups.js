// The options under the box of the public map while somebody types: a combobox (ARIA 1.2) over `/box/groups/`, which
// answers with the options as HTML. Arrows walk through all groups; Enter without an option sends the sentence.
//
//   const groups = createGroups(page, field, { read })   read(query, option) shows the card of an option
//   groups.close()                                               closes the list, and drops a question that is not answered

import { request } from "../../../look/request.js"

const TYPING_WAIT = 220 // milliseconds after the last letter
const MIN_LETTERS = 2

export function createGroups(page, field, { read }) {
  const { main, map } = page
  const list = document.getElementById("finds")
  const door = document.getElementById("door")
  const says = document.getElementById("finds-say")
  let options = []
  let active = -1
  let timer = 0
  let asking = null

  const isOpen = () => !list.hidden

  function show(nodes) {
    list.replaceChildren(...nodes)
    options = [...list.querySelectorAll("[role=option]")]
    options.forEach((option, i) => (option.id = `find-${i}`))
    active = -1
    list.hidden = !options.length
    list.scrollTop = 0
    main.classList.toggle("finding", isOpen())
    field.setAttribute("aria-expanded", String(isOpen()))
    field.removeAttribute("aria-activedescendant")
    const number = options.length - 1 // the last one sends a report
    says.textContent = !isOpen()
      ? ""
      : number
        ? interpolate(ngettext("%s found.", "%s found.", number), [number])
        : gettext("Nothing found.")
  }

  function close() {
    clearTimeout(timer)
    asking?.abort()
    asking = null
    if (isOpen()) show([])
  }

  async function ask() {
    clearTimeout(timer)
    asking?.abort()
    const words = field.value.trim()
    if (words.length < MIN_LETTERS) return close()
    const { signal } = (asking = new AbortController())
    const query = new URLSearchParams({ q: words.slice(0, 800), ...ownPlace() })
    try {
      const html = await request(`${field.dataset.groups}?${query}`, { signal })
      if (!signal.aborted) show(new DOMParser().parseFromString(html, "text/html").body.childNodes)
    } catch {
      if (!signal.aborted) close() // the sentence can be sent all the same
    }
  }

  // Where the device is, once it was asked on this page.
  function ownPlace() {
    const marker = map.here?.getLayers().find((layer) => layer instanceof L.Marker)
    if (!marker) return {}
    const { lat, lng } = marker.getLatLng()
    return { lon: lng.toFixed(5), lat: lat.toFixed(5) }
  }

  function mark(i) {
    options[active]?.setAttribute("aria-selected", "false")
    active = i
    if (active < 0) return field.removeAttribute("aria-activedescendant")
    options[active].setAttribute("aria-selected", "true")
    options[active].scrollIntoView({ block: "nearest" })
    field.setAttribute("aria-activedescendant", options[active].id)
  }

  // Past the last option the field itself comes again.
  function step(by) {
    const places = options.length + 1
    mark(((active + 1 + by + places) % places) - 1)
  }

  field.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, TYPING_WAIT)
  })
  field.addEventListener("keydown", (event) => {
    const { key } = event
    if (event.isComposing) return
    if (!isOpen()) {
      if (key === "ArrowDown" && field.value.trim()) {
        event.preventDefault()
        ask()
      }
      return
    }
    if (key === "ArrowDown") step(1)
    else if (key === "ArrowUp") step(-1)
    else if (key === "Escape") close()
    else if (key === "Enter" && active >= 0) options[active].click()
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  })

  list.addEventListener("pointerdown", (event) => event.preventDefault()) // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]")
    if (!option?.matches("[data-reads]") || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    close()
    read(new URLSearchParams(new URL(option.href).search), option)
  })
  // A keyboard on the screen that is put away leaves the list; another part of the page closes it.
  door.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && relatedTarget !== field && close())
  document.addEventListener("pointerdown", ({ target }) => target.closest("#door") || close())

  // What was typed before this script came.
  const words = field.value.trim()
  if (words && words !== page.state.read.get("q") && document.activeElement === field) timer = setTimeout(ask, TYPING_WAIT)
  return { close }
}
