// The page shown without a connection: lists the queued reports and the own pages cached on this device.

import { showQueuedReports } from "./report-list.js"

const own = document.getElementById("own")

showQueuedReports({}).catch(() => {}) // a browser that stores nothing has nothing to show
listOwnReports().catch(() => {})

// Links to the cached private pages of reports that were opened in this browser.
async function listOwnReports() {
  const pages = await caches.open("pages")
  for (const { url } of await pages.keys()) {
    const { pathname } = new URL(url)
    if (!/^\/(f\/[^/]+|mine)\/$/.test(pathname)) continue
    const text = await (await pages.match(pathname, { ignoreVary: true })).text()
    const title = new DOMParser().parseFromString(text, "text/html").title
    const line = document.createElement("li")
    line.append(Object.assign(document.createElement("a"), { href: pathname, textContent: title }))
    own.prepend(line)
  }
  own.parentElement.hidden = !own.children.length
}
