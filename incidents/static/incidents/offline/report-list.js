// Draws the list of reports that wait on this device, were refused or were sent from it: <section id="waiting"> of the page.
//
//   showQueuedReports({ open })   draws it and updates it; `open(report)` opens a refused one in the form

import { queuedReports, removeReport, sendQueuedReports } from "./report-queue.js"

const section = document.getElementById("waiting")
const list = section.querySelector("ul")
const icons = section.dataset.icons

const STATES = {
  waiting: { sign: "i-clock", words: ({ kept_at }) => interpolate(gettext("Waiting to be sent, saved at %s"), [timeOf(kept_at)]) },
  refused: { sign: "i-alert", words: () => gettext("Not sent yet. Please check:") },
  sent: { sign: "i-check", words: ({ sent_at }) => interpolate(gettext("Sent at %s"), [timeOf(sent_at)]) },
}

const timeOf = (at) =>
  new Date(at).toLocaleString(document.documentElement.lang, {
    timeZone: document.documentElement.dataset.zone,
    hour: "2-digit",
    minute: "2-digit",
    day: "2-digit",
    month: "2-digit",
  })

export async function showQueuedReports({ open }) {
  const draw = async () => {
    const reports = await queuedReports()
    list.replaceChildren(...reports.reverse().map((report) => row(report, open)))
    section.hidden = !reports.length
  }
  new BroadcastChannel("reports").addEventListener("message", ({ data }) => {
    if (!data.photo) return draw()
    const line = section.querySelector(`li[data-sending="${data.sending}"] .small`)
    if (line) line.textContent = interpolate(gettext("Photo %(n)s of %(all)s sent"), { n: data.photo, all: data.of }, true)
  })
  await draw()
}

function row(report, open) {
  const line = document.createElement("li")
  line.dataset.state = report.state
  line.dataset.sending = report.sending
  const { sign, words } = STATES[report.state]
  const text = document.createElement("div")
  text.append(paragraph("bold", [report.title, report.place].filter(Boolean).join(", ")), paragraph("small", words(report)))
  for (const fault of faultsOf(report)) text.append(paragraph("error", fault))
  text.append(buttons(report, open))
  line.append(icon(sign), text)
  return line
}

function buttons(report, open) {
  const row = Object.assign(document.createElement("div"), { className: "buttons" })
  if (report.state === "sent") row.append(link(gettext("Follow"), report.link))
  if (report.state === "waiting") row.append(button(gettext("Send now"), sendQueuedReports))
  if (report.state === "refused")
    row.append(open ? button(gettext("Open in the form"), () => open(report)) : link(gettext("Open the form"), "/report/"))
  row.append(
    button(report.state === "sent" ? gettext("Remove from this list") : gettext("Delete"), () => {
      if (report.state === "sent" || confirm(gettext("Delete this report? It was not sent."))) return removeReport(report.sending)
    }),
  )
  return row
}

// The faults of a report as sentences: those of the service, or ours where it sent none.
export function faultsOf({ faults = {} }) {
  const own = {
    old: gettext("It has been waiting for more than a week. Check whether the problem is still there, then send it."),
    photos: gettext("The photos are too large. Choose smaller ones."),
  }
  return Object.entries(faults).flatMap(([name, lines]) => (lines.length ? lines : [own[name] ?? gettext("This could not be read.")]))
}

function paragraph(className, textContent) {
  return Object.assign(document.createElement("p"), { className, textContent })
}

function button(textContent, act) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent })
  element.addEventListener("click", act)
  return element
}

const link = (textContent, href) => Object.assign(document.createElement("a"), { className: "button", textContent, href })

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `${icons}#${name}`)
  svg.append(use)
  return svg
}
