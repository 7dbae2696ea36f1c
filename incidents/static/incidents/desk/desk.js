// The desk: keys walk the list, the detail opens beside it, steps are taken without a reload, news appear by themselves.

import { toast } from "../../look/page.js"
import { waitWhile } from "../../look/pressed.js"
import { isBusy, replaceWhenIdle } from "../../look/renew.js"
import { request } from "../../look/request.js"
import { news, showLive } from "../../map/news.js"
import { deleteDraft, keepDraft, suggestColleagues, listPhotoNames, prepareForm } from "./desk-form.js"
import { deskMap } from "./desk-map.js"
import { createPicking } from "./desk-pick.js"
import { linkDirections } from "./directions.js"

const $ = (selector, root = document) => root.querySelector(selector)
const main = $("#main")
const dialog = $("#step")
const wide = matchMedia("(min-width: 48rem)")
const ownUnits = main.dataset.owns ? new Set(main.dataset.owns.split(",").map(Number)) : null // null: everything

const watchedAreas = new Set(main.dataset.watches ? JSON.parse(main.dataset.watches) : []) // by name

class SignedOut extends Error {}

// ------------------------------------------------------------------ parts of the page

function parseHtml(html) {
  const holder = document.createElement("template")
  holder.innerHTML = html
  return holder.content
}

function partAddress(address, name) {
  const url = new URL(address, location)
  url.searchParams.set("part", name)
  return url
}

// A part of the desk as the server makes it. Who was signed out meanwhile gets the sign-in page instead of it.
async function fetchPart(address, name, selector, signal) {
  const fresh = parseHtml(await request(partAddress(address, name), { signal }))
  if (!$(selector, fresh)) throw new SignedOut()
  return fresh
}

const listQuery = () => $("#rows").dataset.query
const incidentAddress = (reference, step) => `${main.dataset.desk}${reference}/${step ? `${step}/` : ""}${listQuery()}`
const openedReference = () => $("#detail").dataset.reference
const listLines = () => [...document.querySelectorAll("#rows .line")]
const lineOf = (reference) => listLines().find((line) => line.dataset.reference === reference)

// What is drawn anew when something has happened; none of it while a person presses something in any of it.
const isDeskBusy = () => [...document.querySelectorAll("#tally, #crews, #rows, #detail")].some(isBusy)

// ------------------------------------------------------------------ the list

const pick = createPicking({ listLines })
const map = deskMap($("#map"), { choose: openInList })

// Opened by the pointer: the focus stands on its line, so that the arrows go on from there.
function openInList(reference) {
  const line = lineOf(reference)
  if (line) focusLine(line)
  return openIncident(reference, { focus: false })
}

function showList(fresh) {
  const old = $("#rows")
  const rows = $("#rows", fresh)
  const known = new Set(listLines().map((line) => line.dataset.reference))
  const held = document.activeElement?.closest?.("#rows .line")?.dataset.reference
  const top = old.scrollTop
  for (const line of rows.querySelectorAll(".line")) line.classList.toggle("new", !known.has(line.dataset.reference))
  pick.restoreTicks(rows)
  $("#tally").replaceWith($("#tally", fresh))
  $("#crews").replaceWith($("#crews", fresh))
  old.replaceWith(rows)
  if (pick.on) pick.showCount()
  rows.scrollTop = top
  markOpened()
  if (held) (lineOf(held) ?? rows).focus({ preventScroll: true })
  map.show(listLines())
}

function markOpened() {
  const reference = openedReference()
  for (const line of listLines()) {
    if (line.dataset.reference === reference) line.setAttribute("aria-current", "true")
    else line.removeAttribute("aria-current")
  }
  offerWatchSteps(reference)
  map.choose(reference)
}

// What may be done with a watched one stands on its line, too, while it is the one that is shown.
function offerWatchSteps(reference) {
  for (const old of document.querySelectorAll("#rows .watch-acts")) old.remove()
  const line = reference && wide.matches && lineOf(reference)
  if (!line || !("watched" in line.dataset)) return
  const acts = $("#watch-acts").content.cloneNode(true)
  for (const link of acts.querySelectorAll("a")) link.href = incidentAddress(reference, link.dataset.step)
  line.after(acts)
}

