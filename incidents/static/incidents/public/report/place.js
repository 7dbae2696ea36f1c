// The step "where": the pin, the words for its place, the address, and where the device stands.
//
//   page.place = createPlace(page)
//   place.begin()        asks the device once where it is, when the step is first shown
//   place.confirm()      leads on where the place lies in the city
//   place.offer(photo)   puts the pin where a photo was taken, unless somebody has put it somewhere
//   place.showFields()   puts the pin where the fields of the form say
//   place.inWords()      the place in words, "" before it is known
//   `page.state.place` is { lon, lat, accuracy, ward, note, answer, fromPhoto } once somebody has said where it is.

import { Failed, request } from "../../../look/request.js"
import { addressSearch } from "../../../map/address-search.js"
import { devicePosition } from "../device-position.js"
import { wardOf } from "../outlines.js"
import { pinMap } from "../pin.js"
import { EXACT_METRES, photoIsForeign, VAGUE_METRES, zoomOf, zoomOfDevice } from "./rules.js"

const DESCRIBE_AFTER_MS = 800 // after the pin has come to rest

export function createPlace(page) {
  const { flow, field, state } = page
  const placeText = document.querySelector("#answer [data-said]")
  const placeHint = document.querySelector("#answer [data-more]")
  const otherPlace = document.querySelector("#answer [data-other-place]") // a press leads to another place than the pin's
  const address = field("where")
  const pin = pinMap(document.getElementById("pin-map"), pinMoved, cancelWords)
  let wordsTimer
  let wordsRequest
  let wasAsked = false // whether the device was asked by itself
  let lastInside = null // the last place of the pin in the city

  function pinMoved(place) {
    state.place = place
    field("lon").value = place.lon.toFixed(7)
    field("lat").value = place.lat.toFixed(7)
    field("accuracy").value = place.accuracy ? Math.round(place.accuracy) : ""
    field("area").value = place.ward ?? ""
    page.steps.showFaults("where")
    offerOther(null)
    clearTimeout(wordsTimer)
    wordsTimer = setTimeout(() => describe().catch(() => {}), DESCRIBE_AFTER_MS)
    page.draft.save()
  }

  // Longer words would make the map smaller under the finger.
  function cancelWords() {
    clearTimeout(wordsTimer)
    wordsRequest?.abort()
  }

  async function describe() {
    cancelWords()
    const { place } = state
    wordsRequest = new AbortController()
    const { signal } = wordsRequest
    let answer
    try {
      answer = await request(`${flow.dataset.here}?lon=${field("lon").value}&lat=${field("lat").value}`, { signal })
    } catch (error) {
      if (!(error instanceof Failed) || error.status) throw error
      answer = await describeOffline(place)
    }
    if (place !== state.place) return describe()
    place.answer = answer
    document.getElementById("answer").classList.toggle("refused", !answer.inside)
    placeText.textContent = answer.said
    placeHint.textContent = answer.inside
      ? [accuracyWords(place), waterWords(answer), place.note, answer.border || gettext("Drag the map if this is not the place.")]
          .filter(Boolean)
          .join(" ")
      : ""
    if (place.other) offerOther(place.other)
    if (!answer.inside) offerOther({ words: gettext("Back to the city"), go: goBack })
    if (answer.inside) {
      lastInside = place
      if (answer.code) pin.lightWard(answer.code).catch(() => {}) // no connection: it stays dark
      page.category.offer(answer.served ? new Set(answer.served) : null)
      page.category.suggest()
    }
    return answer
  }

  // The ward by the stored outlines; the service looks again when the report is sent.
  async function describeOffline({ lon, lat }) {
    const ward = await wardOf(flow.dataset.outlines, lon, lat)
    if (ward && !ward.inside) return { inside: false, said: gettext("This place is outside the city. Move the pin inside it.") }
    const border = gettext("No connection: the place will be found when the report is sent.")
    return { inside: true, said: ward?.title || `${lat.toFixed(5)}, ${lon.toFixed(5)}`, code: ward?.code, border, served: null }
  }

  // { words, go }: a button that leads to another place; null takes it away.
  function offerOther(other) {
    otherPlace.hidden = !other
    otherPlace.textContent = other?.words ?? ""
    otherPlace.onclick = other?.go ?? null
  }

  // To the last place in the city, else to where its map begins.
  function goBack() {
    if (lastInside) pin.move({ ...lastInside, zoom: 16 })
    else {
      pin.home()
      pin.takeMiddle()
    }
    pin.focus()
  }

  const waterWords = ({ water }) => (water ? gettext("The pin is in the water. If it is on the bank or the street, move it there.") : "")

  const vagueWords = (accuracy) =>
    accuracy >= VAGUE_METRES
      ? interpolate(gettext("Your device is only accurate to %s. Drag the map to the right place."), [lengthWords(accuracy)])
      : ""

  const lengthWords = (metres) =>
    metres < 950
      ? interpolate(gettext("about %s m"), [Math.round(metres)])
      : interpolate(gettext("about %s km"), [(metres / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })])

  const accuracyWords = ({ accuracy }) =>
    accuracy && accuracy < VAGUE_METRES
      ? interpolate(gettext("Accurate to about %(metres)s m."), { metres: Math.round(accuracy) }, true)
      : ""

  async function confirm() {
    if (!state.place) pin.takeMiddle()
    if (pin.tooFar()) {
      state.place.note = gettext("Zoom in: put the pin exactly on the place, then confirm it.")
      return void (placeHint.textContent = state.place.note)
    }
    try {
      const answer = state.place.answer ?? (await describe())
      answer.inside ? page.steps.go("what") : page.steps.showFaults("where", answer.said)
    } catch (error) {
      if (error.name !== "AbortError") page.steps.showFaults("where", error.message)
    }
  }

  // Where the address is vague the pin says so, and what to do.
  function goToCandidate({ lon, lat, accuracy_m: accuracy, ward, note }) {
    pin.move({ lon, lat, accuracy, ward, zoom: zoomOf(accuracy) })
    const advice = accuracy < EXACT_METRES ? "" : gettext("Move the pin to the exact place.")
    state.place.note = [note, advice].filter(Boolean).join(" ")
    pin.focus()
  }

  // By itself it says nothing of a refusal, and leaves a pin that somebody has put meanwhile, and the map where the device is
  // elsewhere than in the city.
  async function begin() {
    pin.refresh()
    if ((state.place && !state.place.fromPhoto) || wasAsked) return
    wasAsked = true
    const photo = state.place
    try {
      const { longitude: lon, latitude: lat, accuracy } = await devicePosition()
      if (photo && !photoIsForeign(photo, { lon, lat, accuracy })) return
      const answer = await request(`${flow.dataset.here}?lon=${lon}&lat=${lat}`).catch(() => describeOffline({ lon, lat }))
      if (state.place !== photo || !answer.inside) return
      moveToDevice({ lon, lat, accuracy })
      if (photo) keepPhotoPlace(photo)
    } catch {
      // The map and the address remain.
    }
  }

  function moveToDevice({ lon, lat, accuracy }) {
    pin.move({ lon, lat, accuracy, zoom: zoomOfDevice(accuracy) })
    state.place.note = vagueWords(accuracy)
  }

  // The photo was taken elsewhere than where its sender stands: its place is one press away.
  function keepPhotoPlace(photo) {
    state.place.note = gettext("The photo was taken elsewhere; the pin is at your location.")
    state.place.other = {
      words: gettext("Use the location of the photo"),
      go: () => {
        pin.move({ lon: photo.lon, lat: photo.lat, accuracy: photo.accuracy, zoom: 18 })
        setFromPhoto(photo.note)
      },
    }
  }

  const stand = flow.querySelector("[data-stand]")
  stand.addEventListener("click", async () => {
    placeHint.textContent = gettext("Finding your location …")
    stand.setAttribute("aria-busy", "true")
    try {
      const { longitude: lon, latitude: lat, accuracy } = await devicePosition()
      moveToDevice({ lon, lat, accuracy })
    } catch {
      placeHint.textContent = ""
      page.steps.showFaults("where", gettext("Your device does not share its location. Enter an address or a ward, or move the map."))
    }
    stand.removeAttribute("aria-busy")
  })

  document.getElementById("candidates").replaceChildren() // the answer for pages without scripts
  address.addEventListener("input", () => page.steps.showFaults("where"))
  addressSearch(address, {
    list: document.getElementById("places"),
    say: document.getElementById("places-said"),
    near: () => pin.middle(),
    choose: goToCandidate,
  })

  function offer({ lon, lat, accuracy, taken: photoTime }) {
    if (state.place && !state.place.fromPhoto) return
    pin.move({ lon, lat, accuracy, zoom: 18 })
    // A photo names no time zone: its clock is shown as it is.
    const clock = photoTime?.toLocaleString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
      day: "2-digit",
      month: "2-digit",
    })
    setFromPhoto(clock ? interpolate(gettext("Location taken from the photo of %s."), [clock]) : gettext("Location taken from the photo."))
  }

  function setFromPhoto(note) {
    Object.assign(state.place, { fromPhoto: true, note })
  }

  function showFields() {
    if (!field("lon").value || !field("lat").value) return
    pin.move({
      lon: Number(field("lon").value),
      lat: Number(field("lat").value),
      accuracy: Number(field("accuracy").value) || null,
      ward: field("area").value,
      zoom: 17,
    })
  }

  return { begin, confirm, offer, setFromPhoto, showFields, inWords: () => state.place?.answer?.said ?? address.value }
}
