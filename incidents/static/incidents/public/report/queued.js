// The report of the form in the queue of this device, and a queued report that was refused in the form again.
//
//   page.queued = createQueued(page)
//   await queued.add(join)     queues what is in the form, and follows what becomes of it
//   await queued.open(report)  fills the form with a refused report, its photos and its faults

import { faultsOf } from "../../offline/report-list.js"
import { fieldValue, queueReport, queuedReports, sendQueuedReports } from "../../offline/report-queue.js"
import { typedFields } from "./rules.js"

export function createQueued(page) {
  const { form, field, state } = page

  // Where a browser stores nothing, it waits on this page.
  async function add(join) {
    const noConnection = (line) => page.sending.showOutcome("received", "i-offline", gettext("There is no connection"), line)
    try {
      const report = await queueReport({
        sending: field("sending").value,
        fields: [...[...new FormData(form)].filter(([, value]) => typeof value === "string"), ["join", join]],
        photos: page.photos.files(),
        title: page.category.chosenTitle(),
        place: page.place.inWords(),
        words: { sent: gettext("Sent"), refused: gettext("Not sent yet. Please check:") },
      })
      localStorage.setItem("reports-wait", "yes")
      noConnection(gettext("It is saved on this device and sent automatically when you are online again."))
      follow(report.sending)
      const another = Object.assign(document.createElement("a"), { className: "button wide", textContent: gettext("Report another one") })
      another.href = location.pathname
      page.sending.outcome.append(another)
      const worker = await navigator.serviceWorker?.getRegistration()
      await worker?.sync?.register("reports").catch(() => {})
    } catch {
      noConnection(gettext("It is saved on this page and sent automatically when you are online again. Keep the page open."))
      addEventListener("online", () => page.sending.send({ join }), { once: true })
    }
  }

  // Once it is sent, the page leads to where it went; what is refused is opened here again.
  function follow(sending) {
    page.sending.button.hidden = true
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
    page.sending.button.hidden = false
    page.sending.showOutcome()
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
    page.sending.showOutcome("late", "i-alert", gettext("It is not sent yet"), linesOf(others).join(" "))
  }

  return { add, open }
}
