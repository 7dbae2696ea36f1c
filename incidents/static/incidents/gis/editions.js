// The pages of boundaries: what a job does is followed, and parts come from elsewhere.
//
//   [data-poll] with [data-running]   is fetched again and again until it runs no more; then the page is loaded anew
//   [data-fetch]                      a part of the page that another part of the service tells
//   [data-focus]                      where a form with faults begins

import { request } from "../../look/request.js"

const EVERY = 2000 // ms

function follow(part) {
  setTimeout(async () => {
    let said
    try {
      said = await request(part.dataset.poll)
    } catch {
      return follow(part) // the next try may reach the server again
    }
    const next = new DOMParser().parseFromString(said, "text/html").getElementById(part.id)
    if (!next || !("running" in next.dataset)) return location.reload()
    if (next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML
    follow(part)
  }, EVERY)
}

async function bring(part) {
  try {
    part.innerHTML = await request(part.dataset.fetch)
  } catch {
    // the link that stands there goes on working
  }
}

for (const part of document.querySelectorAll("[data-poll][data-running]")) follow(part)
for (const part of document.querySelectorAll("[data-fetch]")) bring(part)
document.querySelector("[data-focus]")?.focus()
