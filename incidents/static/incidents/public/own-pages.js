// What is kept on this device of who is signed in: encrypted with a key that the service gives with the page, which the
// browser keeps so that no script reads it, for a shift. A part of the service worker, and a module of pages as well.
//
//   await storeOwnKey(letters, of, until)   keeps the key; `of` names the session that has it
//   await ownKey()                          { key, of, until }, or nothing where there is none, or its time is over
//   await sealOwn(key, text)                { iv, sealed }; sealOwnOctets for a photo
//   await openOwn(key, { iv, sealed })      the text; throws where the key is another; openOwnOctets likewise
//   await wipeOwn()                         drops the key, the pages and what pages asked for
//   await checkOwn(answer)                  wipes where the service says that the session has ended or is another's

const OWN = "own-pages"
const OWN_DATABASE = "own-key"
const OWN_STORE = "keys"

function openKeys() {
  return new Promise((opened, failed) => {
    const asked = indexedDB.open(OWN_DATABASE, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(OWN_STORE, { keyPath: "id" })
    asked.onerror = () => failed(asked.error)
    asked.onsuccess = () => opened(asked.result)
  })
}

async function inKeys(mode, act) {
  const database = await openKeys()
  try {
    return await new Promise((done, failed) => {
      const store = database.transaction(OWN_STORE, mode).objectStore(OWN_STORE)
      const asked = act(store)
      store.transaction.oncomplete = () => done(asked.result)
      store.transaction.onabort = store.transaction.onerror = () => failed(store.transaction.error)
    })
  } finally {
    database.close()
  }
}

export function importOwnKey(letters) {
  const octets = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0))
  return crypto.subtle.importKey("raw", octets, "AES-GCM", false, ["encrypt", "decrypt"])
}

export async function storeOwnKey(letters, of, until) {
  const key = await importOwnKey(letters)
  await inKeys("readwrite", (store) => store.put({ id: "key", key, of, until }))
}

export async function ownKey() {
  const kept = await inKeys("readonly", (store) => store.get("key"))
  if (kept && kept.until > Date.now()) return kept
  if (kept) await wipeOwn()
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
  await Promise.all([caches.delete(OWN), caches.delete("data"), inKeys("readwrite", (store) => store.clear())])
}

// Each answer to who has a session names it (`Own`); of a session that has ended it says `none`.
export async function checkOwn(answer) {
  const kept = await ownKey()
  const of = answer.headers.get("Own")
  if (!kept || !of || of === kept.of) return true
  await wipeOwn()
  return false
}
