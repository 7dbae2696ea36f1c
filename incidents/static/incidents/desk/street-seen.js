// Reports what an officer sees in the street by a photo and a category. The place comes from the device, the category that is
// usual there is preselected; without a connection it is queued as results are.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"
import { formatNumber } from "../../map/pins.js"
import { smallerPhoto } from "../public/photo-file.js"

const $ = (selector, root = document) => root.querySelector(selector)
const FRESH_MS = 20_000 // so old a place may be

// `keep(one)` is called with what is to be sent: { sending, seen, photos, title }.
export function setUpSeen(keep) {
  const dialog = $("#seen")
  const camera = $("#see-camera")
  const kinds = [...dialog.querySelectorAll("[name=kind]")]
  const grid = $(".kinds", dialog)
  let photo = null
  let place = null

  for (const opener of document.querySelectorAll("[data-see]")) {
    opener.addEventListener("click", (event) => {
      if (!navigator.geolocation) return // the whole form has a map
      event.preventDefault()
      findPlace()
      camera.click()
    })
  }

  camera.addEventListener("change", async () => {
    const [file] = camera.files
    camera.value = ""
    if (!file) return
    photo = await smallerPhoto(file)
    const image = $("figure img", dialog)
    URL.revokeObjectURL(image.src)
    image.src = URL.createObjectURL(photo)
    if (dialog.open) return
    $("#seen-text").value = ""
    dialog.showModal()
    $("#seen-title").focus()
  })

  $("#seen-again").addEventListener("click", () => camera.click())
  $("#seen-leave").addEventListener("click", () => dialog.close())
  $("#seen-other").addEventListener("change", ({ target }) => {
    for (const kind of kinds) kind.checked = kind.checked && !target.value
  })
  for (const kind of kinds) {
    kind.addEventListener("change", () => {
      $("#seen-other").value = ""
      grid.dataset.chosen = "yes"
    })
  }

  function findPlace() {
    place = null
    showPlace(gettext("Finding your location…"))
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        place = { lon: coords.longitude.toFixed(7), lat: coords.latitude.toFixed(7), accuracy: Math.round(coords.accuracy) }
        showPlace(interpolate(gettext("Found automatically, accurate to %s m"), [formatNumber(place.accuracy)]))
        proposeKinds()
      },
      () => showPlace(gettext("Your location could not be found."), true),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: FRESH_MS },
    )
  }

  function showPlace(words, isFault = false) {
    $("#seen-place span").textContent = words
    $("#seen-place").toggleAttribute("data-fault", isFault)
    $("#seen-map").hidden = !isFault
  }

  // What is usual at the place stands first and is chosen, unless a person has chosen by then.
  async function proposeKinds() {
    if (!navigator.onLine) return
    const address = new URL(grid.dataset.kinds, location)
    for (const [name, value] of Object.entries({ words: "", ...place })) address.searchParams.set(name, value)
    try {
      const { proposed } = await request(address)
      const order = (kind) => proposed.indexOf(kind.value) + 1 || proposed.length + 1
      const tiles = [...kinds].sort((kind, other) => order(kind) - order(other))
      grid.prepend(...tiles.map((kind) => kind.closest("label")))
      if (!grid.dataset.chosen && proposed.includes(tiles[0].value)) tiles[0].checked = true
    } catch {
      // those that the unit has most often stand there
    }
  }

  $("form", dialog).addEventListener("submit", async (event) => {
    event.preventDefault()
    const other = $("#seen-other")
    const kind = kinds.find(({ checked }) => checked)
    const category = other.value || kind?.value
    if (!place) return showPlace(gettext("Your location could not be found."), true)
    if (!category) return toast(gettext("Choose the type."))
    const title = other.value ? other.selectedOptions[0].textContent.trim() : kind.closest("label").textContent.trim()
    const sending = crypto.randomUUID()
    const seen = { ...place, category, text: $("#seen-text").value.trim(), sending }
    dialog.close()
    delete grid.dataset.chosen
    await keep({ reference: sending, seen, photos: [photo], title, where: "" })
  })
}
