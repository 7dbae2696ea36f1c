import assert from "node:assert/strict"
import { test } from "node:test"
import {
  draftFields,
  isImage,
  isOffered,
  isVideo,
  keyOf,
  lengthOf,
  photoIsForeign,
  readDraft,
  stepOfAddress,
  stepToResume,
  typedFields,
  zoomOf,
  zoomOfDevice,
} from "../../incidents/static/incidents/public/report/rules.js"

const STEPS = { photos: "photo", where: "where", category: "what", text: "details", phone: "details", join: "details" }

test("kinds of files by their type, else by their name", () => {
  const kinds = [
    [{ type: "image/jpeg", name: "a" }, true, false],
    [{ type: "", name: "IMG_1.HEIC" }, true, false],
    [{ type: "video/quicktime", name: "a" }, false, true],
    [{ type: "", name: "clip.3gp" }, false, true],
    [{ type: "application/pdf", name: "letter.pdf" }, false, false],
    [{ type: "", name: "jpeg" }, false, false],
  ]
  for (const [file, image, video] of kinds) assert.deepEqual([isImage(file), isVideo(file)], [image, video], file.name)
})

test("a file is known again by name, size and time", () => {
  const file = { name: "a.jpg", size: 7, lastModified: 9 }
  assert.equal(keyOf(file), "a.jpg 7 9")
  assert.notEqual(keyOf({ ...file, size: 8 }), keyOf(file))
})

test("the zoom shows a place as wide as it is vague", () => {
  assert.deepEqual([0, 59, 60, 149, 150, 399, 400, 9000].map(zoomOf), [18, 18, 17, 17, 16, 16, 15, 15])
})

test("a device that knows its place to kilometres is seen whole", () => {
  assert.deepEqual([12, 59, 100, 399, 500, 1500, 3000, 9000].map(zoomOfDevice), [18, 18, 17, 16, 15, 14, 13, 12])
})

test("the place of a foreign photo gives way to a good position only", () => {
  const photo = { lon: 106.7, lat: 10.77, accuracy: 10 }
  const cases = [
    [{ lon: 106.7, lat: 10.77, accuracy: 10 }, false],
    [{ lon: 106.704, lat: 10.77, accuracy: 10 }, false],
    [{ lon: 106.71, lat: 10.77, accuracy: 10 }, true],
    [{ lon: 106.71, lat: 10.77, accuracy: 900 }, false],
    [{ lon: 106.7, lat: 10.78, accuracy: 50 }, true],
  ]
  for (const [device, foreign] of cases) assert.equal(photoIsForeign(photo, device), foreign, JSON.stringify(device))
})

test("an address may ask for a step that there is", () => {
  assert.deepEqual(stepOfAddress("?text=a&step=details"), { step: "details" })
  assert.equal(stepToResume(stepOfAddress("?step=details"), true), "details")
  assert.equal(stepToResume(stepOfAddress("?step=details"), false), "")
  assert.equal(stepToResume(stepOfAddress("?step=nothing"), true), "")
  assert.equal(stepToResume(stepOfAddress(""), true), "")
})

test("typed fields are those of the last step but joining", () => {
  assert.deepEqual(typedFields(STEPS), ["text", "phone"])
  assert.deepEqual(draftFields(STEPS), ["sending", "lon", "lat", "accuracy", "area", "text", "phone"])
})

test("which categories are offered", () => {
  const label = { code: "ST.1", text: "o ga duong hong" }
  const all = { served: null, suggested: new Set(), sought: [] }
  const offered = (changes) => isOffered(label, { ...all, ...changes })
  assert.equal(offered({}), true)
  assert.equal(offered({ sought: ["duong", "ga"] }), true)
  assert.equal(offered({ sought: ["duong", "nuoc"] }), false)
  assert.equal(offered({ sought: ["nuoc"], suggested: new Set(["ST.1"]) }), true)
  assert.equal(offered({ served: new Set(["WA.1"]), suggested: new Set(["ST.1"]) }), false)
  assert.equal(offered({ served: new Set(["ST.1"]) }), true)
})

test("the length of a text is told near its limit, in characters as people count them", () => {
  assert.deepEqual(lengthOf("", 10), {})
  assert.deepEqual(lengthOf("x".repeat(8), 10), {})
  assert.deepEqual(lengthOf("x".repeat(9), 10), { left: 1 })
  assert.deepEqual(lengthOf("x".repeat(10), 10), { left: 0 })
  assert.deepEqual(lengthOf("x".repeat(12), 10), { over: 2 })
  assert.deepEqual(lengthOf("  xxxxxxxxx  ", 10), { left: 1 })
  assert.deepEqual(lengthOf("🚧".repeat(9), 10), { left: 1 })
})

test("a draft is restored on a bare form only", () => {
  const stored = '{"text": "Deep"}'
  assert.deepEqual(readDraft(stored, { search: "", isFaulty: false }), { text: "Deep" })
  assert.equal(readDraft(stored, { search: "?lon=1", isFaulty: false }), null)
  assert.equal(readDraft(stored, { search: "", isFaulty: true }), null)
  assert.equal(readDraft(null, { search: "", isFaulty: false }), null)
})

test("a draft goes on where it was left, without a place at the second step at most", () => {
  const resumed = (step, hasPlace) => stepToResume({ step }, hasPlace)
  assert.deepEqual(
    [undefined, "photo", "where", "what", "details"].map((step) => resumed(step, false)),
    ["", "", "where", "", ""],
  )
  assert.deepEqual(
    [undefined, "photo", "where", "what", "details"].map((step) => resumed(step, true)),
    ["", "", "where", "what", "details"],
  )
})
