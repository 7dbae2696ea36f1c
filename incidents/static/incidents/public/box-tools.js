// The microphone and the camera of the box, on every public page. Their sentences stand in data attributes of its form.

const form = document.querySelector("form.ask")
const field = form?.elements.namedItem("q")
const saysLine = form?.querySelector("[data-says]")
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition

if (form && Recognition) setUpMicrophone(form.querySelector("[data-microphone]"))
if (form) setUpCamera(form.querySelector("[data-photo]"), form.querySelector("[data-photo-file]"))

// What is heard is written into the box as it is spoken; at the end it is sent like what is typed.
function setUpMicrophone(button) {
  let listening = null
  button.hidden = false
  button.addEventListener("click", () => (listening ? listening.stop() : listen()))

  function listen() {
    listening = new Recognition()
    Object.assign(listening, { lang: document.documentElement.lang === "vi" ? "vi-VN" : "en-US", interimResults: true })
    let heard = false
    let fault = ""
    listening.addEventListener("result", ({ results }) => {
      field.value = [...results].map(([{ transcript }]) => transcript).join(" ")
      heard = Boolean(field.value.trim())
    })
    listening.addEventListener("error", ({ error }) => {
      fault = ["not-allowed", "service-not-allowed"].includes(error) ? form.dataset.refused : form.dataset.unheard
    })
    listening.addEventListener("end", () => {
      listening = null
      button.setAttribute("aria-pressed", "false")
      saysLine.textContent = heard ? "" : fault || form.dataset.unheard
      field.focus()
      if (heard) form.requestSubmit()
    })
    button.setAttribute("aria-pressed", "true")
    saysLine.textContent = form.dataset.listening
    listening.start()
  }
}

// The photo goes on into the report form as a draft that is not sent yet, with the words of the box.
function setUpCamera(button, input) {
  button.hidden = false
  button.addEventListener("click", () => input.click())
  input.addEventListener("change", async () => {
    const sending = crypto.randomUUID()
    const draft = { sending, step: "photo", text: field.value.trim(), unchecked: true }
    try {
      const { storeDraftPhotos } = await import("../offline/draft-photos.js")
      await storeDraftPhotos(sending, [...input.files])
      sessionStorage.setItem("report", JSON.stringify(draft))
    } catch {
      // A browser that stores nothing: the form asks for the photo again.
    }
    location.href = form.dataset.report
  })
}

form?.addEventListener("input", () => (saysLine.textContent = ""))
