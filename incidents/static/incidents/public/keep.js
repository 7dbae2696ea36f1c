// On pages for everybody: once the page stands, the service worker that keeps the form for days without a signal; a line
// on top while there is no connection; and what waits on this device is sent.

import { toast } from "../../look/page.js"

const WAITS = "reports-wait" // in localStorage: whether anything may be waiting
const WORKER = "/sw.js"

const pageStands = new Promise((stands) => {
  if (document.readyState === "complete") stands()
  else addEventListener("load", stands, { once: true })
})

if ("serviceWorker" in navigator) keepForLater()
addEventListener("online", showConnection)
addEventListener("offline", showConnection)
showConnection()
if (location.pathname === "/mine/" && new URLSearchParams(location.search).has("forgotten")) forgetOwnReports()
if ("locks" in navigator && localStorage.getItem(WAITS)) hearOfReports()

async function keepForLater() {
  await pageStands
  await new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle))
  if (isScarce() && !document.querySelector(".flow")) return // what the form needs comes with the form
  try {
    await navigator.serviceWorker.register(WORKER)
  } catch {
    // Not in this browser, or not now: the site works without.
  }
}

// Whether each byte counts: what is kept for later is as much again as a page.
function isScarce() {
  const { saveData = false, effectiveType = "" } = navigator.connection ?? {}
  return saveData || effectiveType.endsWith("2g")
}

async function showConnection() {
  document.querySelector(".no-connection")?.remove()
  if (navigator.onLine) return
  const line = Object.assign(document.createElement("p"), { className: "no-connection" })
  line.setAttribute("role", "status")
  document.body.prepend(line)
  const kept = await keptAt()
  line.textContent = kept
    ? interpolate(gettext("No connection. You see what was kept at %s."), [kept])
    : gettext("No connection. What you report now sends itself later.")
}

// When the page that stands here was kept, in words, where it comes from what was kept.
async function keptAt() {
  if (document.querySelector(".flow form")) return "" // a form is not news
  const page = await window.caches?.match(location.pathname, { cacheName: "pages", ignoreVary: true })
  const date = new Date(page?.headers.get("Date"))
  if (!page || Number.isNaN(date.valueOf())) return ""
  return date.toLocaleString(document.documentElement.lang, {
    timeZone: document.documentElement.dataset.zone,
    hour: "2-digit",
    minute: "2-digit",
    day: "2-digit",
    month: "2-digit",
  })
}

// Who lets this browser be forgotten finds no own report in it any more; what was not sent yet still waits.
async function forgetOwnReports() {
  if (!("caches" in window)) return
  for (const name of ["pages", "data"]) {
    const kept = await caches.open(name)
    for (const request of await kept.keys()) if (/^\/(f|mine|photo)\//.test(new URL(request.url).pathname)) await kept.delete(request)
  }
  const { dropReport, keptReports } = await import("./waiting.js")
  for (const { sending, state } of await keptReports()) if (state === "sent") await dropReport(sending)
}

async function hearOfReports() {
  const { sendWaiting, keptReports } = await import("./waiting.js")
  const news = new BroadcastChannel("reports")
  news.addEventListener("message", ({ data: { state, title } }) => {
    if (state === "sent") toast(interpolate(gettext("Sent: %s"), [title]))
    else if (state === "refused") toast(interpolate(gettext("Not sent yet, please look at it: %s"), [title]))
  })
  const send = async () => {
    if (navigator.onLine) await sendWaiting()
    if (!(await keptReports()).some(({ state }) => state === "waiting")) localStorage.removeItem(WAITS)
  }
  addEventListener("online", send)
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send())
  await pageStands
  await send()
}
