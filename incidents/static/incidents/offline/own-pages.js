// Encrypts what this device stores for a signed-in officer, with a key that comes with the page. The browser stores the key
// for a shift so that no script can read it. For pages and the service worker.
//
//   await storeOwnKey(base64, of, until)   stores the key; `of` names its session
//   await ownKey()                          { key, of, until }; undefined where there is none or its time is over
//   await sealOwn(key, text)                { iv, sealed }; sealOwnOctets for a photo
//   await openOwn(key, { iv, sealed })      the text; rejected where the key is another; openOwnOctets likewise
//   await wipeOwn()                         deletes the key, the pages and their data
//   await checkOwn(answer)                  wipes where the session of the answer has ended or is another

import { objectStore } from "./object-store.js"

const OWN_CACHE = "own-pages"
const ownKeys = objectStore({ database: "own-key", store: "keys", keyPath: "id" })

export function importOwnKey(base64) {
  const octets = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return crypto.subtle.importKey("raw", octets, "AES-GCM", false, ["encrypt", "decrypt"])
}

export async function storeOwnKey(base64, of, until) {
  const key = await importOwnKey(base64)
  await ownKeys.put({ id: "key", key, of, until })
}

export async function ownKey() {
  const row = await ownKeys.get("key")
  if (row && row.until > Date.now()) return row
  if (row) await wipeOwn()
  return undefined
}

export async function sealOwnOctets(key, octets) {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, octets) }
}

export const openOwnOctets = (key, { iv, sealed }) => crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed)
export const sealOwn = (key, text) => sealOwnOctets(key, new TextEncoder().encode(text))
export const openOwn = async (key, sealed) => new TextDecoder().decode(await openOwnOctets(key, sealed))

export async function wipeOwn() {
  await Promise.all([caches.delete(OWN_CACHE), caches.delete("data"), ownKeys.clear()])
}

// Each answer to who has a session names it (`Own`); of a session that has ended it says `none`.
export async function checkOwn(answer) {
  const current = await ownKey()
  const of = answer.headers.get("Own")
  if (!current || !of || of === current.of) return true
  await wipeOwn()
  return false
}
