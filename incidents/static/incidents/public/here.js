// A button that puts where the person stands into the fields lon and lat of its form: [data-here], [data-here-said].

const button = document.querySelector("[data-here]")
const said = document.querySelector("[data-here-said]")
const form = button.closest("form")

if ("geolocation" in navigator) button.hidden = false
button.addEventListener("click", () => {
  said.textContent = gettext("Looking for the place …")
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lon.value = coords.longitude.toFixed(5)
      form.elements.lat.value = coords.latitude.toFixed(5)
      form.elements.where.value = ""
      form.querySelector("[name=what][value=circle]").checked = true
      said.textContent = gettext("Here, where you stand")
    },
    () => (said.textContent = gettext("This device does not say where it is.")),
    { enableHighAccuracy: true, timeout: 15_000 },
  )
})
form.elements.where.addEventListener("input", () => {
  form.elements.lon.value = ""
  form.elements.lat.value = ""
  said.textContent = ""
})
