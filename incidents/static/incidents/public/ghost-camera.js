// The live picture of the device's camera with a photo before over it, 45 % clear, adjustable.
//
//   await openLens(dialog, { lon, lat })   a JPEG file; null where none was taken; "refused" where the camera is not allowed
//
// How far away the device is and how it has turned since the camera opened is said in words: not more often than each
// second, so that it can be listened to.

const WORDS_MS = 1000
const QUALITY = 0.9

export async function openLens(dialog, place) {
  const video = dialog.querySelector("video")
  const ghost = dialog.querySelector(".ghost")
  let stream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1600 } } })
  } catch {
    return "refused"
  }
  video.srcObject = stream
  dialog.showModal()
  video.play().catch(() => {}) // it may wait long for its first picture; closing the camera ends it
  const fade = dialog.querySelector("input[type=range]")
  const onFade = () => ghost?.style.setProperty("opacity", String(Number(fade.value) / 100))
  fade?.addEventListener("input", onFade)
  const stopWords = tellPlace(dialog.querySelector("[role=status]"), place)
  const file = await new Promise((resolve) => {
    dialog.querySelector(".shutter").onclick = () => {
      if (video.videoWidth) resolve(takePicture(video))
    }
    for (const id of ["lens-close", "lens-skip"]) dialog.querySelector(`#${id}`).onclick = () => resolve(null)
    dialog.oncancel = () => resolve(null)
  })
  stopWords()
  fade?.removeEventListener("input", onFade)
  for (const track of stream.getTracks()) track.stop()
  video.srcObject = null
  dialog.close()
  return file
}

async function takePicture(video) {
  const canvas = document.createElement("canvas")
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext("2d").drawImage(video, 0, 0)
  const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY))
  return new File([jpeg], "now.jpg", { type: "image/jpeg" })
}

function tellPlace(line, place) {
  const state = { metres: null, facing: null, toward: null }
  const say = () => {
    const words = [distanceWords(state.metres), turnWords(state.facing, state.toward)].filter(Boolean).join(", ")
    if (words && line.textContent !== words) line.textContent = words
  }
  const timer = setInterval(say, WORDS_MS)
  const watch = navigator.geolocation?.watchPosition(
    ({ coords }) => Object.assign(state, way(coords.longitude, coords.latitude, place)),
    () => {},
    { enableHighAccuracy: true },
  )
  const onTurn = (event) => {
    const compass = event.webkitCompassHeading ?? (event.absolute && event.alpha !== null ? 360 - event.alpha : null)
    state.facing = compass
  }
  addEventListener("deviceorientationabsolute", onTurn)
  addEventListener("deviceorientation", onTurn)
  return () => {
    clearInterval(timer)
    if (watch !== undefined) navigator.geolocation.clearWatch(watch)
    removeEventListener("deviceorientationabsolute", onTurn)
    removeEventListener("deviceorientation", onTurn)
  }
}

function way(lon, lat, place) {
  const east = (place.lon - lon) * Math.cos((lat * Math.PI) / 180)
  const north = place.lat - lat
  return { metres: Math.hypot(east, north) * 111_195, toward: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360 }
}

function distanceWords(metres) {
  if (metres === null) return ""
  return interpolate(gettext("%(metres)s m from the place"), { metres: Math.round(metres) }, true)
}

function turnWords(facing, toward) {
  if (facing === null || toward === null) return ""
  const turn = ((toward - facing + 540) % 360) - 180
  if (Math.abs(turn) < 10) return gettext("you are facing it")
  const words = turn < 0 ? gettext("turn left by %(degrees)s°") : gettext("turn right by %(degrees)s°")
  return interpolate(words, { degrees: Math.round(Math.abs(turn)) }, true)
}