let listQuestions = 0
let shownList = 0 // the number of the question whose answer is shown: an older one takes its place no more

async function refreshList() {
  const question = ++listQuestions
  const fresh = await fetchPart(main.dataset.desk + listQuery(), "queue", "#rows")
  await waitWhile(isDeskBusy)
  if (question < shownList) return
  shownList = question
  showList(fresh)
}

function focusLine(line) {
  line?.focus()
  line?.scrollIntoView({ block: "nearest" })
}

// The line that comes after this one, or before it where it is the last.
function neighbourOf(reference) {
  const all = listLines()
  const at = all.findIndex((line) => line.dataset.reference === reference)
  return (all[at + 1] ?? all[at - 1])?.dataset.reference
}

// ------------------------------------------------------------------ the detail

function showDetail(fresh) {
  const old = $("#detail")
  if (old.dataset.reference === fresh.dataset.reference) replaceDetail(old, fresh)
  else old.replaceWith(fresh)
  setUpDetail($("#detail"))
  markOpened()
}

// What a fresh detail needs: pictures of cameras, names of colleagues, the way to the phone's own maps.
function setUpDetail(detail) {
  loadCameras(detail)
  const form = $("[data-note]", detail)
  if (form) {
    keepDraft(form)
    suggestColleagues(form.elements.note)
  }
  const there = $("[data-there]", detail)
  if (there) linkDirections(there)
}

// The same incident again: what its reader has opened, scrolled to or typed at stays as it was.
function replaceDetail(old, fresh) {
  const at = old.contains(document.activeElement) ? document.activeElement : null
  const cursor = at?.matches("input:not([type]), textarea") ? [at.selectionStart, at.selectionEnd] : null
  // Where it went to another unit, the fresh one shows neither.
  for (const kept of ["#contact[data-shown]", "[data-cameras-near]"]) {
    const shown = $(kept, old)
    if (shown) $(kept.replace("[data-shown]", ""), fresh)?.replaceWith(shown)
  }
  const alert = $(".notice[role=alert]", old) // news may come in the moment in which it was said
  if (alert) ($(".detail", fresh) ?? fresh).prepend(alert)
  const held = at && (at.dataset.step ? `[data-step="${at.dataset.step}"]` : at.id ? `#${at.id}` : "#detail-title")
  const top = $(".scroll", old)?.scrollTop ?? 0
  const detailsElements = (root) => [...root.querySelectorAll("details")].filter((one) => !one.closest("[data-cameras-near]"))
  const wereOpen = detailsElements(old).map((one) => one.open)
  const note = $("#own-note", old)
  if (note && $("#own-note", fresh)) $("#own-note", fresh).value = note.value
  old.replaceWith(fresh)
  for (const [number, one] of detailsElements(fresh).entries()) one.open = wereOpen[number] ?? false
  $(".scroll", fresh).scrollTop = top
  const again = held && (at.isConnected ? at : ($(held, fresh) ?? $("#detail-title", fresh)))
  again?.focus?.({ preventScroll: true })
  if (cursor) again.setSelectionRange?.(...cursor)
}

let opening = null
let openingReference = null // what is being fetched: to who presses a key it is the one that is shown
let detailLoaded = Promise.resolve() // fulfilled once the detail shows what was opened last

function openIncident(reference, how = {}) {
  openingReference = reference
  detailLoaded = fetchDetail(reference, how).finally(() => {
    if (openingReference === reference) openingReference = null
  })
  return detailLoaded
}

async function fetchDetail(reference, { push = true, focus = true }) {
  opening?.abort()
  opening = new AbortController()
  followLine(null)
  const address = incidentAddress(reference)
  try {
    const fresh = await fetchPart(address, "detail", "#detail", opening.signal)
    const here = location.pathname === new URL(address, location).pathname
    if (push && !here) history.pushState({ reference }, "", address)
    showDetail($("#detail", fresh))
    document.title = `${reference} · ${$("#detail-title").textContent.trim()}`
    if (focus) $("#detail-title").focus({ preventScroll: true })
  } catch (error) {
    if (error.name !== "AbortError") showError(error)
  }
}

