import assert from "node:assert/strict"
import { test } from "node:test"
import { factsOfPhoto, placeOfPhoto } from "../../incidents/static/incidents/public/photo-file.js"
import { canWork, hex, solve } from "../../incidents/static/incidents/public/puzzle.js"

// A JPEG's head with EXIF: GPS 10°30'36" N, 106°42' E, and the time of the camera.
function photo({ side = "N", clock = "2026:11:25 14:30:00" } = {}) {
  const tiff = new DataView(new ArrayBuffer(400))
  tiff.setUint16(0, 0x4d4d)
  tiff.setUint32(4, 8)
  const field = (at, tag, kind, count, value) => {
    tiff.setUint16(at, tag)
    tiff.setUint16(at + 2, kind)
    tiff.setUint32(at + 4, count)
    tiff.setUint32(at + 8, value)
  }
  const ratios = (at, ...values) => {
    for (const [i, value] of values.entries()) {
      tiff.setUint32(at + 8 * i, value)
      tiff.setUint32(at + 8 * i + 4, 1)
    }
  }
  tiff.setUint16(8, 2)
  field(10, 0x8769, 4, 1, 50)
  field(22, 0x8825, 4, 1, 100)
  tiff.setUint16(50, 1)
  field(52, 0x9003, 2, 20, 250)
  for (const [i, letter] of [...`${clock}\0`].entries()) tiff.setUint8(250 + i, letter.charCodeAt(0))
  tiff.setUint16(100, 4)
  field(102, 1, 2, 2, side.charCodeAt(0) << 24)
  field(114, 2, 5, 3, 300)
  field(126, 3, 2, 2, "E".charCodeAt(0) << 24)
  field(138, 4, 5, 3, 330)
  ratios(300, 10, 30, 36)
  ratios(330, 106, 42, 0)
  const head = [0xff, 0xd8, 0xff, 0xe1, 0x01, 0x98, 0x45, 0x78, 0x69, 0x66, 0, 0]
  return new Blob([new Uint8Array(head), tiff.buffer])
}

test("the place and the time of a photo", async () => {
  const { lon, lat, accuracy, taken: clock } = await factsOfPhoto(photo())
  assert.deepEqual([lon, lat, accuracy], [106.7, 10.51, null])
  assert.deepEqual(clock, new Date(2026, 10, 25, 14, 30))
})

test("south of the equator degrees are negative", async () => {
  assert.equal((await placeOfPhoto(photo({ side: "S" }))).lat, -10.51)
})

test("a photo that says nothing, or breaks off, has no place", async () => {
  assert.equal(await placeOfPhoto(new Blob(["GIF89a"])), null)
  assert.equal(await placeOfPhoto(photo().slice(0, 80)), null)
  assert.equal((await factsOfPhoto(photo({ clock: "yesterday" }))).taken, null)
})

test("a puzzle is solved by the number whose hash it names", async () => {
  const challenge = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("salt737")))
  const puzzle = { algorithm: "SHA-256", challenge, salt: "salt", signature: "s", maxNumber: 1000 }
  assert.equal(canWork(), true)
  assert.equal(JSON.parse(atob(await solve(puzzle))).number, 737)
  assert.equal(await solve({ ...puzzle, maxNumber: 700 }), "")
  assert.equal(hex(new Uint8Array([0, 15, 255])), "000fff")
})
