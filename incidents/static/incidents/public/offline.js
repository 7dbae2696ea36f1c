// The page for who has no connection: what is kept on this device.

import { showWaiting } from "./waiting-list.js"

const own = document.getElementById("own")

showWaiting({}).catch(() => {}) // a browser that keeps nothing has nothing to show
listOwnReports().catch(() => {})

// The private pages of reports that were opened in this browser, as they were kept.
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