// Beside the list stands the incident whose line has the focus: what keys do is done to what is shown.
const FOLLOW_WAIT = 150 // milliseconds after which it is fetched: who holds an arrow key down passes by
let followed = null
let timer = 0

function followLine(line) {
  clearTimeout(timer)
  followed = line?.dataset.reference ?? null
  if (followed) timer = setTimeout(showFollowed, FOLLOW_WAIT)
}

function showFollowed() {
  const reference = followed
  history.replaceState({ reference }, "", incidentAddress(reference))
  openIncident(reference, { push: false, focus: false })
}

document.addEventListener("focusin", ({ target }) => {
  const line = target.closest("#rows .line")
  if (line && wide.matches && !pick.on) followLine(line.dataset.reference === openedReference() ? null : line)
})

// Look at the open incident again; it may have left this desk.
async function refreshDetail() {
  const reference = openedReference()
  if (!reference) return
  try {
    const fresh = $("#detail", await fetchPart(incidentAddress(reference), "detail", "#detail"))
    await waitWhile(isDeskBusy)
    if (openedReference() === reference) showDetail(fresh) // else another was opened meanwhile
  } catch (error) {
    if (error.status !== 404) throw error
    await openNext()
  }
}

// The open incident is no longer at this desk: that one of the list takes its place, else the first.
async function openNext(preferred) {
  const next = wide.matches && (lineOf(preferred) ?? listLines()[0])?.dataset.reference
  if (!next) return leaveForList()
  history.replaceState({ reference: next }, "", incidentAddress(next))
  await openIncident(next, { push: false, focus: false })
}

// An answer and the news of the same step both come here: to leave twice would break off the first time.
let leaving = false
addEventListener("pageshow", () => {
  leaving = false
})

function leaveForList() {
  if (leaving) return
  leaving = true
  location.assign(main.dataset.desk + listQuery())
}

let lastCamerasQuestion

async function loadCameras(root) {
  const place = $("[data-cameras-near]", root)
  if (!place) return
  const now = (lastCamerasQuestion = {})
  try {
    if (!(await replaceWhenIdle(place, parseHtml(await request(place.dataset.camerasNear)), () => lastCamerasQuestion === now))) return
    place.hidden = !place.firstElementChild
    for (const part of place.querySelectorAll("[data-module]")) loadModule(part.dataset) // it knows what it needs
  } catch {
    place.hidden = true // the detail says enough without pictures
  }
}

function loadModule({ module, style }) {
  import(module).catch(() => toast(gettext("A part of this page could not be loaded. Load the page again.")))
  if ($(`link[href="${style}"]`)) return
  const link = document.createElement("link")
  link.rel = "stylesheet"
  link.href = style
  document.head.append(link)
}

// ------------------------------------------------------------------ steps

async function openStep(address, { byKey = false } = {}) {
  try {
    showDialog(await fetchPart(address, "form", "form[data-draft]"))
    dialog.toggleAttribute("data-by-key", byKey)
  } catch (error) {
    if (error.status === 409) await Promise.all([refreshList(), refreshDetail()]).catch(() => {})
    showError(error)
  }
}

const FIRST_FIELD = "[data-pick] input, #where, select:not(#answer), input[type=radio], #until, textarea"

// A form or what became of several, in the dialog.
function showDialog(fresh) {
  dialog.replaceChildren(fresh)
  const form = $("form", dialog)
  dialog.dataset.reference = form?.dataset.draft.split(" ")[0] ?? ""
  if (form) prepareForm(form)
  if (!dialog.open) dialog.showModal()
  ;($(FIRST_FIELD, dialog) ?? $(".answers .button", dialog)).focus()
}

