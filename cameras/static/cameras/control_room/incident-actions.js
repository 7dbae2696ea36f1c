// Actions of the control room: claims of incidents, steps, calls, and new incidents from a camera, a tile or a place. What the
// server tells of other people comes as the document's event "room": { claim, who } or { log }. An announcement that is made
// or taken back here fires the event "announced".

import { toast } from "../../look/page.js"
import { Failed, request } from "../../look/request.js"

const dialog = document.getElementById("room-dialog")
const box = document.getElementById("focus")
const queue = document.getElementById("queue")
let holders = new Map()

// --- In hand: who has what, at each line of the list

async function loadClaims() {
  const { claims } = await request(dialog.dataset.claims)
  holders = new Map(claims.map((claim) => [claim.reference, claim]))
  markHolders()
}

function markHolders() {
  for (const line of queue?.querySelectorAll("[data-incident]") ?? []) {
    const holder = holders.get(line.dataset.incident)
    let mark = line.querySelector(".holder")
    if (!holder) {
      mark?.remove()
      continue
    }
    if (!mark) {
      mark = document.createElement("span")
      mark.className = "holder"
      const where = line.querySelector(".where") ?? line.querySelector(".title") ?? line
      where.append(mark)
    }
    const words = holder.mine ? gettext("you") : holder.who
    if (mark.textContent !== words) mark.textContent = words
    mark.title = interpolate(gettext("%s is handling it"), [holder.who])
  }
}

if (queue) new MutationObserver(markHolders).observe(queue, { childList: true, subtree: true })
document.addEventListener("room", ({ detail }) => {
  if (detail.procedure && box.querySelector(".panel")?.dataset.key === detail.procedure) refreshPanel()
  if (!("claim" in detail)) return
  loadClaims().catch(() => {})
  if (box.querySelector(".panel")?.dataset.key === detail.claim) refreshPanel()
})
document.addEventListener("visibilitychange", () => document.hidden || loadClaims().catch(() => {}))
loadClaims().catch(() => {})

const refreshPanel = () => box.dispatchEvent(new CustomEvent("kept"))

async function changeClaim(button) {
  const { reference } = button.closest("[data-reference]").dataset
  const body = new FormData()
  if ("over" in button.dataset) body.set("over", "yes")
  button.disabled = true
  try {
    toast((await request(`/control/incident/${reference}/${button.dataset.claim}/`, { method: "POST", body })).said)
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    toast(error.message)
  } finally {
    button.disabled = false
    refreshPanel()
  }
}

// --- The procedure of the incident in front

async function setStep(tick) {
  const { reference } = tick.closest("[data-reference]").dataset
  const body = new FormData()
  if (tick.checked) body.set("done", "yes")
  try {
    toast((await request(`/control/incident/${reference}/step/${tick.dataset.step}/`, { method: "POST", body })).said)
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    tick.checked = !tick.checked
    toast(error.message)
  } finally {
    refreshPanel()
  }
}

box.addEventListener("change", ({ target }) => "step" in target.dataset && setStep(target))

// --- The dialog: a form of the server, sent without leaving the page

let openedBy // by what the dialog was opened, to give the focus back

export async function openForm(address, opener) {
  openedBy = opener
  try {
    showForm(await request(address))
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    toast(error.message)
  }
}

export function showForm(page) {
  const typed = dialog.open ? dialog.querySelector("form")?.elements.words?.value : ""
  dialog.innerHTML = page
  const form = dialog.querySelector("form")
  form.dataset.sending = crypto.randomUUID?.() ?? ""
  if (typed) form.elements.words.value = typed
  if (!dialog.open) dialog.showModal()
  if ("again" in form.dataset) form.querySelector("button.primary").focus()
  else (form.elements.words ?? form.elements.text).focus()
}

// A call is timed from the press on its number. Who closes the form without a word leaves a line of it all the same.
let calledAt = 0

function addSeconds(body) {
  if (calledAt) body.set("seconds", Math.round((performance.now() - calledAt) / 1000))
  return body
}

dialog.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-calls]")
  if (!link) return
  calledAt = performance.now()
  link.closest(".callee").querySelector("input").checked = true
})

async function logUnsaidCall(form) {
  const body = addSeconds(new FormData(form))
  body.set("outcome", "unknown")
  calledAt = 0
  await request(form.action, { method: "POST", body }).then(
    ({ said: sentence }) => toast(sentence),
    (error) => toast(error.message),
  )
  refreshPanel()
}

