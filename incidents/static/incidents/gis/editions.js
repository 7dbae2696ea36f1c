// The pages of boundaries: polls the progress of a job, and loads parts from other addresses.
//
//   [data-poll] with [data-running]   is polled while the job runs; then the page is reloaded
//   [data-fetch]                      is filled from that address
//   [data-focus]                      gets the focus: the first field with a fault

import { request } from "../../look/request.js"

const POLL_MS = 2000 // ms

function pollPart(part) {
  setTimeout(async () => {
    let html
    try {
      html = await request(part.dataset.poll)
    } catch {
      return pollPart(part) // the next try may reach the server again
    }
    const next = new DOMParser().parseFromString(html, "text/html").getElementById(part.id)
    if (!next || !("running" in next.dataset)) return location.reload()
    if (next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML
    pollPart(part)
  }, POLL_MS)
}

async function loadPart(part) {
  try {
    part.innerHTML = await request(part.dataset.fetch)
  } catch {
    // the link that stands there goes on working
  }
}

for (const part of document.querySelectorAll("[data-poll][data-running]")) pollPart(part)
for (const part of document.querySelectorAll("[data-fetch]")) loadPart(part)
document.querySelector("[data-focus]")?.focus()