// One step for all that are ticked: its form first where it has one; then what became of each.
async function sendSeveral(address, body, form) {
  const button = form && $("[data-go]", form)
  button?.setAttribute("aria-disabled", "true")
  try {
    const answer = await request(partAddress(address, "form"), { method: "POST", body })
    const done = typeof answer !== "string" // all of them, and nothing is left to be read
    const fresh = done ? null : parseHtml(answer)
    if (!done && !$("form[data-draft], [data-outcomes]", fresh)) throw new SignedOut()
    if (done || $("[data-outcomes]", fresh)) {
      if (form) deleteDraft(form)
      if (done && dialog.open) dialog.close()
      pick.tickNone()
      await refreshList()
      await refreshDetail()
    }
    if (!done) return showDialog(fresh)
    sayDone(answer)
    focusLine(lineOf(openedReference()) ?? listLines()[0])
  } catch (error) {
    if (error.status === 400 && typeof error.content === "string") return showCorrections(error.content, form)
    showError(error, form)
  } finally {
    button?.removeAttribute("aria-disabled")
  }
}

// What was done, with the way to take it back for some seconds: the button, or the key Z.
const UNDO_S = 10
let undoToast = null

function sayDone({ said, undo }) {
  undoToast?.remove()
  undoToast = undo ? toast(said, { words: gettext("Undo"), key: "Z", seconds: UNDO_S, run: () => undoStep(undo) }) : null
  if (!undo) toast(said)
}

async function undoStep(address) {
  undoToast = null
  const body = new FormData()
  body.set("csrfmiddlewaretoken", $("#several [name=csrfmiddlewaretoken]").value)
  try {
    const answer = await request(partAddress(address, "form"), { method: "POST", body })
    if (typeof answer === "string") return await showUndone(parseHtml(answer))
    if (dialog.open) dialog.close()
    await refreshList()
    if (!answer.reference) {
      await refreshDetail()
      focusLine(lineOf(openedReference()) ?? listLines()[0])
      return void toast(answer.said)
    }
    if (wide.matches || document.body.classList.contains("alone-open")) {
      history.replaceState({ reference: answer.reference }, "", incidentAddress(answer.reference))
      await openIncident(answer.reference, { push: false, focus: false })
    }
    focusLine(lineOf(answer.reference))
    toast(answer.said)
  } catch (error) {
    showError(error)
  }
}

// Of several some could not be taken back: each is told.
async function showUndone(fresh) {
  if (!$("[data-outcomes]", fresh)) throw new SignedOut()
  await refreshList()
  await refreshDetail()
  showDialog(fresh)
}

// What became of several is read in the dialog; closed, the way back is offered as after any other act.
dialog.addEventListener("close", () => {
  const button = $("[data-undo]", dialog)
  if (!button) return
  button.remove()
  sayDone({ said: $("#step-title", dialog).textContent.trim(), undo: button.dataset.undo })
})

// `byKey`: who works the list with keys goes on with the next line where that is switched on; others stay.
async function sendStep(address, body, form, { byKey = false } = {}) {
  const reference = new URL(address, location).pathname.slice(main.dataset.desk.length).split("/")[0]
  const next = neighbourOf(reference)
  const button = form && $("[data-go], .first, [data-note] button", form)
  if (button?.getAttribute("aria-disabled") === "true") return
  button?.setAttribute("aria-disabled", "true")
  $("#detail .notice[role=alert]")?.remove()
  try {
    const answer = await request(partAddress(address, "form"), { method: "POST", body })
    if (typeof answer === "string") throw new SignedOut()
    if (form?.dataset.draft) deleteDraft(form)
    if (dialog.open) dialog.close()
    if (form?.matches("[data-note]")) form.reset()
    await refreshList()
    // On a phone the page changes: it is said on the next one.
    if (openedReference() === reference && !answer.ours && !wide.matches) sessionStorage.setItem("said", answer.said)
    if (openedReference() === reference) await (answer.ours ? refreshDetail() : openNext(next))
    sayDone(answer)
    const goesOn = byKey && useNext.checked
    const elsewhere = document.activeElement?.closest?.("#rows .line")?.dataset.reference ?? reference
    if (byKey && wide.matches && elsewhere !== reference && !form) return // who has gone on stays there
    if (form?.matches("[data-note]")) $("#own-note")?.focus()
    else if (wide.matches && (goesOn || lineOf(openedReference()))) focusLine(lineOf(goesOn ? next : openedReference()) ?? listLines()[0])
    else $("#detail-title")?.focus()
  } catch (error) {
    if (dialog.open && typeof error.content === "string" && (error.status === 400 || error.status === 409)) {
      if (error.status === 409) await Promise.all([refreshList(), refreshDetail()]).catch(() => {})
      return showCorrections(error.content, form)
    }
    if (error.status === 409 || error.status === 404) {
      if (dialog.open) dialog.close()
      await Promise.all([refreshList(), refreshDetail()]).catch(() => {})
    }
    showError(error, form)
  } finally {
    button?.removeAttribute("aria-disabled")
  }
}

