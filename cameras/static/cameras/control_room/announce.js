// Opens the form of an announcement for the tile, place, camera or incident that is looked at. It stands in the dialog
// of incident-actions.js and shows, while one fills it in, what people would see and how many are told.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"
import { openForm, showForm } from "./incident-actions.js"

const dialog = document.getElementById("room-dialog")
const box = document.getElementById("focus")
const ASK_AGAIN = ["kind", "reaches", "radius", "until", "starts_at"] // what is told, and to how many, hangs on them

function announceFrom(opener) {
  const wanted = new URLSearchParams()
  const tile = opener.closest(".tile[data-camera]")
  const { kind, key, lon, lat } = opener.closest(".panel")?.dataset ?? {}
  if (tile) wanted.set("camera", tile.dataset.camera)
  else if (kind === "incident" || kind === "camera") wanted.set(kind, key)
  else if (kind === "place") {
    wanted.set("lon", lon)
    wanted.set("lat", lat)
  } else return
  openForm(`${dialog.dataset.announce}?${wanted}`, opener)
}

dialog.addEventListener("change", async ({ target }) => {
  const { form, name } = target
  if (!form || !("announce" in form.dataset) || !ASK_AGAIN.includes(name)) return
  const fields = new URLSearchParams(new FormData(form))
  if (name === "kind") fields.delete("until") // each kind has its own
  try {
    const page = await request(`${dialog.dataset.announce}?${fields}`)
    if (!dialog.open || !form.isConnected) return
    showForm(page)
    dialog.querySelector(`[name="${name}"]:checked, input[name="${name}"]:not([type="radio"]), select[name="${name}"]`)?.focus()
  } catch (error) {
    toast(error.message)
  }
})

dialog.addEventListener("input", ({ target }) => {
  const preview = target.name === "text" && dialog.querySelector('[data-preview="text"]')
  if (preview) preview.textContent = target.value || "…"
})

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-announce-from]")
  if (button) announceFrom(button)
})

// B announces at what is looked at.
document.addEventListener("keydown", (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || key.toLowerCase() !== "b") return
  if (target.closest("input, select, textarea, dialog") || document.querySelector("dialog[open]")) return
  if (document.getElementById("habits")?.elements.keys?.checked === false) return
  const opener = target.closest(".tile[data-camera]") ?? box.querySelector("[data-announce-from]")
  if (!opener) return
  event.preventDefault()
  announceFrom(opener)
})
