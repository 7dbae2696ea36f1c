// The search box: places while one types, an incident's number by Enter. Without this it is a plain form.
//
//   search(form, { go })   go({ code, title, bounds }) when a place is picked; a street has no code

import { request } from "../look/request.js"

const REFERENCE = /^#?\d{4}-\d{4,}$/

export function search(form, { go }) {
  const input = form.querySelector("input")
  const list = form.querySelector("[role=listbox]")
  let places = []
  let active = -1
  let patience = null
  let timer = 0

  function show(found) {
    places = found
    active = -1
    list.replaceChildren(
      ...found.map(({ title, code }, i) => {
        const option = document.createElement("li")
        option.id = `place-${i}`
        option.setAttribute("role", "option")
        option.setAttribute("aria-selected", "false")
        option.textContent = title
        const kind = document.createElement("span")
        kind.className = "small quiet"
        kind.textContent = code ? "" : gettext("street")
        option.append(kind)
        return option
      }),
    )
    list.hidden = !found.length
    input.setAttribute("aria-expanded", String(found.length > 0))
    input.removeAttribute("aria-activedescendant")
  }

  function mark(i) {
    list.children[active]?.setAttribute("aria-selected", "false")
    active = (i + places.length) % places.length
    list.children[active].setAttribute("aria-selected", "true")
    input.setAttribute("aria-activedescendant", `place-${active}`)
  }

  function pick(place) {
    show([])
    input.value = place.title
    go(place)
  }

  async function ask() {
    patience?.abort()
    patience = new AbortController()
    const words = input.value.trim()
    if (words.length < 2 || REFERENCE.test(words)) return show([])
    try {
      const { areas, streets } = await request(`${input.dataset.address}?${new URLSearchParams({ q: words })}`, { signal: patience.signal })
      show([...areas.slice(0, 5), ...streets].slice(0, 8))
    } catch (error) {
      if (error.name !== "AbortError") show([])
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, 180)
  })
  input.addEventListener("keydown", (event) => {
    if (!places.length) return
    if (event.key === "ArrowDown") mark(active + 1)
    else if (event.key === "ArrowUp") mark(active - 1 < 0 ? places.length - 1 : active - 1)
    else if (event.key === "Escape") show([])
    else if (event.key === "Enter") pick(places[Math.max(active, 0)])
    else return
    event.preventDefault()
  })
  list.addEventListener("pointerdown", (event) => event.preventDefault()) // the box keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]")
    if (option) pick(places[[...list.children].indexOf(option)])
  })
  input.addEventListener("blur", () => show([]))
}