// The form again as the server marked it; photos that were chosen stay chosen where they are not what is wrong.
function showCorrections(html, form) {
  const chosen = form ? [...form.querySelectorAll("input[type=file]")] : []
  showDialog(parseHtml(html))
  const again = $("form", dialog)
  for (const input of chosen) {
    const fresh = again.querySelector(`#${input.id}`)
    if (fresh && !$("#photos", again).hasAttribute("aria-invalid")) fresh.replaceWith(input)
  }
  if (chosen.length) listPhotoNames(again)
  const wrong = $("[aria-invalid]", again)
  ;(wrong?.name === "to" ? $("[data-pick] input", again) : wrong)?.focus()
}

// An error is said where the person looks: in the open dialog, else on top of the detail.
function showError(error, form) {
  const words = {
    404: gettext("This incident is no longer at your desk."),
    403: gettext("Reload the page and try again. What you typed is kept."),
  }[error.status]
  const signedOut = error instanceof SignedOut
  const notice = document.createElement("div")
  notice.className = "notice"
  notice.dataset.state = signedOut ? "waiting" : "late"
  notice.setAttribute("role", "alert")
  const said = document.createElement("p")
  said.className = "wide-words"
  said.textContent = signedOut ? gettext("You were signed out. What you typed is kept. ") : (words ?? error.message)
  if (signedOut) {
    const link = document.createElement("a")
    const back = form?.dataset.draft ? form.getAttribute("action") : location.pathname + location.search
    link.href = `${main.dataset.signIn}?next=${encodeURIComponent(back)}`
    link.textContent = gettext("Sign in")
    said.append(link)
  }
  notice.append(said)
  if (!navigator.onLine && form?.isConnected) {
    said.textContent = gettext("No connection. What you wrote stays here and is sent when you are online again.")
    addEventListener("online", () => form.isConnected && form.requestSubmit($("[data-go]", form)), { once: true })
  }
  const place = dialog.open ? ($("[data-alerts]", dialog) ?? dialog.firstElementChild) : ($("#detail .detail") ?? $("#detail"))
  $(".notice[role=alert]", place)?.remove()
  place.prepend(notice)
  place.scrollTop = 0
}

// ------------------------------------------------------------------ what people do

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
  const line = event.target.closest(".line")
  const step = event.target.closest("a[data-step]")
  const close = event.target.closest("[data-close]")
  const undo = event.target.closest("[data-undo]")
  if (line && wide.matches) {
    event.preventDefault()
    const open = event.detail ? openInList : openIncident // by the pointer, or by Enter
    open(line.dataset.reference)
  } else if (step) {
    event.preventDefault()
    step.closest("details")?.removeAttribute("open")
    openStep(step.href)
  } else if (undo) {
    undo.remove()
    undoStep(undo.dataset.undo)
  } else if (close && dialog.open) {
    event.preventDefault()
    dialog.close()
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false
  }
})

document.addEventListener("submit", async (event) => {
  const form = event.target
  if (event.submitter?.matches("[data-page]")) return // leads to a page of its own
  if (form.id === "several" || form.dataset.draft?.startsWith("several")) {
    event.preventDefault()
    $(".more-steps", form)?.removeAttribute("open")
    // `formAction` of a button that has none is the page's own address.
    const address = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action
    sendSeveral(address, new FormData(form), form.id === "several" ? null : form)
  } else if (form.matches("[data-draft], [data-now]")) {
    event.preventDefault()
    sendStep(form.action, new FormData(form), form, { byKey: dialog.open && "byKey" in dialog.dataset })
  } else if (form.matches("[data-contact]")) {
    event.preventDefault()
    try {
      const fresh = parseHtml(await request(partAddress(form.action, "contact"), { method: "POST", body: new FormData(form) }))
      if (!$("#contact", fresh)) throw new SignedOut()
      $("#contact").replaceWith(fresh)
      $("#contact a")?.focus()
    } catch (error) {
      showError(error, form)
    }
  }
})

