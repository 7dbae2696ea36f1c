// The desk: keys walk the list, the detail opens beside it, steps are taken without a reload, news appear by themselves.
//
// `desk` is passed to each part, which finds in it the elements, the state of the page, and the other parts.

import { toast } from "../../look/page.js"
import { isBusy } from "../../look/renew.js"
import { request } from "../../look/request.js"
import { setUpCrews } from "./desk/crews.js"
import { createDetail } from "./desk/detail.js"
import { adoptDialog } from "./desk/dialog.js"
import { createKeys } from "./desk/keys.js"
import { createList } from "./desk/list.js"
import { $, SignedOut, fetchPart, parseHtml, partAddress } from "./desk/parts.js"
import { createSteps } from "./desk/steps.js"
import { setUpUpdates } from "./desk/updates.js"
import { deskMap } from "./desk-map.js"
import { createPicking } from "./desk-pick.js"

const main = $("#main")
const desk = {
  main,
  dialog: $("#step"),
  wide: matchMedia("(min-width: 48rem)"),
  state: { opening: null, followed: null }, // references, see desk/detail.js
  incidentAddress: (reference, step) => `${main.dataset.desk}${reference}/${step ? `${step}/` : ""}${desk.list.query()}`,
  showsDetail: () => desk.wide.matches || document.body.classList.contains("alone-open"),
  // Whether a person presses something in what is drawn anew when something has happened.
  isBusy: () => [...document.querySelectorAll("#tally, #crews, #rows, #detail")].some(isBusy),
}
desk.list = createList(desk)
desk.pick = createPicking({ listLines: desk.list.lines })
desk.map = deskMap($("#map"), { choose: desk.list.open })
desk.detail = createDetail(desk)
desk.steps = createSteps(desk)
desk.keys = createKeys(desk)
setUpCrews(desk)
setUpUpdates(desk)

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
  const line = event.target.closest(".line")
  const step = event.target.closest("a[data-step]")
  const close = event.target.closest("[data-close]")
  const undo = event.target.closest("[data-undo]")
  if (line && desk.wide.matches) {
    event.preventDefault()
    const open = event.detail ? desk.list.open : desk.detail.open // by the pointer, or by Enter
    open(line.dataset.reference)
  } else if (step) {
    event.preventDefault()
    step.closest("details")?.removeAttribute("open")
    desk.steps.openForm(step.href)
  } else if (undo) {
    undo.remove()
    desk.steps.undo(undo.dataset.undo)
  } else if (close && desk.dialog.open) {
    event.preventDefault()
    desk.dialog.close()
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false
  }
})

document.addEventListener("submit", (event) => {
  const form = event.target
  if (event.submitter?.matches("[data-page]")) return // leads to a page of its own
  if (form.id === "several" || form.dataset.draft?.startsWith("several")) {
    event.preventDefault()
    $(".more-steps", form)?.removeAttribute("open")
    // `formAction` of a button that has none is the page's own address.
    const address = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action
    desk.steps.sendSeveral(address, new FormData(form), form.id === "several" ? null : form)
  } else if (form.matches("[data-draft], [data-now]")) {
    event.preventDefault()
    desk.steps.send(form.action, new FormData(form), form, { byKey: desk.dialog.open && "byKey" in desk.dialog.dataset })
  } else if (form.matches("[data-contact]")) {
    event.preventDefault()
    showContact(form)
  }
})

async function showContact(form) {
  try {
    const fresh = parseHtml(await request(partAddress(form.action, "contact"), { method: "POST", body: new FormData(form) }))
    if (!$("#contact", fresh)) throw new SignedOut()
    $("#contact").replaceWith(fresh)
    $("#contact a")?.focus()
  } catch (error) {
    desk.steps.showError(error, form)
  }
}

$("#order").addEventListener("change", (event) => event.currentTarget.requestSubmit())

// Under the map: fetched once the list stands, where there is room for the map, for it looks at a month.
const roomForMap = matchMedia("(min-width: 80rem)")

async function showOutlook() {
  if (!roomForMap.matches || !$("#outlook").hidden) return
  try {
    $("#outlook").replaceWith(await fetchPart(main.dataset.desk + desk.list.query(), "outlook", "#outlook"))
    const repeats = [...document.querySelectorAll("[data-repeat-lat]")]
    desk.map.showRepeats(repeats.map(({ dataset }) => [dataset.repeatLat, dataset.repeatLon].map(Number)))
  } catch {
    $("#outlook").hidden = true // the list says enough without it
  }
}

roomForMap.addEventListener("change", showOutlook)
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-turning]")
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  desk.detail.open(link.dataset.turning)
})

function setUpHints() {
  const hints = $("#hints")
  const storageKey = `desk-hints ${hints.dataset.user}`
  hints.hidden = localStorage.getItem(storageKey) === "read"
  $("button", hints).addEventListener("click", () => {
    localStorage.setItem(storageKey, "read")
    hints.hidden = true
    $("#rows").focus()
  })
}

setUpHints()
adoptDialog(desk.dialog)
desk.detail.setUp()
desk.map.choose(desk.detail.reference())
desk.map.show(desk.list.lines())
showOutlook()
if (sessionStorage.getItem("said")) toast(sessionStorage.getItem("said"))
sessionStorage.removeItem("said")
