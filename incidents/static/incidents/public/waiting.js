// Reports that wait on this device until there is a connection. Shared by pages and the service worker.
//
//   await keepReport({ sending, fields, photos, title, place })   keeps one; kept again it replaces itself. `fields`: the
//                             names and values of the form, as FormData gives them; `photos`: Blobs
//   await keptReports()       all of them, the oldest first. `state`: waiting, refused (with `faults`) or sent (with `link`)
//   await dropReport(sending)
//   await sendWaiting()       sends what waits, one after the other; gives how many still wait. Of all pages and the worker
//                             one does it at a time; the next looks again at what is left.
//   await uploadPhotos({ sending, photos, token, tell })   brings them over one by one, those that are there already not again;
//                             gives { uploaded: their digests, token }. `tell(n, part)`: how much of the nth is over. Throws
//                             Refused (with `faults`) for one that is not taken.
//   Each change is told on the BroadcastChannel "reports": { sending, state, title }.

import { canWork, hex, solve } from "./puzzle.js"

const DATABASE = "reports"
const STORE = "waiting"
const REPORT_ADDRESS = "/report/"
const PHOTOS_ADDRESS = "/report/photos/"
const TRIES = 3 // to bring a photo over
const WAITS_DAYS = 7 // what waited longer is not sent before somebody has looked at it
const SENT_DAYS = 30 // for so long what was sent stays in the list
const DAY_MS = 86_400_000
const SENDING_MS = 300_000 // on a weak signal photos take minutes
const SLOWEST = 25 // bytes a millisecond: as slowly as the service lets a file come
const AS_DATA = { Accept: "application/json" }

const news = self.BroadcastChannel && new BroadcastChannel(DATABASE)

function openStore(mode) {
  return new Promise((opened, failed) => {
    const asked = indexedDB.open(DATABASE, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "sending" })
    asked.onerror = () => failed(asked.error)
    asked.onsuccess = () => opened({ database: asked.result, store: asked.result.transaction(STORE, mode).objectStore(STORE) })
  })
}

async function inStore(mode, act) {
  const { database, store } = await openStore(mode)
  try {
    return await new Promise((done, failed) => {
      const asked = act(store)
      store.transaction.oncomplete = () => done(asked.result)
      store.transaction.onabort = store.transaction.onerror = () => failed(store.transaction.error)
    })
  } finally {
    database.close()
  }
}

// What a field of it says: the last of several.
export const fieldValue = ({ fields }, name) => fields.findLast(([one]) => one === name)?.[1] ?? ""

export async function keepReport(report) {
  if (!news || !navigator.locks) throw new Error("this browser could not send it once")
  const kept = { kept_at: Date.now(), faults: {}, uploaded: {}, ...report, state: "waiting" }
  await storeReport(kept)
  return kept
}

async function storeReport(report) {
  await inStore("readwrite", (store) => store.put(report))
  const { sending, state, title } = report
  news.postMessage({ sending, state, title })
}

export async function dropReport(sending) {
  await inStore("readwrite", (store) => store.delete(sending))
  news.postMessage({ sending, state: "dropped" })
}

export async function keptReports() {
  const reports = await inStore("readonly", (store) => store.getAll())
  return reports.sort((one, other) => one.kept_at - other.kept_at)
}

export async function sendWaiting() {
  return navigator.locks.request(DATABASE, async () => {
    let left = 0
    for (const report of await keptReports()) {
      if (report.state === "sent" && Date.now() - report.sent_at > SENT_DAYS * DAY_MS) await dropReport(report.sending)
      if (report.state !== "waiting") continue
      try {
        await sendReportNow(report)
      } catch {
        left += 1 // no connection, or the service is busy: it waits on
      }
    }
    return left
  })
}

async function sendReportNow(report) {
  if (Date.now() - report.kept_at > WAITS_DAYS * DAY_MS) return storeReport({ ...report, state: "refused", faults: { old: [] } })
  let answer
  try {
    answer = await postReport(report)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return storeReport({ ...report, state: "refused", faults: error.faults })
  }
  if (answer.status === 201) {
    const { link, reference } = await answer.json()
    const { sending, title, place, kept_at } = report
    await storeReport({ sending, title, place, kept_at, state: "sent", sent_at: Date.now(), link, reference })
    await keepOwnPage(link)
  } else if (answer.status === 400 || answer.status === 413) {
    const faults = answer.status === 413 ? { photos: [] } : (await answer.json()).faults
    // Nobody could be asked whether it is one that is known already, or the one that was chosen has ended by now.
    if (Object.keys(faults).join() === "join" && fieldValue(report, "join") !== "new")
      return sendReportNow({ ...report, fields: [...report.fields.filter(([name]) => name !== "join"), ["join", "new"]] })
    await storeReport({ ...report, state: "refused", faults })
  } else throw new Error(answer.status)
}