$("#order").addEventListener("change", (event) => event.currentTarget.requestSubmit())

addEventListener("popstate", (event) => {
  const reference = event.state?.reference ?? location.pathname.slice(main.dataset.desk.length).split("/")[0]
  const wanted = reference || listLines()[0]?.dataset.reference
  if (wanted) openIncident(wanted, { push: false, focus: false })
})

// ------------------------------------------------------------------ keys

const keys = $("#keys")
const useKeys = $("#use-keys")
useKeys.checked = localStorage.getItem("desk-keys") !== "off"
useKeys.addEventListener("change", () => localStorage.setItem("desk-keys", useKeys.checked ? "on" : "off"))
const useNext = $("#use-next") // whether keys go on with the next incident
useNext.checked = localStorage.getItem("desk-next") === "on"
useNext.addEventListener("change", () => localStorage.setItem("desk-next", useNext.checked ? "on" : "off"))
$("#all-keys").addEventListener("click", () => keys.showModal())

function closeFilter() {
  $("#filter").open = false
  $("#filter summary").focus()
}

const STEP_OF = JSON.parse(main.dataset.keys)
const WATCH_STEP_OF = JSON.parse(main.dataset.watchKeys)
const STEPS_WITHOUT_FORM = main.dataset.unasked.split(" ")
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"

// The incident that keys act on, and what was seen of it: the one that is shown, on a phone's list the line with the focus.
// Where another is shown by now than was `meant`, its line in the list says how it stands; else nothing is done.
async function workedIncident(line, meant) {
  if (followed && (!meant || followed === meant)) showFollowed()
  await detailLoaded
  const isShown = wide.matches || document.body.classList.contains("alone-open")
  if (isShown && (!meant || openedReference() === meant)) return $("#detail").dataset
  return (lineOf(meant) ?? (isShown ? null : line))?.dataset ?? {}
}

// Acts of one person are taken one after the other: what is pressed while one is under way sees what that has changed.
let acts = Promise.resolve()

function inTurn(act) {
  acts = acts.then(act, act)
  return acts
}

// A key pressed early means what was shown when it was pressed, unless keys go on with the next one by themselves.
function queueStep(key, line) {
  const isAlone = wide.matches || document.body.classList.contains("alone-open")
  const meant = followed ?? openingReference ?? (isAlone ? openedReference() : line?.dataset.reference)
  const held = useNext.checked && !followed && !openingReference ? null : meant
  inTurn(() => stepByKey(key, line, held))
}

