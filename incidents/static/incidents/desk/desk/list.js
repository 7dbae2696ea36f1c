// The list of the desk: its lines, which of them is open, and its refresh.
//
//   desk.list = createList(desk)
//   list.lines() · list.lineOf(reference) · list.query() · list.neighbourOf(reference): the line after it, else before it
//   list.refresh()            fetches it anew; shown once nobody presses anything in the desk
//   list.markOpened()         marks the line of the open incident, here and on the map
//   list.focus(line)
//   list.open(reference)      opens an incident that was pressed: the focus stands on its line, so that arrows go on from there

import { waitWhile } from "../../../look/pressed.js"
import { $, fetchPart } from "./parts.js"

export function createList(desk) {
  let questions = 0
  let shownQuestion = 0 // an older answer does not replace a newer one

  const lines = () => [...document.querySelectorAll("#rows .line")]
  const lineOf = (reference) => lines().find((line) => line.dataset.reference === reference)
  const query = () => $("#rows").dataset.query

  function show(fresh) {
    const old = $("#rows")
    const rows = $("#rows", fresh)
    const known = new Set(lines().map((line) => line.dataset.reference))
    const focused = document.activeElement?.closest?.("#rows .line")?.dataset.reference
    const top = old.scrollTop
    for (const line of rows.querySelectorAll(".line")) line.classList.toggle("new", !known.has(line.dataset.reference))
    desk.pick.restoreTicks(rows)
    $("#tally").replaceWith($("#tally", fresh))
    $("#crews").replaceWith($("#crews", fresh))
    old.replaceWith(rows)
    if (desk.pick.on) desk.pick.showCount()
    rows.scrollTop = top
    markOpened()
    if (focused) (lineOf(focused) ?? rows).focus({ preventScroll: true })
    desk.map.show(lines())
  }

  function markOpened() {
    const reference = desk.detail.reference()
    for (const line of lines()) {
      if (line.dataset.reference === reference) line.setAttribute("aria-current", "true")
      else line.removeAttribute("aria-current")
    }
    offerWatchSteps(reference)
    desk.map.choose(reference)
  }

  // The steps for a watched incident stand on its line, too, while it is the one that is shown.
  function offerWatchSteps(reference) {
    for (const old of document.querySelectorAll("#rows .watch-acts")) old.remove()
    const line = reference && desk.wide.matches && lineOf(reference)
    if (!line || !("watched" in line.dataset)) return
    const acts = $("#watch-acts").content.cloneNode(true)
    for (const link of acts.querySelectorAll("a")) link.href = desk.incidentAddress(reference, link.dataset.step)
    line.after(acts)
  }

  async function refresh() {
    const question = ++questions
    const fresh = await fetchPart(desk.main.dataset.desk + query(), "queue", "#rows")
    await waitWhile(desk.isBusy)
    if (question < shownQuestion) return
    shownQuestion = question
    show(fresh)
  }

  function focus(line) {
    line?.focus()
    line?.scrollIntoView({ block: "nearest" })
  }

  function neighbourOf(reference) {
    const all = lines()
    const at = all.findIndex((line) => line.dataset.reference === reference)
    return (all[at + 1] ?? all[at - 1])?.dataset.reference
  }

  function open(reference) {
    const line = lineOf(reference)
    if (line) focus(line)
    return desk.detail.open(reference, { focus: false })
  }

  return { lines, lineOf, query, markOpened, refresh, focus, neighbourOf, open }
}
