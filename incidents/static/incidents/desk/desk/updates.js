// Refreshes the desk's list and its open incident when the event stream reports changes.
//
//   setUpUpdates(desk)

import { toast } from "../../../look/page.js"
import { news, showLive } from "../../../map/news.js"
import { catchUpDelay, relevanceOf } from "./relevance.js"
import { $ } from "./parts.js"

const BUSY_MS = 200 // after which it is tried again while a person presses something
const REFRESH_MS = 60_000 // deadlines come nearer without any news

export function setUpUpdates(desk) {
  const { dialog, main } = desk
  const changed = new Set() // references
  const departed = new Set() // references of incidents that went to another unit
  const own = {
    units: main.dataset.owns ? new Set(main.dataset.owns.split(",").map(Number)) : null,
    areas: new Set(main.dataset.watches ? JSON.parse(main.dataset.watches) : []),
  }
  let caughtUpAt = -Infinity
  let timer = null

  const inWords = ({ category, area }) => [category, area].map((words) => words[document.documentElement.lang] ?? words.vi).join(", ")

  function handleNews(item) {
    const { reference, kind } = item
    const relevance = relevanceOf(item, own)
    const isListed = Boolean(desk.list.lineOf(reference))
    if (!relevance && !isListed && reference !== desk.detail.reference()) return
    if (relevance !== "own" && kind === "claimed" && isListed)
      toast(interpolate(gettext("Another unit has taken it over: %s"), [inWords(item)]))
    if (relevance === "maybe" && kind === "assigned") toast(interpolate(gettext("May be yours: %s"), [inWords(item)]))
    changed.add(reference)
    if (relevance) departed.delete(reference)
    else departed.add(reference)
    catchUpSoon()
  }

  function catchUpSoon() {
    timer ??= setTimeout(catchUp, catchUpDelay({ now: performance.now(), lastAt: caughtUpAt }))
  }

  async function catchUp() {
    timer = null
    if (desk.isBusy()) return void (timer = setTimeout(catchUp, BUSY_MS))
    caughtUpAt = performance.now()
    const about = new Set(changed)
    changed.clear()
    try {
      await desk.list.refresh()
      if (about.has(desk.detail.reference())) await updateDetail()
    } catch (error) {
      desk.steps.showError(error)
    }
  }

  async function updateDetail() {
    const reference = desk.detail.reference()
    if (departed.has(reference)) {
      if (dialog.open && reference === dialog.dataset.reference) return desk.steps.showError(Object.assign(new Error(), { status: 404 }))
      return desk.detail.openNext()
    }
    const status = () => `${$("#detail").dataset.state} ${$("#detail").dataset.authority}`
    const before = status()
    await desk.detail.refresh()
    const isFilling = dialog.open && $("[data-alerts]", dialog) // what became of several needs no warning: it is done
    if (isFilling && status() !== before) desk.steps.showError(new Error(gettext("Somebody has just changed this incident.")))
  }

  // A picture was kept by hand here: the stream tells it, too, unless the line is broken.
  document.addEventListener("kept", () => {
    changed.add(desk.detail.reference())
    catchUpSoon()
  })
  const stream = news(main.dataset.live, { after: main.dataset.lastEvent })
  stream.addEventListener("news", ({ detail }) => handleNews(detail))
  stream.addEventListener("reload", () => location.reload())
  showLive(stream, $("#live"))
  setInterval(() => {
    if (document.visibilityState === "visible") desk.list.refresh().catch(() => {}) // the stream shows when the line is broken
  }, REFRESH_MS)
}
