// A part of the service worker, after `self.KEPT` (what to keep): pages that say so are kept to be read without a connection,
// and reports that wait are sent as soon as there is one.

import { checkOwn, openOwnOctets, ownKey, wipeOwn } from "./own-pages.js"
import { keptReports, sendWaiting } from "./waiting.js"

const { KEPT } = self
const MOST = { pages: 30, files: 250, data: 500 } // entries; the oldest go
const PAGES_DAYS = 30
const PATIENCE_MS = 6000 // so long the form waits for a slow connection, then the kept one opens
const ANYHOW = { ignoreVary: true } // whatever headers it was asked with
const WORDS = /"([^"]*\/words\.js\?[^"]*)"/g

self.addEventListener("install", (event) => event.waitUntil(keepShell().then(() => self.skipWaiting())))
self.addEventListener("activate", (event) => event.waitUntil(takeOver()))

async function keepShell() {
  const files = await caches.open("files")
  await Promise.all(KEPT.files.map(async (file) => (KEPT.hashed && (await files.match(file, ANYHOW))) || files.add(file)))
  for (const address of KEPT.pages) {
    const page = await fetch(address, { credentials: "same-origin", cache: "no-store" })
    const text = await page.clone().text()
    await keepPage(page)
    const data = await caches.open("data")
    for (const [, words] of text.matchAll(WORDS)) await data.add(words.replaceAll("&amp;", "&"))
    for (const [, outlines] of text.matchAll(/data-outlines="([^"]*)"/g)) await data.add(outlines)
  }
}

async function takeOver() {
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
  await forgetOldPages()
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
    return (await Promise.race([fresh, patience.then(() => keptPage(address))])) ?? (await fresh)
  } catch {
    return (await keptPage(address)) ?? (await keptPage(new URL(KEPT.offline, self.location))) ?? Response.error()
  }
}

async function freshPage(event) {
  const page = (await event.preloadResponse) ?? (await fetch(event.request))
  event.waitUntil(checkOwn(page))
  event.waitUntil(keepPage(page.clone()))
  return page
}

// Only what the service lets a browser keep: nothing of who is signed in.
async function keepPage(page) {
  const address = page.headers.get("Keep-Offline")
  if (!page.ok || !address) return
  const pages = await caches.open("pages")
  await pages.delete(address) // then it is the newest
  await pages.put(address, page)
  await dropOldest("pages")
}

async function keptPage(address) {
  const pages = await caches.open("pages")
  return (await pages.match(address.pathname, ANYHOW)) ?? ownPage(address)
}

// What its own script has kept for who is signed in (street-kept.js), for a shift. A query is another page.
const ownPage = ({ pathname, search }) => (search ? undefined : openKept(pathname))

async function openKept(address) {
  const kept = await ownKey()
  const answer = kept && (await (await caches.open("own-pages")).match(address, ANYHOW))
  if (!answer) return undefined
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== "iv"))
  const iv = Uint8Array.from(answer.headers.get("IV").split(","), Number)
  try {
    return new Response(await openOwnOctets(kept.key, { iv, sealed: await answer.arrayBuffer() }), { headers })
  } catch {
    await wipeOwn()
    return undefined
  }
}

// What the page of the street sends: an answer to a session that has ended, as the page to sign in is, wipes what is kept.
async function answerOwn(event) {
  const answer = await fetch(event.request)
  event.waitUntil(answer.redirected ? wipeOwn() : checkOwn(answer))
  return answer
}

// A small photo of a page that its own script has kept, where there is no connection.
async function answerPhoto(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await openKept(request)
    if (kept) return kept
    throw error
  }
}

async function forgetOldPages() {
  const pages = await caches.open("pages")
  for (const request of await pages.keys()) {
    const made = Date.parse((await pages.match(request, ANYHOW))?.headers.get("Date") ?? "")
    if (Date.now() - made > PAGES_DAYS * 86_400_000) await pages.delete(request)
  }
}

// ---- files: their names say what is in them, so what is kept is good for ever

async function answerFile(event) {
  const files = await caches.open("files")
  const kept = await files.match(event.request, ANYHOW)
  if (kept && KEPT.hashed) return kept
  try {
    const file = await fetch(event.request)
    if (file.ok) event.waitUntil(files.put(event.request, file.clone()).then(() => dropOldest("files")))
    return file
  } catch (error) {
    if (kept) return kept
    throw error
  }
}

// ---- what a page asks for: as it was last seen, where there is no connection

async function answerData(event) {
  const data = await caches.open("data")
  try {
    const answer = await fetch(event.request)
    if (answer.ok && !/no-store/.test(answer.headers.get("Cache-Control"))) event.waitUntil(keepData(data, event.request, answer.clone()))
    return answer
  } catch (error) {
    const kept = await data.match(event.request, ANYHOW)
    if (kept) return kept
    throw error
  }
}

async function keepData(data, request, answer) {
  await data.delete(request)
  await data.put(request, answer)
  await dropOldest("data")
}

async function dropOldest(name) {
  const kept = await caches.open(name)
  const requests = await kept.keys()
  await Promise.all(requests.slice(0, Math.max(0, requests.length - MOST[name])).map((request) => kept.delete(request)))
}

// ---- reports that wait

self.addEventListener("sync", (event) => event.tag === "reports" && event.waitUntil(sendAll()))

async function sendAll() {
  const before = await keptReports()
  const left = await sendWaiting()
  await sayWhatWasSent(before)
  if (left) throw new Error("some wait on") // the browser tries again later
}

// Who has no page of ours open is told by a message, where messages are allowed.
async function sayWhatWasSent(before) {
  const open = await self.clients.matchAll({ type: "window" })
  if (self.Notification?.permission !== "granted" || open.some((page) => page.visibilityState === "visible")) return
  const waited = new Map(before.map((report) => [report.sending, report]))
  for (const { sending, state, link } of await keptReports()) {
    const was = waited.get(sending)
    if (was?.state !== "waiting" || state === "waiting") continue
    const said = { body: was.title, tag: `report-${sending}`, data: { link: link ?? KEPT.form } }
    await self.registration.showNotification(was.words[state], said)
  }
}
