// The question “Is it gone?”: where the device is, and the camera with the photo before over its picture.

import { smallerPhoto } from "./photo-file.js"
import { openLens } from "./ghost-camera.js"

const form = document.getElementById("is-it-gone")
if (form) watchPlace(form)
if (form) preparePhoto(form)

function watchPlace(form) {
  const distanceLine = document.getElementById("own-distance")
  if (!("geolocation" in navigator)) return
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.own_lon.value = coords.longitude.toFixed(6)
      form.elements.own_lat.value = coords.latitude.toFixed(6)
      form.elements.own_accuracy.value = Math.round(coords.accuracy)
      const metres = metresApart(coords.longitude, coords.latitude, Number(form.dataset.lon), Number(form.dataset.lat))
      distanceLine.textContent = interpolate(gettext("You are %(metres)s from it."), { metres: distanceInWords(metres) }, true)
    },
    () => {
      if ("needsPlace" in form.dataset) distanceLine.textContent = gettext("Your device does not share its location.")
    },
    { enableHighAccuracy: true, timeout: 15_000 },
  )
}

function preparePhoto(form) {
  const input = form.elements.photos
  const photoLine = document.getElementById("photo-taken")
  const button = document.getElementById("open-lens")
  input.classList.replace("input", "sr") // a browser names it in its own language
  document.getElementById("choose-photo").hidden = false
  const setFile = (file) => {
    const files = new DataTransfer()
    files.items.add(file)
    input.files = files.files
    photoLine.textContent = gettext("Photo taken: it is sent with your answer.")
  }
  input.addEventListener("change", async () => {
    if (input.files[0]) setFile(await smallerPhoto(input.files[0]))
  })
  if (!navigator.mediaDevices?.getUserMedia) return
  button.hidden = false
  button.addEventListener("click", async () => {
    const place = { lon: Number(form.dataset.lon), lat: Number(form.dataset.lat) }
    const file = await openLens(document.getElementById("lens"), place)
    if (file === "refused") {
      photoLine.textContent = gettext("The camera is not allowed here: choose a photo instead.")
      input.focus()
    } else if (file) {
      setFile(file)
      form.querySelector("[name=word]").focus()
    }
  })
}

function metresApart(lon, lat, otherLon, otherLat) {
  const east = (otherLon - lon) * Math.cos((lat * Math.PI) / 180)
  return Math.hypot(east, otherLat - lat) * 111_195
}

function distanceInWords(metres) {
  return metres < 1000 ? `${Math.round(metres / 10) * 10 || Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`
}
