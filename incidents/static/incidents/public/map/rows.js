// The list beside the public map: its rows follow what the map shows.
//
//   page.rows = createRows(page)
//   rows.refresh() · rows.refreshSoon(wait)   fetches the list of what the map shows
//   await rows.load(reference, { arrived })   one row: at its place if it is in the list, else at the top
//   rows.rowOf(reference)
//   rows.markChosen()                         marks the row of what is chosen on the map

import { toast } from "../../../look/page.js"
import { isPressed, waitWhile } from "../../../look/pressed.js"
import { request } from "../../../look/request.js"
import { boxAbove } from "../view.js"

const byId = (name) => document.getElementById(name)
const parsePage = (html) => new DOMParser().parseFromString(html, "text/html")
const formatNumber = (n) => Number(n).toLocaleString(document.documentElement.lang)

export function createRows(page) {
  const { element, filters, list: rows, map, layer, sheet } = page
  let listRequest = null
  let timer = 0

  function refreshSoon(wait = 150) {
    clearTimeout(timer)
    timer = setTimeout(refresh, wait)
  }

  async function refresh() {
    listRequest?.abort()
    listRequest = new AbortController()
    const skeleton = setTimeout(() => rows.setAttribute("aria-busy", "true"), 300)
    try {
      const { signal } = listRequest
      const query = new URLSearchParams({ ...Object.fromEntries(page.state.wanted), bbox: boxAbove(map, sheet.coveredHeight()) })
      const html = await request(`${element.dataset.list}?${query}`, { signal })
      await waitWhile(() => isPressed(rows))
      if (!signal.aborted) replace(parsePage(html).querySelector(".found"))
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message)
    } finally {
      clearTimeout(skeleton)
      rows.removeAttribute("aria-busy")
    }
  }

  const rowOf = (reference) => byId(`row-${reference}`)

  // The fresh rows take the place of the old ones; a row that stays keeps the focus that it has.
  function replace(fresh) {
    for (const count of filters.querySelectorAll("[data-count]")) count.textContent = formatNumber(fresh.dataset[count.dataset.count])
    const old = rows.querySelector(".found")
    const before = new Map([...old.querySelectorAll(".row")].map((row) => [row.dataset.reference, row]))
    const chosen = before.size && layer.chosen && before.get(layer.chosen)
    const wasSeen = chosen && isSeen(chosen)
    for (const row of fresh.querySelectorAll(".row")) {
      const known = before.get(row.dataset.reference)
      if (!known) continue
      update(known, row)
      row.replaceWith(known)
    }
    // What a person has chosen stays in the list, whatever else is newer.
    if (chosen && !fresh.contains(chosen)) putFirst(chosen, fresh)
    const focused = document.activeElement
    const top = rows.scrollTop
    old.replaceWith(fresh)
    const again = fresh.contains(focused) ? focused : focused.id && fresh.querySelector(`#${CSS.escape(focused.id)}`)
    if (again && again !== document.activeElement) again.focus({ preventScroll: true })
    page.refreshAnnouncements()
    rows.scrollTop = top
    markChosen()
    if (wasSeen) chosen.scrollIntoView({ block: "nearest" }) // it may have another place among the fresh rows
  }

  // Before all incidents, behind the announcements.
  function putFirst(row, content) {
    const announcements = content.querySelector(".told")
    announcements ? announcements.after(row) : content.prepend(row)
  }

  function isSeen(row) {
    const [inner, outer] = [row.getBoundingClientRect(), rows.getBoundingClientRect()]
    return inner.bottom > outer.top && inner.top < outer.bottom
  }

  function update(row, fresh) {
    const wasNew = row.classList.contains("new")
    for (const { name } of [...row.attributes]) if (name !== "aria-current" && !fresh.hasAttribute(name)) row.removeAttribute(name)
    for (const { name, value } of fresh.attributes) if (row.getAttribute(name) !== value && name !== "class") row.setAttribute(name, value)
    const [picture, other] = [row.querySelector(".thumb"), fresh.querySelector(".thumb")]
    if (picture && picture.dataset.src === other?.dataset.src) other.replaceWith(picture)
    if (row.innerHTML !== fresh.innerHTML) row.replaceChildren(...fresh.childNodes)
    row.classList.toggle("new", wasNew)
  }

  // Pictures are fetched when their row is seen: on a slow phone they would hold up everything else.
  const whenSeen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue
        target.src = target.dataset.src
        whenSeen.unobserve(target)
      }
    },
    { root: rows, rootMargin: "40px" },
  )

  function markChosen() {
    for (const picture of rows.querySelectorAll(".thumb:not([src])")) whenSeen.observe(picture)
    for (const row of rows.querySelectorAll(".row")) {
      if (row.dataset.reference === layer.chosen) row.setAttribute("aria-current", "true")
      else row.removeAttribute("aria-current")
    }
  }

  async function load(reference, { arrived = false } = {}) {
    const html = await request(`${element.dataset.list}?${new URLSearchParams({ reference })}`).catch(() => null)
    const fresh = html && parsePage(html).querySelector(".row")
    if (!fresh) return
    await waitWhile(() => isPressed(rows))
    const known = rowOf(reference)
    if (known) return update(known, fresh)
    fresh.classList.toggle("new", arrived)
    rows.querySelector(".found > .empty")?.remove()
    putFirst(fresh, rows.querySelector(".found"))
    markChosen()
  }

  return { refresh, refreshSoon, load, rowOf, markChosen }
}
