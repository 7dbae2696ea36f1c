// Areas coloured by how many incidents they have, or by the overdue share; beside the map the table of the same figures.
//
//   const look = areaLook(map, table, { notify })   `table` is #areas with data-address; `notify(words)` shows a fault
//   look.show("count" | "share", wanted)          loads the figures of these filters, paints the areas and shows the table
//   look.hide()

import { request } from "../../look/request.js"
import { litWard } from "../../map/city-map.js"

export function areaLook(map, table, { notify }) {
  const legend = map.getContainer().parentElement.querySelector(".legend")
  let asking = null
  let shown = ""

  async function show(name, wanted) {
    asking?.abort()
    asking = new AbortController()
    table.hidden = false
    table.setAttribute("aria-busy", "true")
    try {
      const query = new URLSearchParams([...wanted, ["look", name]])
      const html = await request(`${table.dataset.address}?${query}`, { signal: asking.signal })
      const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".by-area")
      if (shown === name && table.firstElementChild) takeFigures(table.firstElementChild, fresh)
      else table.replaceChildren(fresh)
      shown = name
      paint()
    } catch (error) {
      if (error.name !== "AbortError") notify(error.message)
    } finally {
      table.removeAttribute("aria-busy")
    }
  }

  // What has the focus stays the same element, so that a reader of the table does not lose the place.
  function takeFigures(old, fresh) {
    const focused = table.contains(document.activeElement) && document.activeElement.closest("tr")?.dataset.code
    old.replaceWith(fresh)
    if (focused) fresh.querySelector(`tr[data-code="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true })
  }

  function paint() {
    const rows = [...table.querySelectorAll("tr[data-code]")]
    map.ground.fillAreas(new Map(rows.map(({ dataset }) => [dataset.code, dataset.shade === "few" ? "few" : Number(dataset.shade)])))
    legend.querySelector(".shades")?.remove()
    legend.append(table.querySelector(".shades").cloneNode(true))
    map.getContainer().classList.add("shaded")
  }

  // The first press shows where an area is, as with incidents; the second shows its incidents alone.
  table.addEventListener("click", (event) => {
    const link = event.target.closest("tr[data-code] a")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    const row = link.closest("tr")
    event.preventDefault()
    if (row.getAttribute("aria-current") === "true") return table.dispatchEvent(new CustomEvent("area", { detail: row.dataset.code }))
    table.querySelector("[aria-current]")?.removeAttribute("aria-current")
    row.setAttribute("aria-current", "true")
    litWard(map, row.dataset.code, { fit: { maxZoom: 13, padding: [40, 40] } })
  })

  return {
    show,
    hide() {
      asking?.abort()
      table.hidden = true
      shown = ""
      legend.querySelector(".shades")?.remove()
      map.getContainer().classList.remove("shaded")
      map.ground.fillAreas(null)
    },
  }
}
