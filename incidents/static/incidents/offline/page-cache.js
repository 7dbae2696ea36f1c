// A part of the service worker, after `self.KEPT` (what to cache): caches the pages whose header says so, their files and their
// data, to be read without a connection, and sends queued reports as soon as there is one.

import { checkOwn, openOwnOctets, ownKey, wipeOwn } from "./own-pages.js"
import { queuedReports, sendQueuedReports } from "./report-queue.js"

const { KEPT } = self
const MOST = { pages: 30, files: 250, data: 500 } // entries; the oldest go
const PAGES_DAYS = 30
const PATIENCE_MS = 6000 // so long the form waits for a slow connection, then the kept one opens
const ANYHOW = { ignoreVary: true } // whatever headers it was asked with
const WORDS = /"([^"]*\/words\.js\?[^"]*)"/g

self.addEventListener("install", (event) => event.waitUntil(cacheShell().then(() => self.skipWaiting())))
self.addEventListener("activate", (event) => event.waitUntil(takeOver()))

async function cacheShell() {
  const files = await caches.open("files")
  await Promise.all(KEPT.files.map(async (file) => (KEPT.hashed && (await files.match(file, ANYHOW))) || files.add(file)))
  for (const address of KEPT.pages) {
    const page = await fetch(address, { credentials: "same-origin", cache: "no-store" })
    const text = await page.clone().text()
    await cachePage(page)
    const data = await caches.open("data")
    for (const [, words] of text.matchAll(WORDS)) await data.add(words.replaceAll("&amp;", "&"))
    for (const [, outlines] of text.matchAll(/data-outlines="([^"]*)"/g)) await data.add(outlines)
  }
}

async function takeOver() {
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
  await deleteOldPages()
}

self.addEventListener("fetch", (event) => {
  const { request } = event
  const address = new URL(request.url)
  if (request.mode === "navigate" && KEPT.forget.some((begin) => address.pathname.startsWith(begin))) event.waitUntil(wipeOwn())
  if (address.pathname.startsWith(KEPT.own) && request.mode !== "navigate") return event.respondWith(answerOwn(event))
  if (request.method !== "GET" || address.origin !== self.location.origin) return
  if (request.mode === "navigate") event.respondWith(answerPage(event, address))
  else if (address.pathname.startsWith(KEPT.static)) event.respondWith(answerFile(event))
  else if (request.destination === "image" && address.pathname.endsWith("/small.jpg")) event.respondWith(answerPhoto(request))
  else if (KEPT.data.some((begin) => address.pathname.startsWith(begin))) event.respondWith(answerData(event))
})

// ---- pages: the network first

async function answerPage(event, address) {
  const fresh = freshPage(event)
  fresh.catch(() => {})
  try {
    if (address.pathname !== KEPT.form) return await fresh
    const patience = new Promise((done) => setTimeout(done, PATIENCE_MS))
    return (await Promise.race([fresh, patience.then(() => cachedPage(address))])) ?? (await fresh)
  } catch {
    return (await cachedPage(address)) ?? (await cachedPage(new URL(KEPT.offline, self.location))) ?? Response.error()
  }
}

async function freshPage(event) {
  const page = (await event.preloadResponse) ?? (await fetch(event.request))
  event.waitUntil(checkOwn(page))
  event.waitUntil(cachePage(page.clone()))
  return page
}

// Only pages with the header Keep-Offline: nothing of who is signed in.
async function cachePage(page) {
  const address = page.headers.get("Keep-Offline")
  if (!page.ok || !address) return
  const pages = await caches.open("pages")
  await pages.delete(address) // then it is the newest
  await pages.put(address, page)
  await dropOldest("pages")
}

async function cachedPage(address) {
  const pages = await caches.open("pages")
  return (await pages.match(address.pathname, ANYHOW)) ?? ownPage(address)
}

// A page of who is signed in, which its own script has cached for a shift (street-pages.js). With a query it is another page.
const ownPage = ({ pathname, search }) => (search ? undefined : openOwnEntry(pathname))

async function openOwnEntry(address) {
  const current = await ownKey()
  const answer = current && (await (await caches.open("own-pages")).match(address, ANYHOW))
  if (!answer) return undefined
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== "iv"))
  const iv = Uint8Array.from(answer.headers.get("IV").split(","), Number)
  try {
    return new Response(await openOwnOctets(current.key, { iv, sealed: await answer.arrayBuffer() }), { headers })
  } catch {
    await wipeOwn()
    return undefined
  }
}

// A redirect to the page to sign in means that the session has ended: what is stored of it is deleted.
async function answerOwn(event) {
  const answer = await fetch(event.request)
  event.waitUntil(answer.redirected ? wipeOwn() : checkOwn(answer))
  return answer
}

// A small photo that street-pages.js has cached, where there is no connection.
async function answerPhoto(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const photo = await openOwnEntry(request)
    if (photo) return photo
    throw error
  }
}

async function deleteOldPages() {
  const pages = await caches.open("pages")
  for (const request of await pages.keys()) {
    const cachedAt = Date.parse((await pages.match(request, ANYHOW))?.headers.get("Date") ?? "")
    if (Date.now() - cachedAt > PAGES_DAYS * 86_400_000) await pages.delete(request)
  }
}

// ---- files: their names hold a hash of their content, so a cached one never is out of date

async function answerFile(event) {
  const files = await caches.open("files")
  const cached = await files.match(event.request, ANYHOW)
  if (cached && KEPT.hashed) return cached
  try {
    const file = await fetch(event.request)
    if (file.ok) event.waitUntil(files.put(event.request, file.clone()).then(() => dropOldest("files")))
    return file
  } catch (error) {
    if (cached) return cached
    throw error
  }
}

// ---- data of pages: the network first, else as it was last seen

async function answerData(event) {
  const data = await caches.open("data")
  try {
    const answer = await fetch(event.request)
    if (answer.ok && !/no-store/.test(answer.headers.get("Cache-Control"))) event.waitUntil(cacheData(data, event.request, answer.clone()))
    return answer
  } catch (error) {
    const cached = await data.match(event.request, ANYHOW)
    if (cached) return cached
    throw error
  }
}

async function cacheData(data, request, answer) {
  await data.delete(request)
  await data.put(request, answer)
  await dropOldest("data")
}

async function dropOldest(name) {
  const cache = await caches.open(name)
  const requests = await cache.keys()
  await Promise.all(requests.slice(0, Math.max(0, requests.length - MOST[name])).map((request) => cache.delete(request)))
}

// ---- queued reports

self.addEventListener("sync", (event) => event.tag === "reports" && event.waitUntil(sendAll()))

async function sendAll() {
  const before = await queuedReports()
  const left = await sendQueuedReports()
  await notifyWhatWasSent(before)
  if (left) throw new Error("some wait on") // the browser tries again later
}

// Shows a notification if no page of the site is visible.
async function notifyWhatWasSent(before) {
  const open = await self.clients.matchAll({ type: "window" })
  if (self.Notification?.permission !== "granted" || open.some((page) => page.visibilityState === "visible")) return
  const waited = new Map(before.map((report) => [report.sending, report]))
  for (const { sending, state, link } of await queuedReports()) {
    const was = waited.get(sending)
    if (was?.state !== "waiting" || state === "waiting") continue
    const options = { body: was.title, tag: `report-${sending}`, data: { link: link ?? KEPT.form } }
    await self.registration.showNotification(was.words[state], options)
  }
}
