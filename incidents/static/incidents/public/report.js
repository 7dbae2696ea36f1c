// The report form with scripts: one question on the screen at a time. It works without scripts as one page.

import { Failed, request } from "../../look/request.js"
import { addressSearch } from "../../map/address-search.js"
import { orderNumbers, showDanger, watchDanger } from "./danger.js"
import { draftPhotos, keepDraftPhotos } from "./draft-photos.js"
import { wardOf } from "./outlines.js"
import { placeOfPhoto, smallerPhoto } from "./photo-file.js"
import { pinMap } from "./pin.js"
import { canWork, solve } from "./puzzle.js"
import { dropReport, keepReport, keptReports, Refused, sendWaiting, uploadPhotos, fieldValue } from "./waiting.js"
import { faultsOf, showWaiting } from "./waiting-list.js"

const flow = document.querySelector(".flow")
const form = flow.querySelector("main form")
const field = (name) => form.elements.namedItem(name)
const STEP_NUMBER = { photo: 1, where: 2, what: 3, details: 4 }
const STEP_OF = JSON.parse(form.dataset.steps) // the step that asks for a field, by its name
const TYPED = Object.keys(STEP_OF).filter((name) => STEP_OF[name] === "details" && name !== "join")
const EXACT_METRES = 60 // metres: an address known less well wants the pin moved
const IMAGE = /^image\/|\.(jpe?g|png|webp|gif|hei[cf])$/i
const VIDEO = /^video\/|\.(mp4|m4v|mov|webm|3gp)$/i
const METADATA_MS = 4000 // a browser that has not said by then how long a video is does not know it
const OVER = 0.99

// ---- one step at a time ----

const currentStep = () => form.querySelector(".step.now").dataset.step

function showStep(name, { focus = true } = {}) {
  for (const step of form.querySelectorAll(".step")) step.classList.toggle("now", step.dataset.step === name)
  flow.dataset.step = name
  const number = STEP_NUMBER[name]
  flow.querySelectorAll(".steps li").forEach((bar, index) => bar.toggleAttribute("data-done", index < number))
  flow.querySelector("[data-count]").textContent = " · " + interpolate(gettext("step %(number)s of 4"), { number }, true)
  if (name === "where") beginWhere()
  if (name === "details") showGathered()
  scrollTo(0, 0)
  if (focus) form.querySelector(".step.now h2").focus({ preventScroll: true })
  saveDraft()
}

function goToStep(name) {
  history.pushState({ step: name }, "")
  showStep(name)
}

addEventListener("popstate", ({ state }) => state?.step in STEP_NUMBER && showStep(state.step))
flow.querySelector("[data-back]").addEventListener("click", (event) => {
  if (currentStep() === "photo") return
  event.preventDefault()
  history.back()
})

// ---- faults stand beside their fields ----

function showFaults(name, ...messages) {
  const place = form.querySelector(`[data-fault="${name}"]`)
  if (!place) return
  place.replaceChildren(
    ...messages.map((words) => {
      const line = document.createElement("p")
      line.className = "error"
      line.append(icon("i-alert"), Object.assign(document.createElement("span"), { textContent: words }))
      return line
    }),
  )
  for (const input of form.querySelectorAll(`input[aria-describedby~="${name}-fault"], textarea[aria-describedby~="${name}-fault"]`))
    messages.length ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid")
}

// The questions of a category are fields of the last step.
const stepOf = (name) => STEP_OF[name] ?? "details"
const fieldNames = () => [
  ...Object.keys(STEP_OF),
  ...[...form.querySelectorAll("#questions [data-fault]")].map((place) => place.dataset.fault),
]
const faultyFields = () => fieldNames().filter((name) => form.querySelector(`[data-fault="${name}"] .error`))

