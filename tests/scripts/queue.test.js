import assert from "node:assert/strict"
import { test } from "node:test"
import { offlineQueue } from "../../incidents/static/incidents/offline/queue.js"

const DAY_MS = 86_400_000

function rowsInMemory(rows = []) {
  const stored = new Map(rows.map((row) => [row.id, row]))
  return {
    get: async (id) => stored.get(id),
    all: async () => [...stored.values()],
    put: async (row) => void stored.set(row.id, row),
    delete: async (id) => void stored.delete(id),
  }
}

function queueOf(rows, more = {}) {
  const turns = []
  const changes = []
  const inTurn = (act) => {
    turns.push(act)
    return act()
  }
  const queue = offlineQueue({ rows: rowsInMemory(rows), key: "id", inTurn, changed: (entry) => changes.push(entry), ...more })
  return { queue, turns, changes }
}

const waiting = (id, kept_at) => ({ id, kept_at, state: "waiting" })

test("an added entry waits since now, whatever its state was", async () => {
  const { queue, changes } = queueOf()
  const before = Date.now()
  const entry = await queue.add({ id: "a", state: "refused", text: "Deep" })
  assert.equal(entry.state, "waiting")
  assert.ok(entry.kept_at >= before && entry.kept_at <= Date.now())
  assert.deepEqual(await queue.find("a"), entry)
  assert.deepEqual(changes, [entry])
})

test("an entry that is added again keeps its turn and takes the place of the old one", async () => {
  const { queue } = queueOf([waiting("a", 1), waiting("b", 2)])
  await queue.add({ ...waiting("a", 1), text: "Deeper" })
  assert.deepEqual(await queue.list(), [{ ...waiting("a", 1), text: "Deeper" }, waiting("b", 2)])
})

test("the oldest is listed and sent first", async () => {
  const { queue } = queueOf([waiting("c", 3), waiting("a", 1), waiting("b", 2)])
  const order = []
  const send = async (entry) => {
    order.push(entry.id)
    await queue.remove(entry.id)
  }
  assert.deepEqual(
    (await queue.list()).map(({ id }) => id),
    ["a", "b", "c"],
  )
  assert.equal(await queue.sendAll({ send }), 0)
  assert.deepEqual(order, ["a", "b", "c"])
})

test("only what waits is sent, in one turn", async () => {
  const { queue, turns } = queueOf([{ ...waiting("a", 1), state: "refused" }, waiting("b", 2), { ...waiting("c", 3), state: "sent" }])
  const order = []
  const send = (entry) => {
    order.push(entry.id)
    return queue.update({ ...entry, state: "sent" })
  }
  await queue.sendAll({ send })
  assert.deepEqual(order, ["b"])
  assert.equal(turns.length, 1)
})

test("what cannot be sent waits on, and the next is tried", async () => {
  const { queue } = queueOf([waiting("a", 1), waiting("b", 2), waiting("c", 3)])
  const tried = []
  const send = async (entry) => {
    tried.push(entry.id)
    if (entry.id === "b") return queue.remove("b")
    throw new TypeError("no connection")
  }
  assert.equal(await queue.sendAll({ send }), 2)
  assert.deepEqual(tried, ["a", "b", "c"])
  assert.deepEqual(
    (await queue.list()).map(({ id, state }) => [id, state]),
    [
      ["a", "waiting"],
      ["c", "waiting"],
    ],
  )
})

test("with `stops` the rest waits on after the first that cannot be sent", async () => {
  const { queue } = queueOf([waiting("a", 1), waiting("b", 2), waiting("c", 3)])
  const tried = []
  const send = async ({ id }) => {
    tried.push(id)
    if (id === "a") return queue.remove("a")
    throw new TypeError("no connection")
  }
  assert.equal(await queue.sendAll({ send, stops: true }), 2)
  assert.deepEqual(tried, ["a", "b"])
})

test("an entry that was changed while it went out is sent again", async () => {
  const { queue } = queueOf([waiting("a", 1)])
  const bodies = []
  const send = async (entry) => {
    bodies.push(entry.undo ?? false)
    if (bodies.length === 1) return queue.update({ ...entry, undo: true })
    await queue.remove("a")
  }
  await queue.sendAll({ send })
  assert.deepEqual(bodies, [false, true])
})

test("an entry that was removed while another went out is not sent", async () => {
  const { queue } = queueOf([waiting("a", 1), waiting("b", 2)])
  const order = []
  const send = async ({ id }) => {
    order.push(id)
    await queue.remove("a")
    await queue.remove("b")
  }
  assert.equal(await queue.sendAll({ send }), 0)
  assert.deepEqual(order, ["a"])
})

test("each outcome is handed on; an error in that is not taken for a lost connection", async () => {
  const outcomes = []
  const first = queueOf([waiting("a", 1)]).queue
  await first.sendAll({ send: ({ id }) => first.remove(id).then(() => "done"), sent: (outcome) => outcomes.push(outcome) })
  assert.deepEqual(outcomes, ["done"])
  const second = queueOf([waiting("a", 1)]).queue
  const broken = () => {
    throw new Error("a page that broke")
  }
  await assert.rejects(second.sendAll({ send: ({ id }) => second.remove(id), sent: broken }), /a page that broke/)
})

test("rows of another person are not listed, and deleted after a week", async () => {
  const now = Date.now()
  const decode = (row) => {
    if (row.of !== "me") throw new Error("another key")
    return row
  }
  const rows = [
    { ...waiting("mine", now - 30 * DAY_MS), of: "me" },
    { ...waiting("fresh", now - 6 * DAY_MS), of: "other" },
    { ...waiting("old", now - 8 * DAY_MS), of: "other" },
  ]
  const { queue, changes } = queueOf(rows, { decode })
  assert.deepEqual(
    (await queue.list()).map(({ id }) => id),
    ["mine"],
  )
  assert.deepEqual(changes, [{ id: "old", state: "dropped" }])
  assert.equal(await queue.find("fresh"), undefined)
})

test("rows are stored encoded and read decoded", async () => {
  const rows = rowsInMemory()
  const queue = offlineQueue({
    rows,
    key: "id",
    inTurn: (act) => act(),
    encode: async ({ id, kept_at, ...words }) => ({ id, kept_at, sealed: JSON.stringify(words) }),
    decode: async ({ id, kept_at, sealed }) => ({ id, kept_at, ...JSON.parse(sealed) }),
  })
  await queue.add({ id: "a", kept_at: 1, text: "Deep" })
  assert.deepEqual(await rows.get("a"), { id: "a", kept_at: 1, sealed: '{"text":"Deep","state":"waiting"}' })
  assert.deepEqual(await queue.find("a"), { id: "a", kept_at: 1, text: "Deep", state: "waiting" })
})
