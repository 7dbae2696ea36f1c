// Rules of the report form that need no page: kinds of files, zoom levels, the text's limit, matches of a search, and drafts.

export const STEP_NUMBERS = { photo: 1, where: 2, what: 3, details: 4 }
export const EXACT_METRES = 60 // an address known less well wants the pin moved
const ZOOMS = [
  [EXACT_METRES, 18],
  [150, 17],
  [400, 16],
]
const DEVICE_ZOOMS = [
  [EXACT_METRES, 18],
  [150, 17],
  [400, 16],
  [800, 15],
  [1600, 14],
  [3200, 13],
]
export const VAGUE_METRES = 400 // a device that knows its place no better is said not to
const GOOD_GPS_METRES = 50
const FOREIGN_METRES = 500
const METRES_PER_DEGREE = 111_320
const IMAGE = /^image\/|\.(jpe?g|png|webp|gif|hei[cf])$/i
const VIDEO = /^video\/|\.(mp4|m4v|mov|webm|3gp)$/i
const PLACE_FIELDS = ["sending", "lon", "lat", "accuracy", "area"]
const NEARLY_FULL = 0.8 // from this share of its limit on a text says how much is left

export const isVideo = ({ type, name }) => VIDEO.test(type) || VIDEO.test(name)
export const isImage = ({ type, name }) => IMAGE.test(type) || IMAGE.test(name)
export const keyOf = ({ name, size, lastModified }) => `${name} ${size} ${lastModified}`

// The zoom at which a place of this accuracy, in metres, is seen whole.
export const zoomOf = (accuracy) => ZOOMS.find(([below]) => accuracy < below)?.[1] ?? 15

// The zoom at which a device's place of this accuracy is seen whole: a device may know it to kilometres only.
export const zoomOfDevice = (accuracy) => DEVICE_ZOOMS.find(([below]) => accuracy < below)?.[1] ?? 12

// Whether the place where a photo was taken gives way to that of the device: it is known well, and far from there.
export function photoIsForeign(photo, device) {
  if (device.accuracy > GOOD_GPS_METRES) return false
  const east = (photo.lon - device.lon) * Math.cos((device.lat * Math.PI) / 180)
  const metres = Math.hypot(east, photo.lat - device.lat) * METRES_PER_DEGREE
  return metres > FOREIGN_METRES + (photo.accuracy ?? 0)
}

// Fields of the last step that are typed, by the table of which step asks for which field.
export const typedFields = (stepOfField) => Object.keys(stepOfField).filter((name) => stepOfField[name] === "details" && name !== "join")

// Whether a category is offered: it is served at the place, and suggested for the words or has each of them.
export function isOffered({ code, text }, { served, suggested, sought }) {
  if (served && !served.has(code)) return false
  return suggested.has(code) || sought.every((word) => text.includes(word))
}

// { over: characters too many } or { left: characters } near the limit; {} before that.
export function lengthOf(text, limit) {
  const length = [...text.trim()].length
  if (length > limit) return { over: length - limit }
  return length > limit * NEARLY_FULL ? { left: limit - length } : {}
}

// The names of the fields that a draft holds.
export const draftFields = (stepOfField) => [...PLACE_FIELDS, ...typedFields(stepOfField)]

// A draft is restored neither over an address that names a place nor over a form that comes back with faults.
export function readDraft(stored, { search, isFaulty }) {
  return (!search && !isFaulty && JSON.parse(stored ?? "null")) || null
}

// The step that an address asks for with ?step=, whose form is filled in already.
export const stepOfAddress = (search) => ({ step: new URLSearchParams(search).get("step") ?? "" })

// The step at which a draft goes on: without a place none after the second, and none that there is not.
export function stepToResume({ step }, hasPlace) {
  if (step && !(step in STEP_NUMBERS)) return ""
  if (!step || step === "photo") return ""
  return step === "where" || hasPlace ? step : ""
}