async function sendForm(form) {
  const faultLine = form.querySelector(".said")
  const button = form.querySelector("button.primary")
  const body = addSeconds(new FormData(form))
  body.set("sending", form.dataset.sending)
  button.disabled = true
  faultLine.textContent = ""
  try {
    const answer = await request(form.action, { method: "POST", body })
    calledAt = 0
    dialog.close()
    if (answer.undo) tellAnnounced()
    if (answer.undo) toast(answer.said, { words: gettext("Undo"), key: "", seconds: 10, run: () => takeBack(answer.undo) })
    else toast(answer.said, answer.reference && { words: gettext("Show it"), key: "", seconds: 10, run: () => show(answer.reference) })
    refreshPanel()
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid")
    for (const name of Object.keys(error.content?.faults ?? {}))
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) field.setAttribute("aria-invalid", "true")
    faultLine.textContent = error.message
    form.querySelector("[aria-invalid]")?.focus()
  } finally {
    button.disabled = false
  }
}

async function takeBack(address) {
  toast(
    await request(address, { method: "POST" }).then(
      ({ said: sentence }) => sentence,
      (error) => error.message,
    ),
  )
  tellAnnounced()
  refreshPanel()
}

function tellAnnounced() {
  document.dispatchEvent(new CustomEvent("announced"))
}

// As if its line in the list were chosen.
function show(reference) {
  const line = document.createElement("a")
  line.dataset.incident = reference
  line.href = `?incident=${reference}`
  line.hidden = true
  document.body.append(line)
  line.click()
  line.remove()
}

dialog.addEventListener("submit", (event) => {
  event.preventDefault()
  sendForm(event.target)
})
dialog.addEventListener("click", ({ target }) => {
  if (target.closest("[data-close]")) dialog.close()
})
dialog.addEventListener("close", () => calledAt && logUnsaidCall(dialog.querySelector("form")))
dialog.addEventListener("close", () => (openedBy?.isConnected ? openedBy : box).focus({ preventScroll: true }))
dialog.addEventListener("keydown", (event) => {
  event.stopPropagation() // the keys of the page behind it are not meant
  if (chooseKind(event)) event.preventDefault()
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    dialog.querySelector("form").requestSubmit()
  }
})
// Digits choose among the kinds that are offered; the one after the last goes to all others.
function chooseKind({ key, target, ctrlKey, metaKey, altKey }) {
  const form = dialog.querySelector(".create-form")
  if (!form || !/^[1-9]$/.test(key) || ctrlKey || metaKey || altKey) return false
  if (target.matches("textarea, select, input:not([type=radio])")) return false
  const kinds = [...form.querySelectorAll('input[name="kind"]')]
  if (Number(key) <= kinds.length) kinds[key - 1].click()
  else if (Number(key) === kinds.length + 1) form.elements.category.focus()
  else return false
  return true
}

// What is chosen changes where it goes, and by when.
dialog.addEventListener("change", ({ target }) => {
  const form = target.form
  if (!form || !("again" in form.dataset)) return
  if (target.name === "kind") form.elements.category.value = target.value
  if (!["kind", "category", "severity"].includes(target.name)) return
  const wanted = new URLSearchParams([...new FormData(form)].filter(([name]) => !["words", "kind", "join"].includes(name)))
  const from = target.name
  request(`${dialog.dataset.create}?${wanted}`)
    .then((page) => {
      showForm(page)
      dialog.querySelector(`[name="${from}"]:checked, select[name="${from}"]`)?.focus()
    })
    .catch((error) => toast(error.message))
})

// --- Where it begins: the panel, a tile of the wall

function createFrom(opener) {
  const wanted = new URLSearchParams()
  const tile = opener.closest(".tile[data-camera]")
  const panel = opener.closest(".panel")
  if (tile) wanted.set("camera", tile.dataset.camera)
  else if (panel?.dataset.kind === "camera") {
    wanted.set("camera", panel.dataset.key)
    const pictureNumber = panel.querySelector('.film [aria-pressed="true"]')?.dataset.frame?.match(/(\d+)\.jpg/)?.[1]
    if (pictureNumber) wanted.set("taken", pictureNumber)
  } else if (panel?.dataset.kind === "place") {
    wanted.set("lon", panel.dataset.lon)
    wanted.set("lat", panel.dataset.lat)
  } else return
  openForm(`${dialog.dataset.create}?${wanted}`, opener)
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-claim], [data-act], [data-create-from]")
  if (!button) return
  if (button.dataset.claim) changeClaim(button)
  else if (button.dataset.act)
    openForm(`/control/incident/${button.closest("[data-reference]").dataset.reference}/act/${button.dataset.act}/`, button)
  else createFrom(button)
})

// N takes in hand what stands in front, T makes an incident of what is looked at.
document.addEventListener("keydown", (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (target.closest("input, select, textarea, dialog") || document.querySelector("dialog[open]")) return
  if (document.getElementById("habits")?.elements.keys?.checked === false) return
  const pressed = key.toLowerCase()
  if (pressed === "n") box.querySelector("#claim:not([data-over])")?.click()
  else if (pressed === "t") {
    const tile = target.closest(".tile[data-camera]")
    const opener = tile ?? box.querySelector("[data-create-from]")
    if (opener) createFrom(opener)
  } else return
  event.preventDefault()
})

// What is folded out beside the acts folds in again when the focus goes elsewhere.
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest(".more-acts")
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false
})
