// Keeps the page of the street on this device for a shift, so that it opens anew without a connection: the page as it was
// seen last, its words and its small photos, encrypted, and its files. The service worker opens it (kept-pages.js). It is wiped when
// somebody signs out or has to sign in, when the service says that the session has ended, and when its time is over.

import { importOwnKey, sealOwn, sealOwnOctets, storeOwnKey, wipeOwn } from "../public/own-pages.js"

const CACHE = "own-pages"
const AGAIN_MS = 5000

// Of what the page says of itself (`data-`): the worker, the key, whose session it is, for how many hours. Nothing is kept of a
// session that has ended: then the page is left.
export async function keepThisPage({ worker, ownKey, ownOf, ownHours }, tries = 5) {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return
  const until = Date.now() + Number(ownHours) * 3_600_000
  try {
    await navigator.serviceWorker.register(worker)
    const page = await fetch(location.pathname, { credentials: "same-origin" })
    if (page.status >= 500) return
    if (!page.ok || page.redirected || page.headers.get("Own") !== ownOf) return await leave()
    await keepFiles()
    await storeOwnKey(ownKey, ownOf, until)
    const key = await importOwnKey(ownKey)
    const { iv, sealed } = await sealOwn(key, await page.text())
    const headers = { "Content-Type": page.headers.get("Content-Type"), IV: [...iv].join(",") }
    const rules = page.headers.get("Content-Security-Policy")
    if (rules) headers["Content-Security-Policy"] = rules
    const own = await caches.open(CACHE)
    await own.put(location.pathname, new Response(sealed, { headers }))
    await keepPhotos(own, key)
  } catch {
    // Not in this browser, or not now: the page works on as long as it stands open.
    if (navigator.onLine && tries) setTimeout(keepThisPage, AGAIN_MS, { worker, ownKey, ownOf, ownHours }, tries - 1)
  }
}

async function keepFiles() {
  const used = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
  const files = used.filter(({ origin, pathname }) => origin === location.origin && isFile(pathname))
  const kept = await caches.open("files")
  await Promise.all(files.map(async ({ href }) => (await kept.match(href, { ignoreVary: true })) || kept.add(href)))
  const data = await caches.open("data")
  for (const { href, pathname } of used) if (pathname.endsWith("/words.js")) await data.add(href)
}

// The page shows what only who is signed in may see: it goes, too.
export async function leave() {
  await wipeOwn()
  location.reload()
}

// The photos of the list, one after the other: those of what has left it are dropped.
async function keepPhotos(own, key) {
  const wanted = [...document.querySelectorAll("#rows summary img")].map(({ src }) => src)
  for (const { url } of await own.keys()) if (url.endsWith("/small.jpg") && !wanted.includes(url)) await own.delete(url)
  for (const address of wanted) if (!(await own.match(address))) await keepPhoto(own, key, address).catch(() => {}) // the others are kept
}

async function keepPhoto(own, key, address) {
  const photo = await fetch(address, { credentials: "same-origin" })
  if (!photo.ok || photo.redirected) return
  const { iv, sealed } = await sealOwnOctets(key, await photo.arrayBuffer())
  await own.put(address, new Response(sealed, { headers: { "Content-Type": photo.headers.get("Content-Type"), IV: [...iv].join(",") } }))
}

const isFile = (path) => path.startsWith("/static/")
