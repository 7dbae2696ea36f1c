// Reads place and time from the EXIF of a photo, and makes a smaller JPEG without metadata.
//
//   await placeOfPhoto(file)   { lon, lat, accuracy (m or null), taken (Date or null) } from its EXIF, or null
//   await factsOfPhoto(file)   the same where it says but a part: what it does not say is null
//   await smallerPhoto(file)   a JPEG of at most 1600 pixels a side, upright, nothing of the file but its pixels; the file
//                              itself where the browser cannot draw it (HEIC): then the service does it

const LONGEST = 1600 // pixels
const QUALITY = 0.85
const HEAD_BYTES = 262_144 // EXIF stands before the picture, and is at most 64 kB
const [GPS, EXIF, TAKEN] = [0x8825, 0x8769, 0x9003]
const [LAT_SIDE, LAT, LON_SIDE, LON, ERROR_M] = [1, 2, 3, 4, 0x1f]

export async function smallerPhoto(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
    const canvas = document.createElement("canvas")
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY))
    return new File([jpeg], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified })
  } catch {
    return file
  }
}

export async function placeOfPhoto(file) {
  const facts = await factsOfPhoto(file)
  return facts.lon === null ? null : facts
}

const NOTHING = { lon: null, lat: null, accuracy: null, taken: null }

export async function factsOfPhoto(file) {
  try {
    return readFacts(new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer())) ?? NOTHING
  } catch (error) {
    if (error instanceof RangeError) return NOTHING // it is cut off, or says so of itself
    throw error
  }
}

// The segments of a JPEG one after the other, until that which holds EXIF. Each is looked at once.
function readFacts(bytes) {
  if (bytes.getUint16(0) !== 0xffd8) return null
  for (let at = 2; bytes.getUint8(at) === 0xff; at += 2 + bytes.getUint16(at + 2)) {
    const marker = bytes.getUint8(at + 1)
    if (marker === 0xda) return null // the picture begins
    if (marker === 0xe1 && bytes.getUint32(at + 4) === 0x45786966) return factsInTiff(new DataView(bytes.buffer, at + 10))
  }
  return null
}

function factsInTiff(tiff) {
  const little = tiff.getUint16(0) === 0x4949
  const head = fieldsAt(tiff, tiff.getUint32(4, little), little)
  const takenField = head.has(EXIF) ? fieldsAt(tiff, head.get(EXIF).number, little).get(TAKEN) : null
  const facts = { ...NOTHING, taken: momentOf(takenField?.text()) }
  if (!head.has(GPS)) return facts
  const gps = fieldsAt(tiff, head.get(GPS).number, little)
  const lat = degrees(gps.get(LAT), gps.get(LAT_SIDE), "S", 90)
  const lon = degrees(gps.get(LON), gps.get(LON_SIDE), "W", 180)
  if (lat === null || lon === null || (!lat && !lon)) return facts
  const accuracy = gps.get(ERROR_M)?.ratios()[0]
  return { ...facts, lon, lat, accuracy: accuracy > 0 && accuracy < 100_000 ? accuracy : null }
}

// The fields of one directory by their tags; what they point to is read when it is asked for.
function fieldsAt(tiff, start, little) {
  const fields = new Map()
  for (let n = 0, count = tiff.getUint16(start, little); n < count; n++) {
    const at = start + 2 + 12 * n
    const length = tiff.getUint32(at + 4, little)
    const number = tiff.getUint32(at + 8, little)
    fields.set(tiff.getUint16(at, little), {
      number,
      ratios: () =>
        Array.from(
          { length: Math.min(length, 3) },
          (_, i) => tiff.getUint32(number + 8 * i, little) / tiff.getUint32(number + 8 * i + 4, little),
        ),
      text: () =>
        String.fromCharCode(
          ...Array.from({ length: Math.min(length, 32) }, (_, i) => tiff.getUint8((length > 4 ? number : at + 8) + i)),
        ).replace(/\0.*$/s, ""),
    })
  }
  return fields
}

function degrees(field, side, negative, most) {
  const [whole, minutes = 0, seconds = 0] = field?.ratios() ?? []
  const value = whole + minutes / 60 + seconds / 3600
  if (!(value <= most)) return null
  return side?.text() === negative ? -value : value
}

// "2026:11:25 14:30:00" in the time of the camera, which is taken for ours.
function momentOf(text) {
  const match = text?.match(/^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/)
  if (!match) return null
  const [year, month, ...rest] = match.slice(1).map(Number)
  return new Date(year, month - 1, ...rest)
}
