// Reports queued on this device, on pages for everybody: sends them, shows what became of them, and forgets those that were sent.
// Loaded where there may be some.
//
//   handleQueuedReports({ isForgotten, mayWait, pageLoaded })   `isForgotten`: a person has asked that this browser forgets;
//                             `mayWait`: whether any may be waiting; `pageLoaded`: a promise after which they are sent

import { toast } from "../../look/page.js"
import { queuedReports, removeReport, sendQueuedReports } from "./report-queue.js"

const WAITS = "reports-wait" // in localStorage: whether anything may be waiting

export function handleQueuedReports({ isForgotten, mayWait, pageLoaded }) {
  if (isForgotten) forgetOwnReports()
  if (mayWait) followQueuedReports(pageLoaded)
}

// Deletes the own reports from this browser; what was not sent yet still waits.
async function forgetOwnReports() {
  if (!("caches" in window)) return
  for (const name of ["pages", "data"]) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) if (/^\/(f|mine|photo)\//.test(new URL(request.url).pathname)) await cache.delete(request)
  }
  for (const { sending, state } of await queuedReports()) if (state === "sent") await removeReport(sending)
}

async function followQueuedReports(pageLoaded) {
  const channel = new BroadcastChannel("reports")
  channel.addEventListener("message", ({ data: { state, title } }) => {
    if (state === "sent") toast(interpolate(gettext("Sent: %s"), [title]))
    else if (state === "refused") toast(interpolate(gettext("Not sent yet, please check: %s"), [title]))
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