function icon(name, size = "") {
  const drawn = flow.querySelector(".icon").cloneNode(true)
  drawn.setAttribute("class", `icon ${size}`)
  const use = drawn.querySelector("use")
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`))
  return drawn
}

function focusFirstFault() {
  const [first] = faultyFields()
  if (!first) return
  backToDetails = first === "photos" && currentStep() === "details"
  if (currentStep() !== stepOf(first)) goToStep(stepOf(first))
  const at =
    first === "photos"
      ? form.querySelector("[data-camera]:not([hidden]), .photos .remove")
      : form.querySelector(`[data-fault="${first}"]`).parentElement.querySelector("input, textarea, button")
  at?.focus()
}

document.getElementById("summary").addEventListener("click", (event) => {
  const target = event.target.closest("a") && document.querySelector(event.target.closest("a").hash)
  if (!target) return
  event.preventDefault()
  const step = target.closest(".step").dataset.step
  if (currentStep() !== step) goToStep(step)
  target.focus()
})

// ---- where ----

const placeText = document.querySelector("#answer [data-said]")
const placeHint = document.querySelector("#answer [data-more]")
let place = null // {lon, lat, accuracy, found} once somebody has said where it is
let speaking
let asking

const pin = pinMap(document.getElementById("pin-map"), placeMoved, waitWithWords)

function placeMoved(moved) {
  place = moved
  field("lon").value = moved.lon.toFixed(7)
  field("lat").value = moved.lat.toFixed(7)
  field("accuracy").value = moved.accuracy ? Math.round(moved.accuracy) : ""
  field("area").value = moved.ward ?? ""
  showFaults("where")
  clearTimeout(speaking)
  speaking = setTimeout(() => describePlace().catch(() => {}), 800)
  saveDraft()
}

// Longer words would make the map smaller under the finger.
function waitWithWords() {
  clearTimeout(speaking)
  asking?.abort()
}

async function describePlace() {
  clearTimeout(speaking)
  const asked = place
  asking?.abort()
  asking = new AbortController()
  let found
  try {
    found = await request(`${flow.dataset.here}?lon=${field("lon").value}&lat=${field("lat").value}`, { signal: asking.signal })
  } catch (error) {
    if (!(error instanceof Failed) || error.status) throw error
    found = await describeWithoutConnection(asked)
  }
  if (asked !== place) return describePlace()
  place.found = found
  document.getElementById("answer").classList.toggle("refused", !found.inside)
  placeText.textContent = found.said
  placeHint.textContent = found.inside
    ? [accuracyWords(), place.note, found.border || gettext("Drag the map if this is not the place.")].filter(Boolean).join(" ")
    : ""
  if (found.inside) {
    if (found.code) pin.lightWard(found.code).catch(() => {}) // no connection: it stays dark
    offerCategories(found.served ? new Set(found.served) : null)
    askForKinds()
  }
  return found
}

// Nobody can be asked: the outlines kept here say the ward, and the service looks again when it is sent.
async function describeWithoutConnection({ lon, lat }) {
  const ward = await wardOf(flow.dataset.outlines, lon, lat)
  if (ward && !ward.inside) return { inside: false, said: gettext("This place lies outside the city. Move the pin into it.") }
  const border = gettext("No connection: the place is looked up when it is sent.")
  return { inside: true, said: ward?.title || `${lat.toFixed(5)}, ${lon.toFixed(5)}`, code: ward?.code, border, served: null }
}

function accuracyWords() {
  return place.accuracy ? interpolate(gettext("Located within about %(metres)s m."), { metres: Math.round(place.accuracy) }, true) : ""
}

async function confirmPlace() {
  if (!place) pin.takeMiddle()
  if (pin.tooFar()) {
    place.note = gettext("Look closer: put the pin exactly on the place, then confirm it.")
    return void (placeHint.textContent = place.note)
  }
  try {
    const found = place.found ?? (await describePlace())
    found.inside ? goToStep("what") : showFaults("where", found.said)
  } catch (error) {
    if (error.name !== "AbortError") showFaults("where", error.message)
  }
}

const where = field("where")
document.getElementById("candidates").replaceChildren() // the answer for pages without scripts
where.addEventListener("input", () => showFaults("where"))
addressSearch(where, {
  list: document.getElementById("places"),
  say: document.getElementById("places-said"),
  near: () => pin.middle(),
  choose: goToCandidate,
})

// The pin goes where the address is. Where that is vague it says so, and what to do.
function goToCandidate({ lon, lat, accuracy_m: accuracy, ward, note }) {
  pin.move({ lon, lat, accuracy, ward, zoom: accuracy < EXACT_METRES ? 18 : accuracy < 150 ? 17 : accuracy < 400 ? 16 : 15 })
  place.note = [note, accuracy < EXACT_METRES ? "" : gettext("Move the pin to the exact place.")].filter(Boolean).join(" ")
  pin.focus()
}

// Where the device stands: asked for by a button, and once by itself, where nothing else says where it is.
const stand = flow.querySelector("[data-stand]")
const RIGHTS = { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 }
const position = () =>
  navigator.geolocation
    ? new Promise((found, failed) => navigator.geolocation.getCurrentPosition(({ coords }) => found(coords), failed, RIGHTS))
    : Promise.reject(new Error("no geolocation"))

stand.addEventListener("click", async () => {
  placeHint.textContent = gettext("Looking for you …")
  stand.setAttribute("aria-busy", "true")
  try {
    const { longitude: lon, latitude: lat, accuracy } = await position()
    pin.move({ lon, lat, accuracy, zoom: 18 })
  } catch {
    placeHint.textContent = ""
    showFaults("where", gettext("The device does not tell where you are. Type an address or a ward, or move the map."))
  }
  stand.removeAttribute("aria-busy")
})

// Asked for by itself it says nothing of a refusal, and leaves a pin that somebody has put meanwhile, and the map where the
// device is elsewhere than in the city.
let askedPosition = false
async function beginWhere() {
  pin.refresh()
  if (place || askedPosition) return
  askedPosition = true
  try {
    const { longitude: lon, latitude: lat, accuracy } = await position()
    const known = await request(`${flow.dataset.here}?lon=${lon}&lat=${lat}`).catch(() => describeWithoutConnection({ lon, lat }))
    if (!place && known.inside) pin.move({ lon, lat, accuracy, zoom: 18 })
  } catch {
    // The map and the address are there.
  }
}

// ---- what ----

const labels = [...form.querySelectorAll("label[data-code]")]
const all = document.getElementById("all")
const words = document.getElementById("words")
const foldText = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/đ/g, "d")
    .replace(/[^\p{L}\p{N}\/]+/gu, " ")
    .trim()
let served = null

function offerCategories(codes) {
  served = codes
  if (codes) for (const label of labels) if (!codes.has(label.dataset.code)) label.querySelector("input").checked = false
  filterCategories()
  markCategory()
}

// The server is asked what the words may be about, and what is usual at the place.
let suggested = new Set()
let kindsTimer = 0
let kindsOf = ""
function askForKinds() {
  clearTimeout(kindsTimer)
  const said = words.value.trim()
  const asked = new URLSearchParams({
    words: said.includes(" ") ? said.slice(0, 300) : "",
    lon: field("lon").value,
    lat: field("lat").value,
  })
  if (asked.toString() === kindsOf) return
  kindsOf = asked.toString()
  suggested = new Set()
  offerEnquiry("", "")
  const ask = async () => {
    const response = await fetch(`${flow.dataset.kinds}?${asked}`).catch(() => null)
    if (!response?.ok || asked.toString() !== kindsOf) return
    const found = await response.json()
    suggested = new Set(found.codes)
    offerEnquiry(found.enquiry, said)
    offerProposals(found.proposed, asked.get("words"))
    filterCategories()
  }
  kindsTimer = setTimeout(ask, said ? 300 : 0)
}

const proposed = document.getElementById("proposed")
function offerProposals(codes, said) {
  const offered = codes.map((code) => labels.find((label) => label.dataset.code === code)).filter(Boolean)
  document.getElementById("proposed-head").textContent = said
    ? gettext("Guessed from your words and this place:")
    : gettext("Often reported around here:")
  proposed.lastElementChild.replaceChildren(...offered.map(proposal))
  proposed.hidden = !offered.length
  markCategory()
}

// A guess sends nothing by itself: it chooses a kind.
function proposal(label) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button" })
  made.dataset.kind = label.dataset.code
  const use = label.querySelector("use") ?? label.closest(".field-group").querySelector("h3 use")
  made.append(icon(use.getAttribute("href").split("#")[1]), label.textContent.trim())
  made.addEventListener("click", () => {
    label.querySelector("input").checked = true
    label.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }))
  })
  return made
}

// A question, thanks or a complaint about staff needs no place: the words go along to its own form.
function offerEnquiry(kind, said) {
  const offer = document.getElementById("enquiry")
  offer.hidden = !kind
  if (kind) offer.querySelector("a").search = new URLSearchParams({ kind, text: said })
}

function filterCategories() {
  const sought = foldText(words.value).split(" ").filter(Boolean)
  let shown = 0
  for (const label of labels) {
    const text = `${label.dataset.words} ${foldText(label.textContent)}`
    const fits = suggested.has(label.dataset.code) || sought.every((word) => text.includes(word))
    label.hidden = (served && !served.has(label.dataset.code)) || !fits
    shown += !label.hidden
  }
  for (const group of form.querySelectorAll(".field-group, .kinds"))
    group.hidden = ![...group.querySelectorAll("label")].some((label) => !label.hidden)
  const head = form.querySelector(".kinds-head")
  if (head) head.hidden = sought.length > 0
  if (sought.length) all.open = true
  document.getElementById("matches").textContent = !sought.length
    ? ""
    : shown
      ? interpolate(ngettext("%s field fits", "%s fields fit", shown), [shown])
      : gettext("No field fits these words. Try others, or look through all fields.")
}

// Words of danger have the numbers shown first, whatever kind is chosen.
let inDanger = false
watchDanger(words, flow.dataset.danger, (numbers) => {
  const notice = document.getElementById("emergency")
  inDanger = numbers.length > 0
  if (notice) orderNumbers(notice, numbers)
  markCategory()
  if (inDanger) notice?.scrollIntoView({ block: "nearest" })
})

function markCategory() {
  const chosen = form.querySelector('[name="category"]:checked')?.closest("label")
  for (const label of labels) label.classList.toggle("on", label === chosen)
  for (const one of proposed.querySelectorAll("[data-kind]")) one.setAttribute("aria-pressed", one.dataset.kind === chosen?.dataset.code)
  const next = form.querySelector("[data-words-next]")
  next.textContent = chosen ? interpolate(gettext("Next: %s"), [chosen.textContent.trim()]) : gettext("Next")
  const urgent = inDanger || (chosen?.hasAttribute("data-emergency") ?? false)
  const notice = document.getElementById("emergency")
  if (!notice) return
  notice.classList.toggle("now", urgent)
  notice.querySelector(".stronger").hidden = !urgent
}

form.querySelector(".kinds .other")?.addEventListener("click", (event) => {
  event.preventDefault()
  all.open = true
  all.scrollIntoView({ block: "start" })
  all.querySelector("summary").focus({ preventScroll: true })
})
words.addEventListener("input", () => {
  askForKinds()
  filterCategories()
})
words.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault())
form.addEventListener("change", ({ target }) => {
  if (target.name === "category") {
    showFaults("category")
    markCategory()
    const notice = document.getElementById("emergency")
    if (notice?.classList.contains("now")) notice.scrollIntoView({ block: "nearest" })
  }
})

// ---- is it one of these? ----

let nearOf = ""
async function confirmCategory() {
  const chosen = form.querySelector('[name="category"]:checked')
  if (!chosen) {
    showFaults("category", gettext("Choose what it is about."))
    return (labels.find((label) => !label.hidden) ?? words).querySelector?.("input")?.focus()
  }
  await loadNear(chosen.value)
  // A sentence that found the kind says what the matter is, too.
  if (!text.value.trim() && words.value.trim().includes(" ")) text.value = words.value.trim()
  goToStep("details")
}

// What is open close by, and what is asked of the kind. Without a connection both come when it is sent.
async function loadNear(category) {
  const asked = `lon=${field("lon").value}&lat=${field("lat").value}&category=${encodeURIComponent(category)}`
  if (asked === nearOf) return
  document.getElementById("same").replaceChildren()
  try {
    adoptNear(new DOMParser().parseFromString(await request(`${flow.dataset.near}?${asked}`), "text/html"))
    await loadQuestions(category)
    nearOf = asked
  } catch (error) {
    if (!(error instanceof Failed)) throw error
  }
}

function adoptNear(page) {
  const fresh = page.getElementById("same")
  if (fresh) document.getElementById("same").replaceWith(document.adoptNode(fresh))
}

async function loadQuestions(category) {
  const answer = await request(`${flow.dataset.questions}?category=${encodeURIComponent(category)}`)
  adoptQuestions(new DOMParser().parseFromString(answer, "text/html"))
}

// What was answered already stays where the same is asked again.
function adoptQuestions(page) {
  const fresh = page.getElementById("questions")
  const old = document.getElementById("questions")
  if (!fresh || fresh.textContent === old.textContent) return
  old.replaceWith(document.adoptNode(fresh))
}

// One tap: what is written goes to the one that is there.
form.addEventListener("click", (event) => {
  const joined = event.target.closest('#same button[name="join"]')
  if (!joined) return
  event.preventDefault()
  showFaults("join")
  sendReport({ join: joined.value })
})

// Who was shown what is close by and sends all the same has another one.
const joinedWhenSent = () => (document.querySelector("#same .near") ? "new" : "")

// Who adds photos from the last step goes back to it.
function confirmPhotos() {
  goToStep(backToDetails ? "details" : "where")
  backToDetails = false
}
let backToDetails = false

const NEXT = { photo: confirmPhotos, where: confirmPlace, what: confirmCategory }
for (const button of form.querySelectorAll("[data-next]")) button.addEventListener("click", () => NEXT[currentStep()]())

// ---- photos ----

const files = field("photos")
const previews = document.getElementById("previews")
const add = previews.querySelector(".add")
let chosen = []

const camera = document.getElementById("camera")
const photoSaid = document.getElementById("photo-said")
let adding = Promise.resolve() // photos are made small one after the other

add.addEventListener("click", () => files.click())
// A desk has no camera to point at the street: there photos are chosen.
const atDesk = matchMedia("(hover: hover) and (pointer: fine)").matches
flow.querySelector("[data-camera]").addEventListener("click", () => (atDesk ? files : camera).click())
files.tabIndex = -1
for (const input of [files, camera])
  input.addEventListener("change", () => {
    const given = [...input.files]
    if (input === camera) input.value = "" // the same name again is another photo
    const first = input === camera && !chosen.length && currentStep() === "photo"
    adding = adding.then(() => addPhotos(given)).then(() => first && chosen.length && currentStep() === "photo" && confirmPhotos())
  })

const shrinking = document.getElementById("shrinking")
function showShrinking(n, all) {
  if (n === all) return shrinking.replaceChildren()
  if (!shrinking.firstChild) shrinking.append(...progressLine(gettext("Photos")))
  const [line, bar] = shrinking.children
  line.textContent = interpolate(gettext("Photo %(n)s of %(all)s is made smaller …"), { n: n + 1, all }, true)
  bar.value = (n + 0.5) / all
}

function progressLine(name) {
  const line = Object.assign(document.createElement("p"), { className: "small" })
  const bar = Object.assign(document.createElement("progress"), { max: 1 })
  bar.setAttribute("aria-label", name)
  return [line, bar]
}

async function addPhotos(given) {
  const faults = []
  for (const [n, file] of given.entries()) {
    showShrinking(n, given.length)
    if (chosen.some(({ key }) => key === keyOf(file))) continue
    if (!IMAGE.test(file.type) && !IMAGE.test(file.name) && !VIDEO.test(file.type) && !VIDEO.test(file.name))
      faults.push(interpolate(gettext("“%s” is neither a photo nor a video. Choose another."), [file.name]))
    else if (chosen.length >= Number(files.dataset.max))
      faults.push(interpolate(gettext("Only %(max)s photos: “%(name)s” was left out."), { max: files.dataset.max, name: file.name }, true))
    else if (isVideo(file)) {
      const fault = await faultOfVideo(file)
      if (fault) faults.push(fault)
      else chosen.push({ key: keyOf(file), file })
    } else {
      await offerPlace(file)
      const smaller = await smallerPhoto(file)
      if (smaller.size > Number(files.dataset.bytes))
        faults.push(
          interpolate(
            gettext("“%(name)s” is larger than %(limit)s MB. Choose a smaller photo."),
            { name: file.name, limit: Math.floor(Number(files.dataset.bytes) / 1e6) },
            true,
          ),
        )
      else chosen.push({ key: keyOf(file), file: smaller })
    }
  }
  showShrinking(given.length, given.length)
  updateFiles()
  showFaults("photos", ...faults)
}

const isVideo = (file) => VIDEO.test(file.type) || VIDEO.test(file.name)

// What is wrong with a video that can be seen before it goes over; the service looks at it again.
async function faultOfVideo(file) {
  const [limit, longest] = [Number(files.dataset.videoBytes), Number(files.dataset.seconds)]
  if (file.size > limit)
    return interpolate(
      gettext("“%(name)s” is larger than %(limit)s MB. Choose a shorter video, or one of lower resolution."),
      { name: file.name, limit: Math.floor(limit / 1e6) },
      true,
    )
  if ((await secondsOf(file)) < longest + 1) return ""
  return interpolate(
    gettext("“%(name)s” is longer than %(seconds)s seconds. Choose a shorter video, or cut it."),
    { name: file.name, seconds: longest },
    true,
  )
}

// How long a video is; 0 where the browser cannot say.
function secondsOf(file) {
  const video = Object.assign(document.createElement("video"), { preload: "metadata", muted: true })
  return new Promise((said) => {
    video.onloadedmetadata = () => said(Number.isFinite(video.duration) ? video.duration : 0)
    video.onerror = () => said(0)
    setTimeout(() => said(0), METADATA_MS)
    video.src = URL.createObjectURL(file)
  }).finally(() => URL.revokeObjectURL(video.src))
}

const keyOf = (file) => `${file.name} ${file.size} ${file.lastModified}`

// Where the photo says where it was taken, the pin goes there, unless somebody has put it somewhere already.
async function offerPlace(file) {
  const taken = await placeOfPhoto(file)
  if (!taken || (place && !place.fromPhoto)) return
  pin.move({ lon: taken.lon, lat: taken.lat, accuracy: taken.accuracy, zoom: 18 })
  place.fromPhoto = true
  const at = taken.taken?.toLocaleString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    day: "2-digit",
    month: "2-digit",
  })
  place.note = at ? interpolate(gettext("The place is that of the photo, taken at %s."), [at]) : gettext("The place is that of the photo.")
}

function updateFiles() {
  const kept = new DataTransfer()
  for (const { file } of chosen) kept.items.add(file)
  files.files = kept.files
  for (const old of previews.querySelectorAll(".preview")) old.remove()
  add.before(...chosen.map(({ file }, index) => previewElement(file, index)))
  photoSaid.textContent = chosen.length
    ? interpolate(ngettext("%s photo is with it.", "%s photos are with it.", chosen.length), [chosen.length])
    : ""
  showChosen()
  if (!sent)
    keepDraftPhotos(
      field("sending").value,
      chosen.map(({ file }) => file),
    ).catch(() => {}) // a reload loses them
}

function wordsOfCamera() {
  if (atDesk) return gettext("Choose photos or a video")
  return chosen.length ? gettext("Take another photo") : gettext("Take a photo")
}

// What the steps show of the photos: the words of the buttons, and the first of them beside what is asked.
let thumbAddress = ""
function showChosen() {
  flow.classList.toggle("with-photos", chosen.length > 0)
  add.hidden = atDesk || chosen.length >= Number(files.dataset.max) // at a desk the large button does the same
  const next = flow.querySelector("[data-photo-next]")
  next.textContent =
    chosen.length > 1
      ? interpolate(ngettext("Use this %s photo", "Use these %s photos", chosen.length), [chosen.length])
      : chosen.length
        ? gettext("Use this photo")
        : gettext("Go on without a photo")
  next.closest("button").classList.toggle("primary", chosen.length > 0)
  const take = flow.querySelector("[data-camera]")
  take.classList.toggle("primary", !chosen.length)
  take.hidden = chosen.length >= Number(files.dataset.max)
  take.querySelector("[data-take]").textContent = wordsOfCamera()
  const first = chosen.find(({ file }) => !isVideo(file))
  if (thumbAddress) URL.revokeObjectURL(thumbAddress)
  thumbAddress = first ? URL.createObjectURL(first.file) : ""
  for (const image of flow.querySelectorAll("[data-thumb]")) {
    if (first) image.src = thumbAddress
    else image.removeAttribute("src")
    image.hidden = !first
  }
  showGathered()
}

// What is known already, on the last step.
function showGathered() {
  const box = document.getElementById("gathered")
  box.querySelector("[data-kind]").textContent = form.querySelector('[name="category"]:checked')?.closest("label").textContent.trim() ?? ""
  const photos = chosen.length
    ? interpolate(ngettext("%s photo is with it.", "%s photos are with it.", chosen.length), [chosen.length])
    : ""
  box.querySelector("[data-rest]").textContent = [place?.found?.said ?? where.value, photos].filter(Boolean).join(" · ")
}
flow.querySelector("[data-more-photos]").addEventListener("click", () => {
  backToDetails = true
  goToStep("photo")
})

const photoPreview = (file, index) =>
  Object.assign(document.createElement("img"), {
    alt: interpolate(gettext("Photo %(n)s: %(name)s"), { n: index + 1, name: file.name }, true),
  })

function videoPreview(file, index) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto" })
  video.setAttribute("aria-label", interpolate(gettext("Video %(n)s: %(name)s"), { n: index + 1, name: file.name }, true))
  return video
}

function previewElement(file, index) {
  const box = Object.assign(document.createElement("div"), { className: "preview" })
  const image = isVideo(file) ? videoPreview(file, index) : photoPreview(file, index)
  image.src = URL.createObjectURL(file)
  image.addEventListener(isVideo(file) ? "loadeddata" : "load", () => URL.revokeObjectURL(image.src))
  // A browser that cannot show the format (HEIC) still sends it.
  image.addEventListener("error", () => image.replaceWith(Object.assign(document.createElement("span"), { textContent: file.name })))
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "remove" })
  remove.setAttribute("aria-label", interpolate(gettext("Remove photo %s"), [index + 1]))
  remove.append(icon("i-close"))
  remove.addEventListener("click", () => {
    chosen = chosen.filter((other) => other.file !== file)
    showFaults("photos")
    updateFiles()
    ;(previews.querySelectorAll(".remove")[Math.min(index, chosen.length - 1)] ?? flow.querySelector("[data-camera]")).focus()
  })
  box.append(image, remove)
  return box
}

// ---- words ----

const text = field("text")
showDanger(text, flow.dataset.danger, document.querySelector('[data-step="details"] [data-danger]'))
const count = document.getElementById("text-count")
function showTextLength() {
  const length = [...text.value.trim()].length
  const limit = Number(text.dataset.max)
  count.classList.toggle("over", length > limit)
  count.textContent =
    length > limit
      ? interpolate(gettext("%s characters too many"), [length - limit])
      : length > limit * 0.8
        ? interpolate(gettext("%s characters left"), [limit - length])
        : ""
}
for (const name of TYPED) field(name).addEventListener("input", () => showFaults(name))
text.addEventListener("input", showTextLength)

// ---- sending ----

const button = form.querySelector("[data-send]")
const state = document.getElementById("sending")
let sent = false
let busy = false

form.addEventListener("submit", (event) => {
  event.preventDefault()
  if (currentStep() !== "details") return NEXT[currentStep()]()
  sendReport()
})

function showOutcome(kind, sign, title, line = "") {
  if (!title) return state.replaceChildren()
  const notice = Object.assign(document.createElement("div"), { className: "notice" })
  notice.dataset.state = kind
  const text = document.createElement("div")
  text.append(
    Object.assign(document.createElement("p"), { className: "bold", textContent: title }),
    Object.assign(document.createElement("p"), { className: "small", textContent: line }),
  )
  notice.append(icon(sign), text)
  state.replaceChildren(notice)
}

const question = document.getElementById("question")
if (canWork()) question.hidden = true

// Where much was sent from here, the browser works for a moment first; where it cannot, a sum is asked in words.
async function preparePuzzle() {
  const asked = new URLSearchParams(["lon", "lat", "area", "where", "phone"].map((name) => [name, field(name).value]))
  asked.set("category", form.querySelector('[name="category"]:checked')?.value ?? "")
  const answer = await fetch(`${flow.dataset.puzzle}?${asked}`, { credentials: "same-origin" })
  if (answer.status !== 200) return
  const puzzle = await answer.json()
  if (canWork()) {
    showOutcome("waiting", "i-clock", gettext("One moment, your browser solves a small puzzle …"))
    field("puzzle").value = await solve(puzzle.work)
    showOutcome()
  } else if (!field("sum").value) {
    question.hidden = false
    question.querySelector("[data-question]").textContent = puzzle.question.text
    field("question").value = puzzle.question.token
    field("sum").focus()
    throw new Failed(gettext("Please answer the question, or press Send once more without: then somebody looks at it first."))
  }
}
let asksQuestion = true

async function sendReport({ join = joinedWhenSent(), again = true } = {}) {
  if (busy) return
  busy = true
  await adding
  button.classList.add("is-busy")
  button.setAttribute("aria-disabled", "true")
  showOutcome()
  try {
    if (again && asksQuestion) {
      asksQuestion = canWork()
      await preparePuzzle()
    }
    const body = new FormData(form)
    body.set("join", join)
    if (chosen.length && canWork()) await uploadAhead(body)
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" })
    if (answer.redirected && answer.ok) {
      sent = true
      dropDraft()
      if (opened) await dropReport(opened)
      location.replace(answer.url)
      return
    }
    if (answer.status !== 400 && answer.status !== 403)
      throw new Failed(gettext("Something broke on our side. What you typed is still on this phone."))
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const token = page.querySelector('main form [name="csrfmiddlewaretoken"]')
    if (!page.getElementById("summary")) throw new Failed(page.querySelector("main p")?.textContent ?? gettext("This could not be read."))
    if (answer.status === 403 && again) {
      // The cookie was gone; the answer brought a new one. Nobody needs to press twice for that.
      field("csrfmiddlewaretoken").value = token.value
      busy = false
      return sendReport({ join, again: false })
    }
    adoptFaults(page)
  } catch (error) {
    if (error instanceof Refused) {
      showOutcome()
      showFaults("photos", ...faultsOf(error))
      focusFirstFault()
    } else if (error instanceof Failed) showOutcome("late", "i-alert", gettext("It is not sent yet"), error.message)
    else await keepForLater(join)
  } finally {
    busy = false
    button.classList.remove("is-busy")
    button.removeAttribute("aria-disabled")
  }
}

// The photos go over one by one, each told as it goes; what is over already is not sent again.
async function uploadAhead(body) {
  const [words, bar] = progressLine(gettext("Photos"))
  state.replaceChildren(words, bar)
  const tell = (n, part) => {
    const video = isVideo(chosen[n - 1].file)
    // What has gone over is read there, a video for some seconds.
    const going = video ? gettext("Video %(n)s of %(all)s goes over …") : gettext("Photo %(n)s of %(all)s goes over …")
    const said = interpolate(
      video && part >= OVER ? gettext("Video %(n)s of %(all)s is prepared …") : going,
      { n, all: chosen.length },
      true,
    )
    if (words.textContent !== said) words.textContent = said
    bar.value = (n - 1 + part) / chosen.length
  }
  const photos = chosen.map(({ file }) => file)
  const { uploaded, token } = await uploadPhotos({
    sending: field("sending").value,
    photos,
    token: field("csrfmiddlewaretoken").value,
    tell,
  })
  field("csrfmiddlewaretoken").value = token
  body.set("csrfmiddlewaretoken", token)
  body.delete("photos")
  for (const digest of uploaded) body.append("uploaded", digest)
  showOutcome()
}

// Without a connection it is kept on this device, with its photos, and sent as soon as there is one. Where a browser keeps
// nothing, it waits on this page.
async function keepForLater(join) {
  const kept = gettext("It is kept on this device and sends itself when you are online again.")
  try {
    const report = await keepReport({
      sending: field("sending").value,
      fields: [...[...new FormData(form)].filter(([, value]) => typeof value === "string"), ["join", join]],
      photos: chosen.map(({ file }) => file),
      title: form.querySelector('[name="category"]:checked')?.closest("label").textContent.trim() ?? "",
      place: place?.found?.said ?? field("where").value,
      words: { sent: gettext("Sent"), refused: gettext("Not sent yet. Please look at it:") },
    })
    localStorage.setItem("reports-wait", "yes")
    showOutcome("received", "i-offline", gettext("There is no connection"), kept)
    followKept(report.sending)
    const another = Object.assign(document.createElement("a"), { className: "button wide", textContent: gettext("Report another one") })
    another.href = location.pathname
    state.append(another)
    const worker = await navigator.serviceWorker?.getRegistration()
    await worker?.sync?.register("reports").catch(() => {})
  } catch {
    showOutcome(
      "received",
      "i-offline",
      gettext("There is no connection"),
      gettext("It is kept on this page and sends itself when you are online again. Keep the page open."),
    )
    addEventListener("online", () => sendReport({ join }), { once: true })
  }
}

// The page waits with it: once it is sent, it leads to where it went; what is refused is opened here again.
function followKept(sending) {
  button.hidden = true
  dropDraft()
  sent = true
  const news = new BroadcastChannel("reports")
  news.addEventListener("message", async ({ data }) => {
    if (data.sending !== sending) return
    if (data.state === "dropped") location.reload()
    const report = (await keptReports()).find((one) => one.sending === sending)
    if (report?.state === "sent") location.replace(`${report.link}?sent=1`)
    else if (report?.state === "refused") {
      news.close()
      openReport(report)
    }
  })
  addEventListener("online", sendWaiting)
}

let opened = ""

function fillAnswers({ fields }) {
  for (const input of form.querySelectorAll("#questions [name]")) {
    const given = fields.filter(([name]) => name === input.name).map(([, value]) => value)
    if (input.type === "radio" || input.type === "checkbox") input.checked = given.includes(input.value)
    else input.value = given[0] ?? ""
  }
}

// A report that was kept and refused, in the form again: with its photos, and what is wrong with it.
async function openReport(report) {
  opened = report.sending
  sent = false
  button.hidden = false
  showOutcome()
  for (const name of ["sending", "lon", "lat", "accuracy", "area", "where", ...TYPED]) field(name).value = fieldValue(report, name)
  const label = "category" in report.faults ? null : labels.find((one) => one.dataset.code === fieldValue(report, "category"))
  for (const one of labels) one.querySelector("input").checked = one === label
  form.elements.photos_public.checked = Boolean(fieldValue(report, "photos_public"))
  chosen = report.photos.map((file, n) => ({ key: `kept ${n}`, file: new File([file], file.name || `${n + 1}.jpg`, { type: file.type }) }))
  updateFiles()
  showPlace()
  markCategory()
  showTextLength()
  if (label) await loadNear(label.dataset.code).catch(() => {}) // without a connection none are asked
  fillAnswers(report)
  const own = Object.keys(report.faults).filter((name) => !fieldNames().includes(name))
  for (const name of fieldNames()) showFaults(name, ...(name in report.faults ? faultsOf({ faults: { [name]: report.faults[name] } }) : []))
  if (own.length) {
    goToStep("details")
    showOutcome(
      "late",
      "i-alert",
      gettext("It is not sent yet"),
      faultsOf({ faults: Object.fromEntries(own.map((name) => [name, report.faults[name]])) }).join(" "),
    )
  } else focusFirstFault()
}

// The faults that the server found, without losing what is in the fields: photos above all.
function adoptFaults(page) {
  document.getElementById("summary").replaceChildren(...page.getElementById("summary").children)
  if (page.querySelector("#same .near")) adoptNear(page)
  const faults = Object.fromEntries(
    [...page.querySelectorAll("[data-fault]")].map((place) => [
      place.dataset.fault,
      [...place.querySelectorAll(".error span")].map((line) => line.textContent.trim()),
    ]),
  )
  adoptQuestions(page)
  for (const name of fieldNames()) showFaults(name, ...(faults[name] ?? []))
  focusFirstFault()
}

// ---- a draft survives a reload, with its photos ----

const DRAFT = "report"
const DRAFT_FIELDS = ["sending", "lon", "lat", "accuracy", "area", ...TYPED]
function saveDraft() {
  if (sent) return
  const draft = Object.fromEntries(DRAFT_FIELDS.map((name) => [name, field(name).value]))
  draft.category = form.querySelector('[name="category"]:checked')?.value
  draft.words = words.value
  draft.fromPhoto = place?.fromPhoto ? place.note : ""
  draft.step = currentStep()
  sessionStorage.setItem(DRAFT, JSON.stringify(draft))
}
form.addEventListener("input", saveDraft)

function dropDraft() {
  sessionStorage.removeItem(DRAFT)
  keepDraftPhotos(field("sending").value, []).catch(() => {}) // nothing was kept
}

// The step at which it was left.
function restoreDraft() {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null")
  if (!draft || location.search || document.querySelector("#summary .notice")) return {}
  for (const name of DRAFT_FIELDS) field(name).value = draft[name] ?? ""
  words.value = draft.words ?? ""
  const category = labels.find((label) => label.dataset.code === draft.category)
  if (category) category.querySelector("input").checked = true
  if (category && draft.step === "details") loadNear(draft.category).catch(() => {}) // it asks again when it is sent
  adding = adding.then(restorePhotos).catch(() => {}) // a browser that keeps nothing has none
  return draft
}

async function restorePhotos() {
  const kept = await draftPhotos(field("sending").value)
  chosen = kept.map((file) => ({ key: keyOf(file), file }))
  updateFiles()
}

addEventListener("pageshow", (event) => event.persisted && sent && location.reload())

// A page that was kept has the number of a sending that may be over.
if (crypto.randomUUID && !document.querySelector("#summary .notice")) field("sending").value = crypto.randomUUID()
const { step: begin, fromPhoto } = restoreDraft()
showPlace()
if (place && fromPhoto) Object.assign(place, { fromPhoto: true, note: fromPhoto })
function showPlace() {
  if (!field("lon").value || !field("lat").value) return
  pin.move({
    lon: Number(field("lon").value),
    lat: Number(field("lat").value),
    accuracy: Number(field("accuracy").value) || null,
    ward: field("area").value,
    zoom: 17,
  })
}
markCategory()
showTextLength()
showChosen()
history.replaceState({ step: "photo" }, "")
showStep("photo", { focus: false })
if (faultyFields().length) focusFirstFault()
else if (document.querySelector("#summary .notice")) document.querySelector("#summary .notice").focus()
else if (begin === "where" || (begin && begin !== "photo" && place)) goToStep(begin)
document.documentElement.dataset.ready = "yes"

// ---- without a connection ----

function wordsOfButton() {
  button.querySelector("span").textContent = navigator.onLine ? gettext("Send") : gettext("Keep, and send it later")
}
addEventListener("online", wordsOfButton)
addEventListener("offline", wordsOfButton)
wordsOfButton()
showWaiting({ open: openReport }).catch(() => {}) // a browser that keeps nothing has nothing to show
sendWaiting().catch(() => {})
draftPhotos("").catch(() => {}) // what was begun days ago goes
