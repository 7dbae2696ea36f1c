// Checks place and time of a result's photo before it is sent, also offline, by the rules of incidents/result_checks.py; the page
// brings its limits.
//
//   const own = findOwnPlace()                   a promise of { own_lon, own_lat, own_accuracy }, empty where it is not known
//   await factsToSend(file)                      what is sent with a photo: whether it was taken just now, and what it says
//   remarksOn(row, facts, limits)                a sentence for each thing; `row`: the dataset of the incident's line

import { factsOfPhoto } from "../public/photo-file.js"
import { formatNumber } from "../../map/pins.js"

const JUST_NOW_MS = 120_000 // so old the file of a photo is at most that the camera has made just now

export function findOwnPlace() {
  if (!navigator.geolocation) return Promise.resolve({})
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude, accuracy } }) =>
        resolve({ own_lon: longitude.toFixed(6), own_lat: latitude.toFixed(6), own_accuracy: Math.round(accuracy) }),
      () => resolve({}),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    ),
  )
}

export async function factsToSend(file) {
  const { lon, lat, taken: takenAt } = await factsOfPhoto(file)
  const facts = { live: Date.now() - file.lastModified < JUST_NOW_MS ? 1 : 0 }
  if (lon !== null) Object.assign(facts, { photo_lon: lon.toFixed(6), photo_lat: lat.toFixed(6) })
  if (takenAt) facts.photo_at = takenAt.getTime()
  return facts
}

export function remarksOn(row, facts, limits) {
  const placed = facts.own_lon !== undefined && facts.own_accuracy <= limits.vague_m
  const remarks = []
  const far =
    facts.photo_lon !== undefined
      ? metresTo(row, facts.photo_lon, facts.photo_lat)
      : placed
        ? metresTo(row, facts.own_lon, facts.own_lat)
        : null
  const slack = facts.photo_lon !== undefined ? 0 : Math.min(facts.own_accuracy, limits.slack_m)
  const allowed = limits.near_m + Math.min(Number(row.accuracy) || 0, limits.report_slack_m) + slack
  if (far > allowed) remarks.push(interpolate(gettext("%s m from the location."), [formatNumber(Math.round(far / 10) * 10)]))
  if (far === null) remarks.push(gettext("Your location is not known."))
  const oldest = Math.max(Date.parse(row.received), facts.pressed_at - limits.fresh_ms) - limits.clock_ms
  if (facts.photo_at && (facts.photo_at < oldest || facts.photo_at > facts.pressed_at + limits.clock_ms))
    remarks.push(gettext("The photo was taken at another time."))
  else if (!facts.live && !(facts.photo_at && (facts.photo_lon !== undefined || placed)))
    remarks.push(gettext("The photo was not taken just now."))
  return remarks
}

function metresTo({ lon, lat }, ownLon, ownLat) {
  const [lonA, latA, lonB, latB] = [lon, lat, ownLon, ownLat].map((degrees) => (Number(degrees) * Math.PI) / 180)
  const half = Math.sin((latB - latA) / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin((lonB - lonA) / 2) ** 2
  return 2 * 6_371_000 * Math.asin(Math.sqrt(Math.min(half, 1)))
}
