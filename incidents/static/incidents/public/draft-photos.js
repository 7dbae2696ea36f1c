// The photos of a report that is being written, kept on this device: a reload, or a phone that closes the page while its
// camera is open, does not lose them.
//
//   await keepDraftPhotos(sending, files)   those of one form; kept again they replace themselves, none at all are dropped
//   await draftPhotos(sending)              them, as Files, in their order; [] where there are none
// They stay for a day at most. A browser that keeps nothing rejects each.

const DATABASE = "report-photos"
const STORE = "drafts"
const DAY_MS = 86_400_000

async function inStore(mode, act) {
  const database = await new Promise((opened, failed) => {
    const asked = indexedDB.open(DATABASE, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "sending" })
    asked.onerror = () => failed(asked.error)
    asked.onsuccess = () => opened(asked.result)
  })
  try {
    return await new Promise((done, failed) => {
      const change = database.transaction(STORE, mode)
      const asked = act(change.objectStore(STORE))
      change.oncomplete = () => done(asked.result)
      change.onabort = change.onerror = () => failed(change.error)
    })
  } finally {
    database.close()
  }
}

export async function keepDraftPhotos(sending, files) {
  await inStore("readwrite", (store) => (files.length ? store.put({ sending, files, kept_at: Date.now() }) : store.delete(sending)))
}

export async function draftPhotos(sending) {
  const drafts = await inStore("readonly", (store) => store.getAll())
  for (const old of drafts.filter(({ kept_at }) => Date.now() - kept_at > DAY_MS)) await keepDraftPhotos(old.sending, [])
  return drafts.find((draft) => draft.sending === sending && Date.now() - draft.kept_at <= DAY_MS)?.files ?? []
}
