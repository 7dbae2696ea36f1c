// Follows the event stream on the public map: updates pins and rows, and announces new incidents to screen readers.
//
//   setUpUpdates(page)

import { news, showLive } from "../../../map/news.js"
import { inLanguage, lowerFirst } from "../../../map/pins.js"
import { fitsFilter, isOpen, leavesMap } from "../filters.js"

const ANNOUNCE_MS = 10_000 // between two sentences for screen readers
const REFRESH_MS = 60_000
const DEPARTING_MS = 6000 // an incident that the filter shows no more is seen to change before it goes

export function setUpUpdates(page) {
  const { element, map, layer, tiles, state } = page
  const stream = news(element.dataset.live, { after: element.dataset.after })
  let unannounced = []
  let announcedAt = 0
  let dueAt = 0
  let timer = 0
  let refreshedAt = Date.now()

  const inWords = ({ category, area }) => `${lowerFirst(inLanguage(category))}, ${inLanguage(area)}`
  const fits = (item) => fitsFilter(item, state.wanted.get("state") || "open")

  function announce() {
    const wait = announcedAt + ANNOUNCE_MS - Date.now()
    if (wait > 0) return setTimeout(() => unannounced.length && announce(), wait)
    if (!unannounced.length) return
    announcedAt = Date.now()
    const count = unannounced.length
    const sentence = interpolate(ngettext("%s new incident", "%s new incidents", count), [
      count.toLocaleString(document.documentElement.lang),
    ])
    page.spoken.textContent = count === 1 ? `${sentence}: ${inWords(unannounced[0])}` : sentence
    unannounced = []
  }

  async function handleNews(item) {
    if (!map.getBounds().pad(0.1).contains([item.lat, item.lon])) return
    const { reference, kind } = item
    const isShown = layer.has(reference) || page.rows.rowOf(reference)
    const arrived = kind === "received" && !isShown && fits(item)
    const known = layer.get(reference)
    const pin = { ...item, late: item.late && isOpen(item.state), area: known?.area ?? item.area, at: known?.at, near: known?.near }
    if (arrived && !page.form.isNarrowed(state.wanted)) {
      tiles.keepPin(pin)
      layer.put(pin)
      layer.fresh(reference, interpolate(gettext("New: %s"), [inWords(item)]))
      unannounced.push(item)
      announce()
      await page.rows.load(reference, { arrived: true })
    } else if (isShown && !leavesMap(kind)) {
      tiles.keepPin(pin)
      if (layer.has(reference)) layer.put(pin)
      if (page.rows.rowOf(reference)) await page.rows.load(reference)
    }
    refreshSoon(waitAfter(item, isShown))
  }

  // Everybody asks at a moment of their own.
  function waitAfter(item, isShown) {
    if (leavesMap(item.kind)) return 0
    return isShown && !fits(item) ? DEPARTING_MS : 800 + Math.random() * 1200
  }

  // Many events at once are one question.
  function refreshSoon(wait) {
    const at = Date.now() + wait
    if (timer && dueAt <= at) return
    clearTimeout(timer)
    dueAt = at
    timer = setTimeout(() => {
      timer = 0
      tiles.refresh()
      if (state.look) page.looks.show()
      page.rows.refresh()
    }, wait)
  }

  // Deadlines pass without news; a tab that slept asks when it wakes up.
  function refreshIfOld() {
    if (document.visibilityState !== "visible" || Date.now() - refreshedAt < REFRESH_MS) return
    refreshedAt = Date.now()
    refreshSoon(0)
  }

  showLive(stream, document.getElementById("live"))
  stream.addEventListener("news", ({ detail }) => handleNews(detail))
  stream.addEventListener("reload", () => refreshSoon(0))
  setInterval(refreshIfOld, REFRESH_MS)
  document.addEventListener("visibilitychange", refreshIfOld)
}
