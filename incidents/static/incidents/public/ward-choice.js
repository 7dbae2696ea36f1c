// The page on which somebody chooses a ward: by the place of the device, or by its name, from the list as it is typed.

const here = document.getElementById("here")
const status = document.getElementById("here-status")
if (navigator.geolocation) here.hidden = false

here.addEventListener("submit", (event) => {
  if (here.elements.lon.value) return
  event.preventDefault()
  status.textContent = gettext("Finding the location of your device …")
  navigator.geolocation.getCurrentPosition(
    ({ coords: { longitude, latitude } }) => {
      here.elements.lon.value = longitude.toFixed(6)
      here.elements.lat.value = latitude.toFixed(6)
      here.submit()
    },
    () => {
      status.textContent = gettext("Your device does not share its location. Search for the ward, or choose it from the list.")
    },
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
  )
})

const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase()
const groups = [...document.querySelectorAll("#ward-groups > section")].map((section) => ({
  section,
  title: plain(section.querySelector("h3").textContent),
  wards: [...section.querySelectorAll("li")].map((row) => ({ row, name: plain(row.textContent) })),
}))

document.getElementById("ward-words").addEventListener("input", ({ target }) => {
  const words = plain(target.value.trim())
  for (const { section, title, wards } of groups) {
    const whole = title.includes(words)
    for (const { row, name } of wards) row.hidden = !whole && !name.includes(words)
    section.hidden = wards.every(({ row }) => row.hidden)
  }
})
