// Caches the page of the street for a shift, so that it opens without a connection: the page as it was seen last and its small
// photos encrypted, its words and its files. The service worker answers with it (page-cache.js). It is deleted when somebody
// signs out or has to sign in, when the session has ended, and after `ownHours`.

import { importOwnKey, sealOwn, sealOwnOctets, storeOwnKey, wipeOwn } from "./own-pages.js"

const CACHE = "own-pages"
const AGAIN_MS = 5000

// The arguments stand in `data-` attributes of the page: the worker, the key, whose session it is, for how many hours. If the
// session has ended, the page is left.
export async function cacheThisPage({ worker, ownKey, ownOf, ownHours }, tries = 5) {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return
  const until = Date.now() + Number(ownHours) * 3_600_000
  try {
    await navigator.serviceWorker.register(worker)
    const page = await fetch(location.pathname, { credentials: "same-origin" })
    if (page.status >= 500) return
    if (!page.ok || page.redirected || page.headers.get("Own") !== ownOf) return await leaveStreet()
    await cacheFiles()
    await storeOwnKey(ownKey, ownOf, until)
    const key = await importOwnKey(ownKey)
    const { iv, sealed } = await sealOwn(key, await page.text())
    const headers = { "Content-Type": page.headers.get("Content-Type"), IV: [...iv].join(",") }
    const rules = page.headers.get("Content-Security-Policy")
    if (rules) headers["Content-Security-Policy"] = rules
    const own = await caches.open(CACHE)
    await own.put(location.pathname, new Response(sealed, { headers }))
    await cachePhotos(own, key)
  } catch {
    // Not in this browser, or not now: the page works on as long as it stands open.
    if (navigator.onLine && tries) setTimeout(cacheThisPage, AGAIN_MS, { worker, ownKey, ownOf, ownHours }, tries - 1)
  }
}

async function cacheFiles() {
  const used = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
  const files = used.filter(({ origin, pathname }) => origin === location.origin && isFile(pathname))
  const cache = await caches.open("files")
  await Promise.all(files.map(async ({ href }) => (await cache.match(href, { ignoreVary: true })) || cache.add(href)))
  const data = await caches.open("data")
  for (const { href, pathname } of used) if (pathname.endsWith("/words.js")) await data.add(href)
}

// The page shows what only who is signed in may see: it is reloaded, too.
export async function leaveStreet() {
  await wipeOwn()
  location.reload()
}

// The photos of the list, one after the other: those of what has left it are dropped.
async function cachePhotos(own, key) {
  const wanted = [...document.querySelectorAll("#rows summary img")].map(({ src }) => src)
  for (const { url } of await own.keys()) if (url.endsWith("/small.jpg") && !wanted.includes(url)) await own.delete(url)
  for (const address of wanted) if (!(await own.match(address))) await cachePhoto(own, key, address).catch(() => {}) // the others are kept
}

async function cachePhoto(own, key, address) {
  const photo = await fetch(address, { credentials: "same-origin" })
  if (!photo.ok || photo.redirected) return
  const { iv, sealed } = await sealOwnOctets(key, await photo.arrayBuffer())
  await own.put(address, new Response(sealed, { headers: { "Content-Type": photo.headers.get("Content-Type"), IV: [...iv].join(",") } }))
}

const isFile = (path) => path.startsWith("/static/")
