// Officers' results from the street that wait on this device until there is a connection, encrypted with the key of who is
// signed in (own-pages.js).
//
//   await queueResult({ reference, moves, note, photos, facts, title, where })   adds one; an incident has one. What an officer saw
//                               has `seen`, the fields of its form, and a number of its own as `reference`
//   await queuedResults()       all of them, the oldest first. `state`: waiting, conflict (with `said`, `again`) or refused;
//                               `asks`: it is accepted once it has a reason for its place
//   await removeResult(reference)
//   await undoResult(result)    removes it where it never left, else queues that the service takes it back
//   await sendQueuedResults({ done, seen }, { changed, isFresh })   sends what waits to these addresses. `changed(answer)` after
//                               each: what was `said`, of which `reference`, whether it was `undone`; nothing where it was
//                               refused. `isFresh(reference)`: whether a page still offers to undo it

import { request } from "../../look/request.js"
import { objectStore } from "./object-store.js"
import { importOwnKey, openOwn, sealOwn } from "./own-pages.js"
import { offlineQueue } from "./queue.js"

const RESULTS = "desk-street" // the database and the lock
const { ownKey: keyText } = document.querySelector("[data-own-key]")?.dataset ?? {}
const key = keyText && crypto.subtle ? importOwnKey(keyText) : undefined

const queue = offlineQueue({
  rows: objectStore({ database: RESULTS, store: "done", keyPath: "reference" }),
  key: "reference",
  inTurn: (act) => navigator.locks.request(RESULTS, act),
  encode: encrypt,
  decode: decrypt,
})

export const queueResult = (result) => queue.add({ said: "", ...result, asks: false })
export const queuedResults = queue.list
export const removeResult = queue.remove

async function encrypt({ reference, kept_at, photos, ...words }) {
  const whole = { words, photos: await Promise.all(photos.map(dataUrlOf)) }
  if (!key) return { reference, kept_at, whole }
  return { reference, kept_at, ...(await sealOwn(await key, JSON.stringify(whole))) }
}

async function decrypt({ reference, kept_at, whole, ...sealed }) {
  const { words, photos } = whole ?? JSON.parse(await openOwn(await key, sealed))
  return { reference, kept_at, ...words, photos: photos.map(blobOf) }
}

function blobOf(dataUrl) {
  const [head, base64] = dataUrl.split(",")
  const octets = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return new Blob([octets], { type: head.slice("data:".length).split(";")[0] })
}

function dataUrlOf(photo) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(photo)
  })
}

// The service needs not hear of what never left; what was tried it may know: an answer can be lost.
export async function undoResult(result) {
  const { tried, state } = (await queue.find(result.reference)) ?? { tried: true, state: "waiting" } // removed: it was sent
  if (state !== "waiting" || !tried) return removeResult(result.reference)
  return queue.update({ ...result, photos: [], tried: true, undo: true, state: "waiting", said: "" })
}

export const sendQueuedResults = (addresses, { changed, isFresh }) =>
  queue.sendAll({ send: (result) => sendResult(addresses, result, isFresh), sent: changed, stops: true })

async function sendResult(addresses, result, isFresh) {
  const { reference } = result
  try {
    await queue.update({ ...result, tried: true })
    const answer = { ...(await postResult(addresses, result, isFresh(reference))), reference, undone: Boolean(result.undo) }
    if (!(await wasUndone(result))) await removeResult(reference) // else it was undone while it went out: that is sent next
    return answer
  } catch (error) {
    if (!error.status || error.status >= 500 || error.status === 429) throw error // no connection, or the service is busy
    if (await wasUndone(result))
      await removeResult(reference) // undone, and refused: nothing was done
    else await queue.update({ ...result, ...refusalOf(error) })
  }
}

const wasUndone = async (result) => !result.undo && Boolean((await queue.find(result.reference))?.undo)

// Sent again after a broken connection it is the same: the service compares the words and the steps that were seen.
async function postResult(addresses, { reference, moves, note, photos, facts, as_note, seen, undo }, fresh) {
  const body = new FormData()
  for (const [name, value] of Object.entries(seen ?? { reference, moves, note, ...facts })) body.append(name, value)
  for (const [name, on] of Object.entries({ as_note, undo, fresh })) if (on) body.append(name, "on")
  for (const photo of photos) body.append("photos", photo, "photo.jpg")
  const answer = await request(seen ? addresses.seen : addresses.done, { method: "POST", body })
  if (!answer.said) throw Object.assign(new Error(), { status: 401 }) // the page to sign in
  return answer
}

function refusalOf({ status, content: answer, message }) {
  if (status === 409) return { state: "conflict", said: answer.error, again: answer.again, fresh: answer.moves, near: answer.near }
  const faults = Object.values(answer?.faults ?? {}).flat()
  if (status === 401 || status === 403) return { state: "refused", said: gettext("Sign in again, then send it."), again: true }
  return { state: "refused", said: faults.join(" ") || message, again: false, asks: Boolean(answer?.remarks) }
}
