// The web chat: place, photos and speech of the device, the small map of what was understood, and answers of staff as
// they come.

const UNSENT = "chat-unsent"
const LOOK_EVERY = 4000 // milliseconds, while the page is looked at
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition
const form = document.querySelector("#chat-form")
const list = document.querySelector(".chat-lines")
const status = form.querySelector("[data-status]")
const microphone = form.querySelector("[data-microphone]")
const field = (name) => form.elements.namedItem(name)

document.documentElement.classList.add("scripted")
document.querySelector("#last")?.scrollIntoView({ block: "nearest" })
showMap()

const say = (words) => {
  status.textContent = words
}

list.addEventListener("click", (event) => {
  if (event.target.closest("[data-place]")) sendPlace()
  if (event.target.closest("[data-add-photo]")) {
    event.preventDefault()
    field("photos").click()
  }
})

function sendPlace() {
  say(gettext("Finding your location …"))
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      field("lon").value = coords.longitude
      field("lat").value = coords.latitude
      form.requestSubmit()
    },
    () => say(gettext("Your location could not be found. Write the address.")),
    { enableHighAccuracy: true, timeout: 15_000 },
  )
}

field("photos").addEventListener("change", ({ target }) => {
  const number = target.files.length
  say(number ? interpolate(ngettext("%s photo chosen", "%s photos chosen", number), [number]) : "")
})

field("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
  event.preventDefault()
  form.requestSubmit(form.querySelector("[data-send]"))
})

// Who presses a button has the words that were not sent yet on the next page again.
form.addEventListener("submit", ({ submitter }) => {
  if (submitter?.name === "press") sessionStorage.setItem(UNSENT, field("text").value)
  list.setAttribute("aria-busy", "true")
  say(gettext("Sending …"))
})
field("text").value ||= sessionStorage.getItem(UNSENT) ?? ""
sessionStorage.removeItem(UNSENT)

if (Recognition) setUpMicrophone()

// What is heard is written into the field; it is sent by hand, so that it can be read first.
function setUpMicrophone() {
  let listening = null
  microphone.hidden = false
  field("text").placeholder = field("text").dataset.speak
  microphone.addEventListener("click", () => {
    if (listening) return listening.stop()
    const before = field("text").value.trim()
    listening = new Recognition()
    Object.assign(listening, { lang: document.documentElement.lang === "vi" ? "vi-VN" : "en-US", interimResults: true })
    listening.addEventListener("result", ({ results }) => {
      const spoken = [...results].map(([{ transcript }]) => transcript).join(" ")
      field("text").value = [before, spoken].filter(Boolean).join(" ")
    })
    listening.addEventListener("error", ({ error }) =>
      say(
        error.endsWith("not-allowed")
          ? gettext("The microphone is not allowed here. Type instead.")
          : gettext("We did not hear anything. Try again, or type."),
      ),
    )
    listening.addEventListener("end", () => {
      listening = null
      microphone.setAttribute("aria-pressed", "false")
      field("text").focus()
    })
    microphone.setAttribute("aria-pressed", "true")
    say(gettext("Listening …"))
    listening.start()
  })
}

async function showMap() {
  const element = document.getElementById("mini-map")
  if (!element || !window.L) return
  const { cityMap, doubtCircle, icon } = await import("../../map/city-map.js")
  const { lon, lat, accuracy } = element.dataset
  const map = cityMap(element, { centre: [Number(lon), Number(lat)], zoom: 16, fixed: true })
  if (Number(accuracy) > 30) doubtCircle(map, [lon, lat], Number(accuracy)).addTo(map)
  const pin = Object.assign(document.createElement("span"), { className: "pin place" })
  pin.append(icon(map, "p-round"), icon(map, "i-pin"))
  pin.firstChild.setAttribute("class", "body")
  L.marker([lat, lon], { icon: L.divIcon({ className: "", iconSize: [0, 0], html: pin }), interactive: false, keyboard: false }).addTo(map)
}

async function look() {
  if (document.hidden || list.hasAttribute("aria-busy")) return
  const answer = await fetch(list.dataset.lines, { headers: { "If-None-Match": list.dataset.version } })
  if (answer.status !== 200) return
  list.innerHTML = await answer.text()
  list.dataset.version = answer.headers.get("ETag")
  document.querySelector("#last")?.scrollIntoView({ block: "nearest" })
  showMap()
}

setInterval(() => look().catch(() => {}), LOOK_EVERY)
document.addEventListener("visibilitychange", () => look().catch(() => {}))
