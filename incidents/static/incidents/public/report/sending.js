// Sends the report: a puzzle where the service asks for one, the photos, then the form; without a connection it is queued.
//
//   page.sending = createSending(page)
//   sending.send({ join, again })                      `join`: the incident to which the report is added, or "new"
//   sending.showOutcome(kind, sign, title, line)       a notice under the button; without arguments it is taken away
//   sending.button · sending.outcome                   elements: the button, and the place of the notice

import { Failed } from "../../../look/request.js"
import { Refused, uploadPhotos } from "../../offline/photo-upload.js"
import { faultsOf } from "../../offline/report-list.js"
import { removeReport } from "../../offline/report-queue.js"
import { canWork, solve } from "../puzzle.js"
import { progressLine } from "./progress.js"
import { isVideo } from "./rules.js"

const NEARLY_OVER = 0.99 // of a file: the rest is read on the other side

export function createSending(page) {
  const { flow, form, field, state } = page
  const button = form.querySelector("[data-send]")
  const outcome = document.getElementById("sending")
  const question = document.getElementById("question")
  let asksQuestion = true
  if (canWork()) question.hidden = true

  function showOutcome(kind, sign, title, line = "") {
    if (!title) return outcome.replaceChildren()
    const notice = Object.assign(document.createElement("div"), { className: "notice" })
    notice.dataset.state = kind
    const text = document.createElement("div")
    text.append(
      Object.assign(document.createElement("p"), { className: "bold", textContent: title }),
      Object.assign(document.createElement("p"), { className: "small", textContent: line }),
    )
    notice.append(page.icon(sign), text)
    outcome.replaceChildren(notice)
  }

  // The browser works for a moment first where much was sent from here; where it cannot, a sum is asked in words.
  async function preparePuzzle() {
    const query = new URLSearchParams(["lon", "lat", "area", "where", "phone"].map((name) => [name, field(name).value]))
    query.set("category", page.category.chosenCode() ?? "")
    const answer = await fetch(`${flow.dataset.puzzle}?${query}`, { credentials: "same-origin" })
    if (answer.status !== 200) return
    const puzzle = await answer.json()
    if (canWork()) {
      showOutcome("waiting", "i-clock", gettext("One moment, your browser is solving a small puzzle …"))
      field("puzzle").value = await solve(puzzle.work)
      showOutcome()
    } else if (!field("sum").value) {
      question.hidden = false
      question.querySelector("[data-question]").textContent = puzzle.question.text
      field("question").value = puzzle.question.token
      field("sum").focus()
      throw new Failed(gettext("Please answer the question, or press Send again without an answer: then a person checks it first."))
    }
  }

  // `again`: whether it may be sent once more with a new CSRF token.
  async function send({ join = page.category.joinWhenSent(), again = true } = {}) {
    if (state.busy) return
    state.busy = true
    await page.photos.added()
    button.classList.add("is-busy")
    button.setAttribute("aria-disabled", "true")
    showOutcome()
    try {
      if (again && asksQuestion) {
        asksQuestion = canWork()
        await preparePuzzle()
      }
      const answer = await post(join)
      if (answer.redirected && answer.ok) return await leaveFor(answer.url)
      if (answer.status !== 400 && answer.status !== 403)
        throw new Failed(gettext("Something went wrong on our side. What you typed is still on this device."))
      const html = new DOMParser().parseFromString(await answer.text(), "text/html")
      const token = html.querySelector('main form [name="csrfmiddlewaretoken"]')
      if (!html.getElementById("summary")) throw new Failed(html.querySelector("main p")?.textContent ?? gettext("This could not be read."))
      if (answer.status === 403 && again) {
        // The cookie was gone; the answer brought a new one. Nobody needs to press twice for that.
        field("csrfmiddlewaretoken").value = token.value
        state.busy = false
        return send({ join, again: false })
      }
      adoptFaults(html)
    } catch (error) {
      await handleFailure(error, join)
    } finally {
      state.busy = false
      button.classList.remove("is-busy")
      button.removeAttribute("aria-disabled")
    }
  }

  async function post(join) {
    const body = new FormData(form)
    body.set("join", join)
    if (state.photos.length && canWork()) await uploadAhead(body)
    return fetch(form.action, { method: "POST", body, credentials: "same-origin" })
  }

  async function leaveFor(address) {
    state.sent = true
    page.draft.drop()
    if (state.queuedAs) await removeReport(state.queuedAs)
    location.replace(address)
  }

  async function handleFailure(error, join) {
    if (error instanceof Refused) {
      showOutcome()
      page.steps.showFaults("photos", ...faultsOf(error))
      page.steps.focusFirstFault()
    } else if (error instanceof Failed) showOutcome("late", "i-alert", gettext("It is not sent yet"), error.message)
    else await page.queued.add(join)
  }

  async function uploadAhead(body) {
    const [words, bar] = progressLine(gettext("Photos"))
    outcome.replaceChildren(words, bar)
    const progress = (n, part) => {
      const sentence = progressInWords(n, part)
      if (words.textContent !== sentence) words.textContent = sentence
      bar.value = (n - 1 + part) / state.photos.length
    }
    const { uploaded, token } = await uploadPhotos({
      sending: field("sending").value,
      photos: page.photos.files(),
      token: field("csrfmiddlewaretoken").value,
      progress,
    })
    field("csrfmiddlewaretoken").value = token
    body.set("csrfmiddlewaretoken", token)
    body.delete("photos")
    for (const digest of uploaded) body.append("uploaded", digest)
    showOutcome()
  }

  // What has gone over is read there, a video for some seconds.
  function progressInWords(n, part) {
    const numbers = { n, all: state.photos.length }
    if (!isVideo(state.photos[n - 1].file)) return interpolate(gettext("Sending photo %(n)s of %(all)s …"), numbers, true)
    if (part >= NEARLY_OVER) return interpolate(gettext("Preparing video %(n)s of %(all)s …"), numbers, true)
    return interpolate(gettext("Sending video %(n)s of %(all)s …"), numbers, true)
  }

  // Takes the faults from the server's answer; what is in the fields stays, photos above all.
  function adoptFaults(html) {
    document.getElementById("summary").replaceChildren(...html.getElementById("summary").children)
    if (html.querySelector("#same .near")) page.category.adoptNear(html)
    const faults = Object.fromEntries(
      [...html.querySelectorAll("[data-fault]")].map((place) => [
        place.dataset.fault,
        [...place.querySelectorAll(".error span")].map((line) => line.textContent.trim()),
      ]),
    )
    page.category.adoptQuestions(html)
    for (const name of page.steps.fieldNames()) page.steps.showFaults(name, ...(faults[name] ?? []))
    page.steps.focusFirstFault()
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault()
    if (page.steps.current() !== "details") return page.steps.next()
    send()
  })
  // One tap: what is written goes to an incident that is open close by.
  form.addEventListener("click", (event) => {
    const join = event.target.closest('#same button[name="join"]')
    if (!join) return
    event.preventDefault()
    page.steps.showFaults("join")
    send({ join: join.value })
  })

  function labelButton() {
    button.querySelector("span").textContent = navigator.onLine ? gettext("Send") : gettext("Save and send later")
  }
  addEventListener("online", labelButton)
  addEventListener("offline", labelButton)
  labelButton()

  return { send, showOutcome, outcome, button }
}
