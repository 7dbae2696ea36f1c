// The web chat: sends the device's place by a button, and fetches answers of staff as they come.

const UNSENT = "chat-unsent"
const LOOK_EVERY = 4000 // milliseconds, while the page is looked at
const form = document.querySelector("#chat-form")
const list = document.querySelector(".chat-lines")
const status = form.querySelector("[data-status]")
const field = (name) => form.elements.namedItem(name)

document.documentElement.classList.add("scripted")
document.querySelector("#last")?.scrollIntoView({ block: "nearest" })

const say = (words) => {
  status.textContent = words
}

form.querySelector("[data-place]").addEventListener("click", () => {
  say(gettext("Looking for your place …"))
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      field("lon").value = coords.longitude
      field("lat").value = coords.latitude
      form.requestSubmit()
    },
    () => say(gettext("Your place could not be found. Write the address.")),
    { enableHighAccuracy: true, timeout: 15_000 },
  )
})

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
  say(gettext("Sending …"))
})
field("text").value ||= sessionStorage.getItem(UNSENT) ?? ""
sessionStorage.removeItem(UNSENT)

async function look() {
  if (document.hidden) return
  const answer = await fetch(list.dataset.lines, { headers: { "If-None-Match": list.dataset.version } })
  if (answer.status !== 200) return
  list.innerHTML = await answer.text()
  list.dataset.version = answer.headers.get("ETag")
  document.querySelector("#last")?.scrollIntoView({ block: "nearest" })
}

setInterval(() => look().catch(() => {}), LOOK_EVERY)
document.addEventListener("visibilitychange", () => look().catch(() => {}))
