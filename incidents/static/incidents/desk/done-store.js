// What was done in the street and waits on this device until there is a connection.
//
//   await keepDone({ reference, moves, note, photos, facts, title, where })   keeps one; of an incident there is one. What
//                               was seen has `seen`, the fields of its form, and a number of its own as `reference`
//   await keptDone()            all of them, the oldest first. `state`: waiting, conflict (with `said`, `again`) or refused;
//                               `asks`: it is taken once it says why it comes from there
//   await dropDone(reference)
//   await undoDone(one)         takes it back: dropped where it never left, else the service is told as soon as can be
//   await sendDone({ done, seen }, { changed, isFresh })   sends to these addresses what waits, one after the other, of all
//                               pages one at a time. `changed(answer)` after each: what was `said`, of which `reference`,
//                               whether it was `undone`; nothing where it was refused. `isFresh(reference)`: whether a
//                               page still offers to take it back

import { request } from "../../look/request.js"
import { importOwnKey, openOwn, sealOwn } from "../public/own-pages.js"

const DATABASE = "desk-street"
const STORE = "done"

function openStore(mode) {
  return new Promise((opened, failed) => {
    const asked = indexedDB.open(DATABASE, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "reference" })
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

// It lies encrypted with the key of who is signed in, and stays so for anybody else who signs in here.
const { ownKey: letters } = document.querySelector("[data-own-key]")?.dataset ?? {}
const key = letters && crypto.subtle ? importOwnKey(letters) : undefined
const DAYS = 7

async function sealed({ reference, kept_at, photos, ...words }) {
  const whole = { words, photos: await Promise.all(photos.map(lettersOf)) }
  if (!key) return { reference, kept_at, whole }
  return { reference, kept_at, ...(await sealOwn(await key, JSON.stringify(whole))) }
}

async function opened({ reference, kept_at, whole, ...locked }) {
  const { words, photos } = whole ?? JSON.parse(await openOwn(await key, locked))
  return { reference, kept_at, ...words, photos: photos.map(blobOf) }
}

// What this key does not open is another person's; after some days it goes.
async function openedOrNothing(kept) {
  try {
    return await opened(kept)
  } catch {
    if (Date.now() - kept.kept_at > DAYS * 86_400_000) await dropDone(kept.reference)
    return undefined
  }
}

function blobOf(address) {
  const [head, letters] = address.split(",")
  const octets = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0))
  return new Blob([octets], { type: head.slice("data:".length).split(";")[0] })
}

function lettersOf(photo) {
  return new Promise((done, failed) => {
    const reader = new FileReader()
    reader.onload = () => done(reader.result)
    reader.onerror = () => failed(reader.error)
    reader.readAsDataURL(photo)
  })
}

export const keepDone = (one) => putDone({ kept_at: Date.now(), said: "", ...one, asks: false, state: "waiting" })
export const dropDone = (reference) => inStore("readwrite", (store) => store.delete(reference))

export async function keptDone() {
  const all = await inStore("readonly", (store) => store.getAll())
  const own = (await Promise.all(all.map(openedOrNothing))).filter(Boolean)
  return own.sort((one, other) => one.kept_at - other.kept_at)
}

async function putDone(one) {
  const row = await sealed(one)
  return inStore("readwrite", (store) => store.put(row))
}

async function findDone(reference) {
  const kept = await inStore("readonly", (store) => store.get(reference))
  return kept && openedOrNothing(kept)
}

// Of what never left the service needs not hear; of what was tried it may know: an answer can be lost.
export async function undoDone(one) {
  const { tried, state } = (await findDone(one.reference)) ?? { tried: true, state: "waiting" } // gone: it was sent
  if (state !== "waiting" || !tried) return dropDone(one.reference)
  return putDone({ ...one, photos: [], tried: true, undo: true, state: "waiting", said: "" })
}

export async function sendDone(addresses, { changed, isFresh }) {
  return navigator.locks.request(DATABASE, async () => {
    for (const { reference } of await keptDone()) {
      for (;;) {
        const one = await findDone(reference)
        if (one?.state !== "waiting") break
        let answer
        try {
          await putDone({ ...one, tried: true })
          answer = { ...(await sendOne(addresses, one, isFresh(reference))), reference, undone: Boolean(one.undo) }
          const since = await findDone(reference)
          if (!since?.undo || one.undo) await dropDone(reference) // else it was taken back while it went out: that is sent next
        } catch (error) {
          if (!error.status || error.status >= 500 || error.status === 429) return // no connection, or the service is busy
          const since = await findDone(reference)
          if (since?.undo && !one.undo)
            await dropDone(reference) // taken back, and refused: nothing was done
          else await putDone({ ...one, ...whatHappened(error) })
        }
        await changed(answer)
      }
    }
  })
}

// Sent again after a broken connection it is the same: the service knows the words and the steps that were seen.
async function sendOne(addresses, { reference, moves, note, photos, facts, as_note, seen, undo }, fresh) {
  const body = new FormData()
  for (const [name, value] of Object.entries(seen ?? { reference, moves, note, ...facts })) body.append(name, value)
  for (const [name, on] of Object.entries({ as_note, undo, fresh })) if (on) body.append(name, "on")
  for (const photo of photos) body.append("photos", photo, "photo.jpg")
  const answer = await request(seen ? addresses.seen : addresses.done, { method: "POST", body })
  if (!answer.said) throw Object.assign(new Error(), { status: 401 }) // the page to sign in
  return answer
}

function whatHappened({ status, said, message }) {
  if (status === 409) return { state: "conflict", said: said.error, again: said.again, fresh: said.moves, near: said.near }
  const faults = Object.values(said?.faults ?? {}).flat()
  if (status === 401 || status === 403) return { state: "refused", said: gettext("Sign in again, then send it."), again: true }
  return { state: "refused", said: faults.join(" ") || message, again: false, asks: Boolean(said?.remarks) }
}
