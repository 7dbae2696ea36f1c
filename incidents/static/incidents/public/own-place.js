// Fills the fields lon and lat of a form with the place of this device, on a press of [data-here]; [data-here-said] says so.

const button = document.querySelector("[data-here]")
const placeLine = document.querySelector("[data-here-said]")
const form = button.closest("form")

if ("geolocation" in navigator) button.hidden = false
button.addEventListener("click", () => {
  placeLine.textContent = gettext("Finding the location …")
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lon.value = coords.longitude.toFixed(5)
      form.elements.lat.value = coords.latitude.toFixed(5)
      form.elements.where.value = ""
      form.querySelector("[name=what][value=circle]").checked = true
      placeLine.textContent = gettext("Here, at your location")
    },
    () => (placeLine.textContent = gettext("This device does not share its location.")),
    { enableHighAccuracy: true, timeout: 15_000 },
  )
})
form.elements.where.addEventListener("input", () => {
  form.elements.lon.value = ""
  form.elements.lat.value = ""
  placeLine.textContent = ""
})
