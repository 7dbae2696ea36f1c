// Citizens' reports that wait on this device until there is a connection. For pages and the service worker.
//
//   await queueReport({ sending, fields, photos, title, place, words })   adds one, or replaces it. `fields`: the names and values
//                             of the form, as FormData gives them; `photos`: Blobs
//   await queuedReports()     all of them, the oldest first. `state`: waiting, refused (with `faults`) or sent (with `link`)
//   await removeReport(sending)
//   await sendQueuedReports() sends what waits, one after the other; returns how many wait on
//   fieldValue(report, name)  the value of a field of it, the last of several; "" where it has none
//   Each change is posted on the BroadcastChannel "reports": { sending, state, title }.

import { canWork, solve } from "../public/puzzle.js"
import { objectStore } from "./object-store.js"
import { Refused, fetchData, uploadPhotos } from "./photo-upload.js"
import { offlineQueue } from "./queue.js"

const REPORTS = "reports" // the database, the lock and the channel
const REPORT_ADDRESS = "/report/"
const DAY_MS = 86_400_000
const LONGEST_WAIT_MS = 7 * DAY_MS // what waited longer is not sent before somebody has looked at it
const LISTED_MS = 30 * DAY_MS // for so long what was sent stays in the list

const reportsChannel = self.BroadcastChannel && new BroadcastChannel(REPORTS)
const reportQueue = offlineQueue({
  rows: objectStore({ database: REPORTS, store: "waiting", keyPath: "sending" }),
  key: "sending",
  inTurn: (act) => navigator.locks.request(REPORTS, act),
  changed: ({ sending, state, title }) => reportsChannel.postMessage({ sending, state, title }),
})

export const queuedReports = reportQueue.list
export const removeReport = reportQueue.remove
export const fieldValue = ({ fields }, name) => fields.findLast(([fieldName]) => fieldName === name)?.[1] ?? ""

export async function queueReport(report) {
  if (!reportsChannel || !navigator.locks) throw new Error("this browser could not send it once")
  return reportQueue.add({ faults: {}, uploaded: {}, ...report })
}

export async function sendQueuedReports() {
  const isOver = ({ state, sent_at }) => state === "sent" && Date.now() - sent_at > LISTED_MS
  for (const { sending } of (await queuedReports()).filter(isOver)) await removeReport(sending)
  return reportQueue.sendAll({ send: sendReport })
}

async function sendReport(report) {
  const refuse = (faults) => reportQueue.update({ ...report, state: "refused", faults })
  if (Date.now() - report.kept_at > LONGEST_WAIT_MS) return refuse({ old: [] })
  let answer
  try {
    answer = await postReport(report)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refuse(error.faults)
  }
  if (answer.status === 413) return refuse({ photos: [] })
  if (answer.status === 400) {
    const { faults } = await answer.json()
    return isOnlyJoin(faults, report) ? sendReport(withoutJoin(report)) : refuse(faults)
  }
  if (answer.status !== 201) throw new Error(answer.status)
  const { link, reference } = await answer.json()
  const { sending, title, place, kept_at } = report
  await reportQueue.update({ sending, title, place, kept_at, state: "sent", sent_at: Date.now(), link, reference })
  await cacheOwnPage(link)
}

// Offline nobody could be asked whether it is a known incident; or the one that was chosen has ended by now.
const isOnlyJoin = (faults, report) => Object.keys(faults).join() === "join" && fieldValue(report, "join") !== "new"
const withoutJoin = (report) => ({ ...report, fields: [...report.fields.filter(([name]) => name !== "join"), ["join", "new"]] })

async function postReport(report) {
  const { sending, photos } = report
  const progress = (n, part) => part === 1 && reportsChannel.postMessage({ sending, state: "waiting", photo: n, of: photos.length })
  const { token: firstToken } = await (await fetchData(REPORT_ADDRESS)).json()
  let { uploaded, token } = await uploadPhotos({ sending, photos, token: firstToken, progress })
  for (let tries = 0; ; tries++) {
    const body = new FormData()
    for (const [name, value] of report.fields) body.append(name, value)
    for (const digest of uploaded) body.append("uploaded", digest)
    body.set("csrfmiddlewaretoken", token)
    body.set("puzzle", await solvedPuzzle(report))
    const answer = await fetchData(REPORT_ADDRESS, { method: "POST", body })
    if (answer.status !== 403 || tries) return answer
    token = (await answer.json()).token
  }
}

// Where much was sent from one network a solved puzzle spares the report moderation.
async function solvedPuzzle(report) {
  if (!canWork()) return ""
  const query = new URLSearchParams(["lon", "lat", "area", "where", "phone", "category"].map((name) => [name, fieldValue(report, name)]))
  const answer = await fetchData(`${REPORT_ADDRESS}puzzle/?${query}`)
  return answer.status === 200 ? solve((await answer.json()).work) : ""
}

// Caches the private page of a report, to be read without a connection.
async function cacheOwnPage(link) {
  try {
    const page = await fetch(link, { credentials: "same-origin" })
    if (page.ok && page.headers.has("Keep-Offline")) await (await caches.open("pages")).put(link, page)
  } catch {
    // It is cached when it is opened.
  }
}
