// Queues entries on this device until they can be sent: citizens' reports (report-queue.js), officers' results (result-queue.js).
//
//   const queue = offlineQueue({ rows, key, inTurn, encode, decode, changed })
//     rows      an object-store.js, or anything with its methods; `key` is its key path
//     inTurn    runs a function while no other page nor the service worker runs one: (act) => navigator.locks.request(name, act)
//     encode, decode   an entry to a stored row and back. A row that decode rejects is another person's; it is deleted after a week
//     changed   called with each entry that was stored, and with { [key], state: "dropped" }
//   await queue.add(entry)        stores it as waiting, in the place of one with the same key; returns it
//   await queue.update(entry)     stores it as it is
//   await queue.find(key) · queue.list()   an entry or undefined · all of them, the oldest first
//   await queue.remove(key)
//   await queue.sendAll({ send, sent, stops })   calls `send(entry)` for each that waits, until it waits no more, then
//                                 `sent(what send returned)`. If `send` throws, the entry waits on, and with `stops` all after it do.
//                                 Returns how many wait on.
//
// Entries are sorted by `kept_at` (ms since 1970) and sent while `state` is "waiting": both stand in rows on devices.

const UNREADABLE_MS = 7 * 86_400_000

export function offlineQueue({ rows, key, inTurn, encode = (entry) => entry, decode = (row) => row, changed = () => {} }) {
  async function decodeRow(row) {
    try {
      return await decode(row)
    } catch {
      if (Date.now() - row.kept_at > UNREADABLE_MS) await remove(row[key])
      return undefined
    }
  }

  async function list() {
    const entries = await Promise.all((await rows.all()).map(decodeRow))
    return entries.filter(Boolean).sort((first, second) => first.kept_at - second.kept_at)
  }

  async function find(id) {
    const row = await rows.get(id)
    return row && decodeRow(row)
  }

  async function update(entry) {
    await rows.put(await encode(entry))
    changed(entry)
  }

  async function add(entry) {
    const waiting = { kept_at: Date.now(), ...entry, state: "waiting" }
    await update(waiting)
    return waiting
  }

  async function remove(id) {
    await rows.delete(id)
    changed({ [key]: id, state: "dropped" })
  }

  // Each is read again before it is sent: meanwhile it may have been removed or changed.
  async function sendWhileWaiting(id, { send, sent }) {
    for (let entry = await find(id); entry?.state === "waiting"; entry = await find(id)) {
      let outcome
      try {
        outcome = await send(entry)
      } catch {
        return false // no connection, or the service is busy
      }
      await sent(outcome)
    }
    return true
  }

  function sendAll({ send, sent = () => {}, stops = false }) {
    return inTurn(async () => {
      const waiting = (await list()).filter(({ state }) => state === "waiting").map((entry) => entry[key])
      let left = 0
      for (const [number, id] of waiting.entries()) {
        if (await sendWhileWaiting(id, { send, sent })) continue
        if (stops) return waiting.length - number
        left += 1
      }
      return left
    })
  }

  return { add, update, find, list, remove, sendAll }
}
