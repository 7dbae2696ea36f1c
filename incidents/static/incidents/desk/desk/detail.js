// The detail of an incident beside the list; on a phone it is a page of its own.
//
//   desk.detail = createDetail(desk)
//   detail.reference()               of the incident that is shown
//   detail.open(reference, { push, focus })   fetches and shows it; `push`: as a step of the browser's history
//   detail.refresh()                 fetches it again; an incident that has left this desk makes room for the next
//   detail.openNext(preferred)       opens that one of the list, else the first
//   detail.showFollowed()            opens at once what was to be opened after a pause
//   detail.loaded()                  fulfilled once the detail shows what was opened last
//   detail.setUp()                   adds to a detail that came with the page what scripts do in it
//   `desk.state.opening` is the reference of what is being fetched, `desk.state.followed` of the line that has the focus and
//   is fetched after a pause.

import { waitWhile } from "../../../look/pressed.js"
import { keepDraft, suggestColleagues } from "../desk-form.js"
import { linkDirections } from "../directions.js"
import { loadCameras } from "./cameras.js"
import { $, fetchPart } from "./parts.js"

const FOLLOW_MS = 150 // who holds an arrow key down passes by

export function createDetail(desk) {
  const { state } = desk
  let fetching = null
  let loaded = Promise.resolve()
  let followTimer = 0
  let leaving = false // an answer and the news of the same step both come here: to leave twice would break off the first time

  const reference = () => $("#detail").dataset.reference

  function show(fresh) {
    const old = $("#detail")
    if (old.dataset.reference === fresh.dataset.reference) replaceSame(old, fresh)
    else old.replaceWith(fresh)
    setUp()
    desk.list.markOpened()
  }

  function setUp() {
    const detail = $("#detail")
    loadCameras(detail)
    const form = $("[data-note]", detail)
    if (form) {
      keepDraft(form)
      suggestColleagues(form.elements.note)
    }
    const directions = $("[data-there]", detail)
    if (directions) linkDirections(directions)
  }

  // The same incident again: what its reader has opened, scrolled to or typed at stays as it was.
  function replaceSame(old, fresh) {
    const active = old.contains(document.activeElement) ? document.activeElement : null
    const cursor = active?.matches("input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd] : null
    // Where it went to another unit, the fresh one shows neither.
    for (const selector of ["#contact[data-shown]", "[data-cameras-near]"]) {
      const shown = $(selector, old)
      if (shown) $(selector.replace("[data-shown]", ""), fresh)?.replaceWith(shown)
    }
    const alert = $(".notice[role=alert]", old) // news may come in the moment in which it was shown
    if (alert) ($(".detail", fresh) ?? fresh).prepend(alert)
    const focused = active && selectorOf(active)
    const top = $(".scroll", old)?.scrollTop ?? 0
    const wereOpen = foldsOf(old).map((fold) => fold.open)
    const note = $("#own-note", old)
    if (note && $("#own-note", fresh)) $("#own-note", fresh).value = note.value
    old.replaceWith(fresh)
    for (const [number, fold] of foldsOf(fresh).entries()) fold.open = wereOpen[number] ?? false
    $(".scroll", fresh).scrollTop = top
    const again = focused && (active.isConnected ? active : ($(focused, fresh) ?? $("#detail-title", fresh)))
    again?.focus?.({ preventScroll: true })
    if (cursor) again.setSelectionRange?.(...cursor)
  }

  const foldsOf = (root) => [...root.querySelectorAll("details")].filter((fold) => !fold.closest("[data-cameras-near]"))

  function selectorOf({ dataset, id }) {
    if (dataset.step) return `[data-step="${dataset.step}"]`
    return id ? `#${id}` : "#detail-title"
  }

  function open(wanted, how = {}) {
    state.opening = wanted
    loaded = fetchDetail(wanted, how).finally(() => {
      if (state.opening === wanted) state.opening = null
    })
    return loaded
  }

  async function fetchDetail(wanted, { push = true, focus = true }) {
    fetching?.abort()
    fetching = new AbortController()
    follow(null)
    const address = desk.incidentAddress(wanted)
    try {
      const fresh = await fetchPart(address, "detail", "#detail", fetching.signal)
      const isHere = location.pathname === new URL(address, location).pathname
      if (push && !isHere) history.pushState({ reference: wanted }, "", address)
      show($("#detail", fresh))
      document.title = `${wanted} · ${$("#detail-title").textContent.trim()}`
      if (focus) $("#detail-title").focus({ preventScroll: true })
    } catch (error) {
      if (error.name !== "AbortError") desk.steps.showError(error)
    }
  }

  // Beside the list stands the incident whose line has the focus: what keys do is done to what is shown.
  function follow(line) {
    clearTimeout(followTimer)
    state.followed = line?.dataset.reference ?? null
    if (state.followed) followTimer = setTimeout(showFollowed, FOLLOW_MS)
  }

  const showFollowed = () => openInPlace(state.followed)

  function openInPlace(wanted) {
    history.replaceState({ reference: wanted }, "", desk.incidentAddress(wanted))
    return open(wanted, { push: false, focus: false })
  }

  async function refresh() {
    const current = reference()
    if (!current) return
    try {
      const fresh = $("#detail", await fetchPart(desk.incidentAddress(current), "detail", "#detail"))
      await waitWhile(desk.isBusy)
      if (reference() === current) show(fresh) // else another was opened meanwhile
    } catch (error) {
      if (error.status !== 404) throw error
      await openNext()
    }
  }

  async function openNext(preferred) {
    const next = desk.wide.matches && (desk.list.lineOf(preferred) ?? desk.list.lines()[0])?.dataset.reference
    if (!next) return leaveForList()
    await openInPlace(next)
  }

  function leaveForList() {
    if (leaving) return
    leaving = true
    location.assign(desk.main.dataset.desk + desk.list.query())
  }

  document.addEventListener("focusin", ({ target }) => {
    const line = target.closest("#rows .line")
    if (line && desk.wide.matches && !desk.pick.on) follow(line.dataset.reference === reference() ? null : line)
  })
  addEventListener("pageshow", () => {
    leaving = false
  })
  addEventListener("popstate", (event) => {
    const named = event.state?.reference ?? location.pathname.slice(desk.main.dataset.desk.length).split("/")[0]
    const wanted = named || desk.list.lines()[0]?.dataset.reference
    if (wanted) open(wanted, { push: false, focus: false })
  })

  return { reference, open, openInPlace, openNext, refresh, setUp, showFollowed, loaded: () => loaded }
}
