// Steps at the desk: their forms in the dialog, sending them for one incident or several, undoing them, and errors.
//
//   desk.steps = createSteps(desk)
//   steps.openForm(address, { byKey })       shows the form of a step in the dialog
//   steps.send(address, body, form, { byKey })          takes a step; `byKey`: who works the list with keys goes on with the next
//                                            line where that is switched on, others stay
//   steps.sendSeveral(address, body, form)   one step for all that are ticked: its form first where it has one
//   steps.undo(address) · steps.pressUndo()  takes the last step back · if that is still offered; steps.offersUndo()
//   steps.showError(error, form)             where the person looks: in the open dialog, else on top of the detail

import { toast } from "../../../look/page.js"
import { request } from "../../../look/request.js"
import { deleteDraft } from "../desk-form.js"
import { showCorrections, showDialog } from "./dialog.js"
import { $, SignedOut, fetchPart, parseHtml, partAddress } from "./parts.js"

const UNDO_S = 10

export function createSteps(desk) {
  const { dialog, main, wide } = desk
  let undoToast = null

  const refreshBoth = () => Promise.all([desk.list.refresh(), desk.detail.refresh()]).catch(() => {})
  const focusShown = () => desk.list.focus(desk.list.lineOf(desk.detail.reference()) ?? desk.list.lines()[0])

  async function openForm(address, { byKey = false } = {}) {
    try {
      showDialog(dialog, await fetchPart(address, "form", "form[data-draft]"))
      dialog.toggleAttribute("data-by-key", byKey)
    } catch (error) {
      if (error.status === 409) await refreshBoth()
      showError(error)
    }
  }

  async function sendSeveral(address, body, form) {
    const button = form && $("[data-go]", form)
    button?.setAttribute("aria-disabled", "true")
    try {
      const answer = await request(partAddress(address, "form"), { method: "POST", body })
      const isDone = typeof answer !== "string" // all of them, and nothing is left to be read
      const fresh = isDone ? null : parseHtml(answer)
      if (!isDone && !$("form[data-draft], [data-outcomes]", fresh)) throw new SignedOut()
      if (isDone || $("[data-outcomes]", fresh)) {
        if (form) deleteDraft(form)
        if (isDone && dialog.open) dialog.close()
        desk.pick.tickNone()
        await desk.list.refresh()
        await desk.detail.refresh()
      }
      if (!isDone) return showDialog(dialog, fresh)
      announceDone(answer)
      focusShown()
    } catch (error) {
      if (error.status === 400 && typeof error.content === "string") return showCorrections(dialog, error.content, form)
      showError(error, form)
    } finally {
      button?.removeAttribute("aria-disabled")
    }
  }

  // `undo`: the address that takes it back, offered for some seconds by a button and the key Z.
  function announceDone({ said: sentence, undo: address }) {
    undoToast?.remove()
    undoToast = address ? toast(sentence, { words: gettext("Undo"), key: "Z", seconds: UNDO_S, run: () => undo(address) }) : null
    if (!address) toast(sentence)
  }

  const offersUndo = () => Boolean(undoToast?.isConnected)
  const pressUndo = () => offersUndo() && $("button", undoToast).click()

  async function undo(address) {
    undoToast = null
    const body = new FormData()
    body.set("csrfmiddlewaretoken", $("#several [name=csrfmiddlewaretoken]").value)
    try {
      const answer = await request(partAddress(address, "form"), { method: "POST", body })
      if (typeof answer === "string") return await showNotUndone(parseHtml(answer))
      if (dialog.open) dialog.close()
      await desk.list.refresh()
      if (!answer.reference) {
        await desk.detail.refresh()
        focusShown()
        return void toast(answer.said)
      }
      if (desk.showsDetail()) await desk.detail.openInPlace(answer.reference)
      desk.list.focus(desk.list.lineOf(answer.reference))
      toast(answer.said)
    } catch (error) {
      showError(error)
    }
  }

  // Some of several could not be taken back: the dialog names each.
  async function showNotUndone(fresh) {
    if (!$("[data-outcomes]", fresh)) throw new SignedOut()
    await desk.list.refresh()
    await desk.detail.refresh()
    showDialog(dialog, fresh)
  }

  async function send(address, body, form, { byKey = false } = {}) {
    const reference = new URL(address, location).pathname.slice(main.dataset.desk.length).split("/")[0]
    const next = desk.list.neighbourOf(reference)
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
      await desk.list.refresh()
      if (desk.detail.reference() === reference) {
        if (!answer.ours && !wide.matches) sessionStorage.setItem("said", answer.said) // on a phone the next page shows it
        await (answer.ours ? desk.detail.refresh() : desk.detail.openNext(next))
      }
      announceDone(answer)
      focusAfter({ form, reference, next, byKey })
    } catch (error) {
      await handleRefusal(error, form)
    } finally {
      button?.removeAttribute("aria-disabled")
    }
  }

  function focusAfter({ form, reference, next, byKey }) {
    const goesOn = byKey && desk.keys.goesOn()
    const focused = document.activeElement?.closest?.("#rows .line")?.dataset.reference ?? reference
    if (byKey && wide.matches && focused !== reference && !form) return // who has gone on stays there
    const shown = desk.detail.reference()
    if (form?.matches("[data-note]")) $("#own-note")?.focus()
    else if (wide.matches && (goesOn || desk.list.lineOf(shown)))
      desk.list.focus(desk.list.lineOf(goesOn ? next : shown) ?? desk.list.lines()[0])
    else $("#detail-title")?.focus()
  }

  async function handleRefusal(error, form) {
    const { status, content } = error
    if (dialog.open && typeof content === "string" && (status === 400 || status === 409)) {
      if (status === 409) await refreshBoth()
      return showCorrections(dialog, content, form)
    }
    if (status === 409 || status === 404) {
      if (dialog.open) dialog.close()
      await refreshBoth()
    }
    showError(error, form)
  }

  function showError(error, form) {
    const words = {
      404: gettext("This incident is no longer at your desk."),
      403: gettext("Reload the page and try again. What you typed is saved."),
    }[error.status]
    const isSignedOut = error instanceof SignedOut
    const notice = document.createElement("div")
    notice.className = "notice"
    notice.dataset.state = isSignedOut ? "waiting" : "late"
    notice.setAttribute("role", "alert")
    const line = document.createElement("p")
    line.className = "wide-words"
    line.textContent = isSignedOut ? gettext("You were signed out. What you typed is saved. ") : (words ?? error.message)
    if (isSignedOut) line.append(signInLink(form))
    notice.append(line)
    if (!navigator.onLine && form?.isConnected) {
      line.textContent = gettext("No connection. What you wrote stays here and is sent when you are online again.")
      addEventListener("online", () => form.isConnected && form.requestSubmit($("[data-go]", form)), { once: true })
    }
    const place = dialog.open ? ($("[data-alerts]", dialog) ?? dialog.firstElementChild) : ($("#detail .detail") ?? $("#detail"))
    $(".notice[role=alert]", place)?.remove()
    place.prepend(notice)
    place.scrollTop = 0
  }

  function signInLink(form) {
    const link = document.createElement("a")
    const back = form?.dataset.draft ? form.getAttribute("action") : location.pathname + location.search
    link.href = `${main.dataset.signIn}?next=${encodeURIComponent(back)}`
    link.textContent = gettext("Sign in")
    return link
  }

  // What became of several is read in the dialog; once it is closed, undoing it is offered as after any other step.
  dialog.addEventListener("close", () => {
    const button = $("[data-undo]", dialog)
    if (!button) return
    button.remove()
    announceDone({ said: $("#step-title", dialog).textContent.trim(), undo: button.dataset.undo })
  })

  return { openForm, send, sendSeveral, undo, offersUndo, pressUndo, showError }
}
