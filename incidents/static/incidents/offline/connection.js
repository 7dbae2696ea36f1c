// On pages for everybody: registers the service worker once the page has loaded, shows a line on top while there is no
// connection, and sends the reports queued on this device.

const WORKER = "/sw.js"

const pageLoaded = new Promise((resolve) => {
  if (document.readyState === "complete") resolve()
  else addEventListener("load", resolve, { once: true })
})

if ("serviceWorker" in navigator) registerWorker()
addEventListener("online", showConnection)
addEventListener("offline", showConnection)
showConnection()
const mayWait = "locks" in navigator && localStorage.getItem("reports-wait")
const isForgotten = location.pathname === "/mine/" && new URLSearchParams(location.search).has("forgotten")
if (mayWait || isForgotten) import("./queued-reports.js").then((module) => module.handleQueuedReports({ isForgotten, mayWait, pageLoaded }))

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
    ? interpolate(gettext("No connection. You see the version saved at %s."), [cachedAt])
    : gettext("No connection. What you report now is sent automatically later.")
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
