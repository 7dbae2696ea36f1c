// Sends the report: a puzzle where the service asks for one, the photos, then the form; queued on this device without a connection.
//
//   page.sending = createSending(page)
//   sending.open(report)    shows a report that was queued and refused in the form again

import { Failed } from "../../../look/request.js"
import { Refused, uploadPhotos } from "../../offline/photo-upload.js"
import { faultsOf } from "../../offline/report-list.js"
import { fieldValue, queueReport, queuedReports, removeReport, sendQueuedReports } from "../../offline/report-queue.js"
import { canWork, solve } from "../puzzle.js"
import { progressLine } from "./progress.js"
import { isVideo, typedFields } from "./rules.js"

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
      showOutcome("waiting", "i-clock", gettext("One moment, your browser solves a small puzzle …"))
      field("puzzle").value = await solve(puzzle.work)
      showOutcome()
    } else if (!field("sum").value) {
      question.hidden = false
      question.querySelector("[data-question]").textContent = puzzle.question.text
      field("question").value = puzzle.question.token
      field("sum").focus()
      throw new Failed(gettext("Please answer the question, or press Send once more without: then somebody looks at it first."))
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
        throw new Failed(gettext("Something broke on our side. What you typed is still on this phone."))
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
    else await queue(join)
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
    if (!isVideo(state.photos[n - 1].file)) return interpolate(gettext("Photo %(n)s of %(all)s goes over …"), numbers, true)
    if (part >= NEARLY_OVER) return interpolate(gettext("Video %(n)s of %(all)s is prepared …"), numbers, true)
    return interpolate(gettext("Video %(n)s of %(all)s goes over …"), numbers, true)
  }

  // Where a browser stores nothing, it waits on this page.
  async function queue(join) {
    const noConnection = (line) => showOutcome("received", "i-offline", gettext("There is no connection"), line)
    try {
      const report = await queueReport({
        sending: field("sending").value,
        fields: [...[...new FormData(form)].filter(([, value]) => typeof value === "string"), ["join", join]],
        photos: page.photos.files(),
        title: page.category.chosenTitle(),
        place: page.place.inWords(),
        words: { sent: gettext("Sent"), refused: gettext("Not sent yet. Please look at it:") },
      })
      localStorage.setItem("reports-wait", "yes")
      noConnection(gettext("It is kept on this device and sends itself when you are online again."))
      followQueued(report.sending)
      const another = Object.assign(document.createElement("a"), { className: "button wide", textContent: gettext("Report another one") })
      another.href = location.pathname
      outcome.append(another)
      const worker = await navigator.serviceWorker?.getRegistration()
      await worker?.sync?.register("reports").catch(() => {})
    } catch {
      noConnection(gettext("It is kept on this page and sends itself when you are online again. Keep the page open."))
      addEventListener("online", () => send({ join }), { once: true })
    }
  }

  // Once it is sent, the page leads to where it went; what is refused is opened here again.
  function followQueued(sending) {
    button.hidden = true
    page.draft.drop()
    state.sent = true
    const channel = new BroadcastChannel("reports")
    channel.addEventListener("message", async ({ data }) => {
      if (data.sending !== sending) return
      if (data.state === "dropped") location.reload()
      const report = (await queuedReports()).find((queued) => queued.sending === sending)
      if (report?.state === "sent") location.replace(`${report.link}?sent=1`)
      else if (report?.state === "refused") {
        channel.close()
        open(report)
      }
    })
    addEventListener("online", sendQueuedReports)
  }

  function fillAnswers({ fields }) {
    for (const input of form.querySelectorAll("#questions [name]")) {
      const answers = fields.filter(([name]) => name === input.name).map(([, value]) => value)
      if (input.type === "radio" || input.type === "checkbox") input.checked = answers.includes(input.value)
      else input.value = answers[0] ?? ""
    }
  }

  async function open(report) {
    const { faults } = report
    state.queuedAs = report.sending
    state.sent = false
    button.hidden = false
    showOutcome()
    for (const name of ["sending", "lon", "lat", "accuracy", "area", "where", ...typedFields(page.stepOfField)])
      field(name).value = fieldValue(report, name)
    const label = page.category.choose("category" in faults ? null : fieldValue(report, "category"))
    form.elements.photos_public.checked = Boolean(fieldValue(report, "photos_public"))
    page.photos.replace(
      report.photos.map((file, n) => ({ key: `kept ${n}`, file: new File([file], file.name || `${n + 1}.jpg`, { type: file.type }) })),
    )
    page.place.showFields()
    page.category.mark()
    page.words.showLength()
    if (label) await page.category.loadNear(label.dataset.code).catch(() => {}) // without a connection none are asked
    fillAnswers(report)
    showFaultsOf(faults)
  }

  function showFaultsOf(faults) {
    const names = page.steps.fieldNames()
    const linesOf = (some) => faultsOf({ faults: Object.fromEntries(some.map((name) => [name, faults[name]])) })
    const others = Object.keys(faults).filter((name) => !names.includes(name))
    for (const name of names) page.steps.showFaults(name, ...(name in faults ? linesOf([name]) : []))
    if (!others.length) return page.steps.focusFirstFault()
    page.steps.go("details")
    showOutcome("late", "i-alert", gettext("It is not sent yet"), linesOf(others).join(" "))
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
    button.querySelector("span").textContent = navigator.onLine ? gettext("Send") : gettext("Keep, and send it later")
  }
  addEventListener("online", labelButton)
  addEventListener("offline", labelButton)
  labelButton()

  return { open }
}