async function postReport(report) {
  const { sending, photos } = report
  const told = (n, part) => part === 1 && news.postMessage({ sending, state: "waiting", photo: n, of: photos.length })
  const first = (await (await ask(REPORT_ADDRESS)).json()).token
  let { uploaded, token } = await uploadPhotos({ sending, photos, token: first, tell: told })
  for (let tries = 0; ; tries++) {
    const body = new FormData()
    for (const [name, value] of report.fields) body.append(name, value)
    for (const digest of uploaded) body.append("uploaded", digest)
    body.set("csrfmiddlewaretoken", token)
    body.set("puzzle", await solvedPuzzle(report))
    const answer = await ask(REPORT_ADDRESS, { method: "POST", body })
    if (answer.status !== 403 || tries) return answer
    token = (await answer.json()).token
  }
}

const ask = (address, more = {}) =>
  fetch(address, { headers: AS_DATA, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(SENDING_MS), ...more })

export class Refused extends Error {
  constructor(faults) {
    super("refused")
    this.faults = faults
  }
}

export async function uploadPhotos({ sending, photos, token, tell = () => {} }) {
  const uploaded = []
  if (!photos.length) return { uploaded, token }
  const there = (await (await ask(`${PHOTOS_ADDRESS}?sending=${sending}`)).json()).photos
  for (const [n, photo] of photos.entries()) {
    const digest = hex(await crypto.subtle.digest("SHA-256", await photo.arrayBuffer()))
    if (!there.includes(digest)) token = await uploadPhoto({ sending, photo, token, tell: (part) => tell(n + 1, part) })
    tell(n + 1, 1)
    uploaded.push(digest)
  }
  return { uploaded, token }
}

// One photo, tried again where the signal breaks. Gives the token that held.
async function uploadPhoto({ sending, photo, token, tell }) {
  for (let tries = 1; ; tries++) {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", token)
    body.set("sending", sending)
    body.set("photo", photo, photo.name || "photo.jpg")
    let answer
    try {
      answer = await post(body, tell)
    } catch (error) {
      if (tries === TRIES) throw error
      continue
    }
    if (answer.status === 201) return token
    if (answer.status === 400) throw new Refused(answer.said.faults)
    if (answer.status === 413) throw new Refused({ photos: [] })
    if (answer.status !== 403 || tries === TRIES) throw new Error(answer.status)
    token = answer.said.token
  }
}

const sendingMs = (file) => SENDING_MS + file.size / SLOWEST

// A page can tell how much is over; the worker cannot.
function post(body, tell) {
  if (!self.XMLHttpRequest)
    return ask(PHOTOS_ADDRESS, { method: "POST", body, signal: AbortSignal.timeout(sendingMs(body.get("photo"))) }).then(
      async (answer) => ({ status: answer.status, said: await saidBy(answer) }),
    )
  return new Promise((done, failed) => {
    const sent = new XMLHttpRequest()
    sent.open("POST", PHOTOS_ADDRESS)
    sent.setRequestHeader("Accept", AS_DATA.Accept)
    sent.responseType = "json"
    sent.timeout = sendingMs(body.get("photo"))
    sent.upload.onprogress = ({ loaded, total }) => tell(Math.min(loaded / total, 0.99))
    sent.onerror = sent.ontimeout = () => failed(new TypeError("no connection"))
    sent.onload = () => done({ status: sent.status, said: sent.response })
    sent.send(body)
  })
}

const saidBy = (answer) => answer.json().catch(() => null)

// Where much was sent from one network a puzzle spares the report a look by somebody.
async function solvedPuzzle(report) {
  if (!canWork()) return ""
  const asked = new URLSearchParams(["lon", "lat", "area", "where", "phone", "category"].map((name) => [name, fieldValue(report, name)]))
  const answer = await ask(`${REPORT_ADDRESS}puzzle/?${asked}`)
  return answer.status === 200 ? solve((await answer.json()).work) : ""
}

// The private page of a report, to be read without a connection.
async function keepOwnPage(link) {
  try {
    const page = await fetch(link, { credentials: "same-origin" })
    if (page.ok && page.headers.has("Keep-Offline")) await (await caches.open("pages")).put(link, page)
  } catch {
    // It is kept when it is opened.
  }
}