async function stepByKey(key, line, meant) {
  if (dialog.open) return // the act before it asks for something
  const { reference, moves, watched } = await workedIncident(line, meant)
  const step = (watched === undefined ? STEP_OF : WATCH_STEP_OF)[key]
  if (!reference || !step) return
  if (!STEPS_WITHOUT_FORM.includes(step)) return openStep(incidentAddress(reference, step), { byKey: true })
  const seen = new FormData()
  seen.set("moves", moves)
  return sendStep(incidentAddress(reference, step), seen, null, { byKey: true })
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || keys.open) return
  if (dialog.open) {
    if (useKeys.checked && event.key.toLowerCase() === "z") $("[data-undo]", dialog)?.click()
    return
  }
  if (event.key === "Escape" && event.target.closest("#filter")) return closeFilter()
  if (event.key === "Escape" && event.target.closest("#detail")) return focusLine(lineOf(openedReference()))
  if (event.key === "Escape" && pick.on && event.target.closest("#queue")) return pick.tickNone()
  if (event.target.closest(TYPED_IN)) return
  const line = document.activeElement.closest("#rows .line")
  // With the focus nowhere, as after loading, the arrows walk the list beside the incident that is shown.
  const inList = event.target.closest("#rows") || (wide.matches && event.target === document.body)
  if (inList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const all = listLines()
    const at = all.indexOf(line ?? lineOf(openedReference())) + (event.key === "ArrowDown" ? 1 : -1)
    event.preventDefault()
    focusLine(all[Math.min(Math.max(at, 0), all.length - 1)])
  } else if (!useKeys.checked) {
    return
  } else if (event.key === "?") {
    keys.showModal()
  } else if (event.key.toLowerCase() === "z" && undoToast?.isConnected) {
    event.preventDefault()
    inTurn(() => undoToast?.isConnected && $("button", undoToast).click())
  } else if (event.key === "/") {
    event.preventDefault()
    ;[$("#q"), $("#q-narrow")].find((field) => field?.checkVisibility())?.focus()
  } else if (event.key.toLowerCase() === "f") {
    event.preventDefault()
    $("#filter").open = true
    $("#group").focus()
  } else if (inList && event.key.toLowerCase() === "a") {
    pick.tickAll()
  } else if (line && !("watched" in line.dataset) && event.key.toLowerCase() === "v") {
    pick.toggle(line)
  } else if (!pick.on && (STEP_OF[event.key.toLowerCase()] || WATCH_STEP_OF[event.key.toLowerCase()])) {
    event.preventDefault()
    queueStep(event.key.toLowerCase(), line)
  }
})

// ------------------------------------------------------------------ dropped on a crew

const DRAGGED = "application/x-desk-incident"

document.addEventListener("dragstart", (event) => {
  const line = event.target.closest?.("#rows .line")
  if (!line || "watched" in line.dataset || $("#crews").hidden) return
  event.dataTransfer.setData(DRAGGED, line.dataset.reference)
  event.dataTransfer.effectAllowed = "move"
  line.classList.add("dragged")
})

document.addEventListener("dragend", () => {
  for (const one of document.querySelectorAll(".dragged, .crew.drop")) one.classList.remove("dragged", "drop")
})

const crewUnder = (event) => event.dataTransfer?.types.includes(DRAGGED) && event.target.closest?.(".crew")

document.addEventListener("dragover", (event) => {
  const crew = crewUnder(event)
  for (const other of document.querySelectorAll(".crew.drop")) other.classList.toggle("drop", other === crew)
  if (!crew) return
  event.preventDefault()
  crew.classList.add("drop")
})

// One that is ticked takes the other ticked ones with it.
document.addEventListener("drop", (event) => {
  const crew = crewUnder(event)
  if (!crew) return
  event.preventDefault()
  crew.classList.remove("drop")
  const line = lineOf(event.dataTransfer.getData(DRAGGED))
  if (line) giveToCrew(crew.dataset.crew, line)
})

function giveToCrew(crew, line) {
  const given = new FormData()
  given.set("crew", crew)
  const ticked = pick.tickedValues()
  if (ticked.length > 1 && $(".pick", line.parentElement).checked) {
    for (const one of ticked) given.append("of", one)
    given.set("filled", "1")
    return sendSeveral(`${main.dataset.desk}several/crew/${listQuery()}`, given)
  }
  const { reference } = line.dataset
  return inTurn(() => {
    given.set("moves", (lineOf(reference) ?? line).dataset.moves)
    return sendStep(incidentAddress(reference, "crew"), given)
  })
}

// ------------------------------------------------------------------ news

const changedReferences = new Set()
const leftReferences = new Set() // to another unit
const CATCH_UP_EVERY = 1000 // milliseconds: so often the list is asked for again, however much happens
let caughtUpAt = -CATCH_UP_EVERY
let catchUpTimer = null

