// On pages for everybody: registers the service worker once the page has loaded, shows a line on top while there is no
// connection, and sends the reports queued on this device.

import { toast } from "../../look/page.js"

const WAITS = "reports-wait" // in localStorage: whether anything may be waiting
const WORKER = "/sw.js"

const pageLoaded = new Promise((resolve) => {
  if (document.readyState === "complete") resolve()
  else addEventListener("load", resolve, { once: true })
})

if ("serviceWorker" in navigator) registerWorker()
addEventListener("online", showConnection)
addEventListener("offline", showConnection)
showConnection()
if (location.pathname === "/mine/" && new URLSearchParams(location.search).has("forgotten")) forgetOwnReports()
if ("locks" in navigator && localStorage.getItem(WAITS)) followQueuedReports()

async function registerWorker() {
  await pageLoaded
  await new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle))
  if (isScarce() && !document.querySelector(".flow")) return // what the form needs comes with the form
  try {
    await navigator.serviceWorker.register(WORKER)
  } catch {
    // Not in this browser, or not now: the site works without.
  }
}

// Whether each byte counts: the worker fetches as much again as a page.
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
  const cachedAt = await timeOfCachedPage()
  line.textContent = cachedAt
    ? interpolate(gettext("No connection. You see what was kept at %s."), [cachedAt])
    : gettext("No connection. What you report now sends itself later.")
}

// The time at which this page was cached, in words; "" if it comes from the network.
async function timeOfCachedPage() {
  if (document.querySelector(".flow form")) return "" // a form has no age
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

// Deletes the own reports from this browser; what was not sent yet still waits.
async function forgetOwnReports() {
  if (!("caches" in window)) return
  for (const name of ["pages", "data"]) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) if (/^\/(f|mine|photo)\//.test(new URL(request.url).pathname)) await cache.delete(request)
  }
  const { removeReport, queuedReports } = await import("./report-queue.js")
  for (const { sending, state } of await queuedReports()) if (state === "sent") await removeReport(sending)
}

async function followQueuedReports() {
  const { sendQueuedReports, queuedReports } = await import("./report-queue.js")
  const channel = new BroadcastChannel("reports")
  channel.addEventListener("message", ({ data: { state, title } }) => {
    if (state === "sent") toast(interpolate(gettext("Sent: %s"), [title]))
    else if (state === "refused") toast(interpolate(gettext("Not sent yet, please look at it: %s"), [title]))
  })
  const sendOnline = async () => {
    if (navigator.onLine) await sendQueuedReports()
    if (!(await queuedReports()).some(({ state }) => state === "waiting")) localStorage.removeItem(WAITS)
  }
  addEventListener("online", sendOnline)
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendOnline())
  await pageLoaded
  await sendOnline()
}
