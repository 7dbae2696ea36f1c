// The settings of the control room: its dialog, light and dark, and which sounds are heard.
//
//   setUpSettings(room)
//   soundAlarm(room, item)   a sound for news that may not wait, and a sentence beside it

import { toast } from "../../../look/page.js"
import { request } from "../../../look/request.js"
import { inLanguage } from "../../../map/pins.js"

const byId = (name) => document.getElementById(name)

export function setUpSettings(room) {
  const form = byId("habits")
  const dialog = byId("settings")
  const theme = byId("theme")
  const root = document.documentElement
  const labelTheme = () =>
    (theme.querySelector("span").textContent = root.dataset.theme === "light" ? theme.dataset.dark : theme.dataset.light)
  byId("settings-open").addEventListener("click", () => dialog.showModal())
  byId("settings-close").addEventListener("click", () => dialog.close())
  theme.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light"
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `control_theme=${root.dataset.theme}; path=/control/; max-age=31536000; samesite=lax`
    room.front.otherScreen.send("theme", { theme: root.dataset.theme })
    labelTheme()
  })
  labelTheme()
  form.addEventListener("change", () => request(form.action, { method: "POST", body: new FormData(form) }).catch(room.front.reportFailure))
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear]")
    if (button) room.sound.playTone(button.dataset.hear)
  })
  // "?" lists the keys, wherever the focus is but in a field.
  document.addEventListener("keydown", (event) => {
    const { key, target } = event
    if (key !== "?" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked) return
    if (target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return
    event.preventDefault()
    dialog.showModal()
  })
}

// Of two windows the one with the map sounds.
export function soundAlarm(room, { kind, urgent, reference, category, area }) {
  const alarm = alarmOf({ kind, urgent })
  if (!alarm) return
  if (alarm === "disputed") {
    const words = interpolate(gettext("Citizens disagree: %s, %s"), [inLanguage(category), inLanguage(area)])
    room.speaker.say(words)
    toast(`${words} · ${reference}`)
  }
  const isWanted = byId("habits").elements[`sound_${alarm}`].checked
  if (isWanted && !(room.screen === "wall" && room.front.otherScreen.isOpen)) room.sound.play(alarm)
}

// Which sound news have: "disputed", "urgent", or null.
export function alarmOf({ kind, urgent }) {
  if (kind === "disputed") return "disputed"
  return kind === "received" && urgent ? "urgent" : null
}
