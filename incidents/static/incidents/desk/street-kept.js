// Keeps the page of the street on this device for a shift, so that it opens anew without a connection: the page as it was
// seen last, its files and its words. The service worker opens it (kept-pages.js), and forgets it when somebody signs
// out or has to sign in.

const CACHE = "own-pages"

export async function keepThisPage(worker) {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return
  try {
    await navigator.serviceWorker.register(worker)
    const used = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
    const files = used.filter(({ origin, pathname }) => origin === location.origin && isFile(pathname))
    const kept = await caches.open("files")
    await Promise.all(files.map(async ({ href }) => (await kept.match(href, { ignoreVary: true })) || kept.add(href)))
    const data = await caches.open("data")
    for (const { href, pathname } of used) if (pathname.endsWith("/words.js")) await data.add(href)
    const page = await fetch(location.pathname, { credentials: "same-origin" })
    if (!page.ok || page.redirected || !page.headers.get("Keep-Own")) return
    await (await caches.open(CACHE)).put(location.pathname, page)
  } catch {
    // Not in this browser, or not now: the page works on as long as it stands open.
  }
}

const isFile = (path) => path.startsWith("/static/")
