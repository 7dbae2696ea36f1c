// The place of the device for the report in two steps; without it people write the place.
const form = document.querySelector("main form")
const button = form?.querySelector("#locate")
const words = form?.querySelector("#located")

function keepPosition({ coords }) {
  form.elements.lon.value = coords.longitude.toFixed(6)
  form.elements.lat.value = coords.latitude.toFixed(6)
  form.elements.accuracy.value = String(Math.round(coords.accuracy))
  words.textContent = button.dataset.found
}

function forgetPosition() {
  for (const name of ["lon", "lat", "accuracy"]) form.elements[name].value = ""
}

if (button && "geolocation" in navigator) {
  button.hidden = false
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      keepPosition,
      () => {
        words.textContent = button.dataset.missing
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    )
  })
  form.elements.where.addEventListener("input", () => {
    forgetPosition()
    words.textContent = ""
  })
}