function handleNews(item) {
  const has = !ownUnits || ownUnits.has(item.authority)
  const maybe = !has && item.maybe.some((unit) => ownUnits.has(unit))
  const ours = has || maybe || watchedAreas.has(item.area.vi)
  if (!ours && !lineOf(item.reference) && item.reference !== openedReference()) return
  if (!has && item.kind === "claimed" && lineOf(item.reference))
    toast(interpolate(gettext("Another unit has taken it over: %s"), [newsInWords(item)]))
  if (maybe && item.kind === "assigned") toast(interpolate(gettext("May be yours: %s"), [newsInWords(item)]))
  changedReferences.add(item.reference)
  if (ours) leftReferences.delete(item.reference)
  else leftReferences.add(item.reference)
  catchUpSoon()
}

// At once after a while without news; of a storm of news once a second.
function catchUpSoon() {
  catchUpTimer ??= setTimeout(catchUp, Math.max(150, caughtUpAt + CATCH_UP_EVERY - performance.now()))
}

const newsInWords = ({ category, area }) => [category, area].map((words) => words[document.documentElement.lang] ?? words.vi).join(", ")

async function catchUp() {
  catchUpTimer = null
  if (isDeskBusy()) return void (catchUpTimer = setTimeout(catchUp, 200))
  caughtUpAt = performance.now()
  const about = new Set(changedReferences)
  changedReferences.clear()
  try {
    await refreshList()
    if (!about.has(openedReference())) return
    if (leftReferences.has(openedReference())) {
      if (dialog.open && openedReference() === dialog.dataset.reference) return showError(Object.assign(new Error(), { status: 404 }))
      return await openNext()
    }
    const status = () => `${$("#detail").dataset.state} ${$("#detail").dataset.authority}`
    const before = status()
    await refreshDetail()
    const filling = dialog.open && $("[data-alerts]", dialog) // what became of several needs no warning: it is done
    if (filling && status() !== before) showError(new Error(gettext("Somebody changed this incident just now.")))
  } catch (error) {
    showError(error)
  }
}

// A picture was kept by hand here: the stream tells it, too, unless the line is broken.
document.addEventListener("kept", () => {
  changedReferences.add(openedReference())
  catchUpSoon()
})

const stream = news(main.dataset.live, { after: main.dataset.lastEvent })
stream.addEventListener("news", ({ detail }) => handleNews(detail))
stream.addEventListener("reload", () => location.reload())
showLive(stream, $("#live"))

// Deadlines come nearer without any news.
setInterval(() => {
  if (document.visibilityState === "visible") refreshList().catch(() => {}) // the stream tells when the line is broken
}, 60_000)

// ------------------------------------------------------------------ under the map

// Asked for once the list stands, where there is room for the map: it looks at a month.
const roomForMap = matchMedia("(min-width: 80rem)")

async function showOutlook() {
  if (!roomForMap.matches || !$("#outlook").hidden) return
  try {
    const fresh = await fetchPart(main.dataset.desk + listQuery(), "outlook", "#outlook")
    $("#outlook").replaceWith(fresh)
    map.showRepeats(
      [...document.querySelectorAll("[data-repeat-lat]")].map(({ dataset }) => [dataset.repeatLat, dataset.repeatLon].map(Number)),
    )
  } catch {
    $("#outlook").hidden = true // the list says enough without it
  }
}

roomForMap.addEventListener("change", showOutlook)
document.addEventListener("click", (event) => {
  const turning = event.target.closest("[data-turning]")
  if (!turning || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  openIncident(turning.dataset.turning)
})

// ------------------------------------------------------------------ the first time

const hints = $("#hints")
const hintsKey = `desk-hints ${hints.dataset.user}`
hints.hidden = localStorage.getItem(hintsKey) === "read"
$("button", hints).addEventListener("click", () => {
  localStorage.setItem(hintsKey, "read")
  hints.hidden = true
  $("#rows").focus()
})

// ------------------------------------------------------------------ begin

if (dialog.open) {
  const form = $("form", dialog)
  if (form) prepareForm(form)
  dialog.open = false
  dialog.showModal()
  ;($("[aria-invalid]", dialog) ?? $(FIRST_FIELD, dialog) ?? $("button, a", dialog)).focus()
}
setUpDetail($("#detail"))
map.choose(openedReference())
map.show(listLines())
showOutlook()
if (sessionStorage.getItem("said")) toast(sessionStorage.getItem("said"))
sessionStorage.removeItem("said")
