// The list of reports that wait on this device, were refused or were sent from it: <section id="waiting"> of the page.
//
//   showWaiting({ open })   draws it and keeps it up to date; `open(report)`: what a button does that opens one in the form

import { dropReport, keptReports, sendWaiting } from "./waiting.js"

const section = document.getElementById("waiting")
const list = section.querySelector("ul")
const icons = section.dataset.icons

const STATES = {
  waiting: { sign: "i-clock", words: ({ kept_at }) => interpolate(gettext("Waiting to be sent, kept at %s"), [timeOf(kept_at)]) },
  refused: { sign: "i-alert", words: () => gettext("Not sent yet. Please look at it:") },
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

export async function showWaiting({ open }) {
  const draw = async () => {
    const reports = await keptReports()
    list.replaceChildren(...reports.reverse().map((report) => row(report, open)))
    section.hidden = !reports.length
  }
  new BroadcastChannel("reports").addEventListener("message", ({ data }) => {
    if (!data.photo) return draw()
    const line = section.querySelector(`li[data-sending="${data.sending}"] .small`)
    if (line) line.textContent = interpolate(gettext("Photo %(n)s of %(all)s is over"), { n: data.photo, all: data.of }, true)
  })
  await draw()
}

function row(report, open) {
  const line = document.createElement("li")
  line.dataset.state = report.state
  line.dataset.sending = report.sending
  const { sign, words } = STATES[report.state]
  const said = document.createElement("div")
  said.append(paragraph("bold", [report.title, report.place].filter(Boolean).join(", ")), paragraph("small", words(report)))
  for (const fault of faultsOf(report)) said.append(paragraph("error", fault))
  said.append(buttons(report, open))
  line.append(icon(sign), said)
  return line
}

function buttons(report, open) {
  const row = Object.assign(document.createElement("div"), { className: "buttons" })
  if (report.state === "sent") row.append(link(gettext("Follow"), report.link))
  if (report.state === "waiting") row.append(button(gettext("Send now"), sendWaiting))
  if (report.state === "refused")
    row.append(open ? button(gettext("Open in the form"), () => open(report)) : link(gettext("Open the form"), "/report/"))
  row.append(
    button(report.state === "sent" ? gettext("Remove from this list") : gettext("Delete"), () => {
      if (report.state === "sent" || confirm(gettext("Delete this report? It was not sent."))) return dropReport(report.sending)
    }),
  )
  return row
}

// All that is wrong with it, in the words of the service or in ours.
export function faultsOf({ faults = {} }) {
  const own = {
    old: gettext("It has waited for more than a week. Look whether it is still so, then send it."),
    photos: gettext("The photos are too large. Choose smaller ones."),
  }
  return Object.entries(faults).flatMap(([name, lines]) => (lines.length ? lines : [own[name] ?? gettext("This could not be read.")]))
}

function paragraph(className, textContent) {
  return Object.assign(document.createElement("p"), { className, textContent })
}

function button(textContent, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent })
  made.addEventListener("click", act)
  return made
}

const link = (textContent, href) => Object.assign(document.createElement("a"), { className: "button", textContent, href })

function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  made.setAttribute("class", "icon")
  made.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `${icons}#${name}`)
  made.append(use)
  return made
}
