// Replaces a part of a page without disturbing a person who is busy in it.
//
// Open <details id> and edited <form id> elements are kept, with what was typed, chosen or dragged and with the focus;
// their <select>s get the fresh choices. Pictures of the same address are kept, because they would be fetched again.

import { isPressed, waitWhile } from "./pressed.js"

let composing = false // a Vietnamese letter, for instance, is being put together out of several keys

document.addEventListener("compositionstart", () => (composing = true))
document.addEventListener("compositionend", () => (composing = false))

// Whether a person presses something there, with a pointer or a key, or composes a letter, which a replacement would interrupt.
export const isBusy = (place) => isPressed(place) || (composing && place.contains(document.activeElement))

// Replace the content of `place` by `fresh` (a fragment) once nobody is busy there. Returns whether it did: not if
// `still` then returns false, because something newer came meanwhile.
export async function replaceWhenIdle(place, fresh, still = () => true) {
  await waitWhile(() => isBusy(place))
  if (!still()) return false
  const active = place.contains(document.activeElement) ? document.activeElement : null
  const cursor = active?.matches("input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd] : null
  for (const old of place.querySelectorAll("details[id][open], form[id]")) {
    const next = fresh.querySelector(`#${CSS.escape(old.id)}`)
    if (!next || (old.matches("form") && !isEdited(old))) continue
    updateChoices(old, next)
    next.replaceWith(old)
  }
  replaceParts(place, fresh)
  if (!active) return true
  const again = active.isConnected ? active : document.getElementById(active.id)
  ;(again ?? place).focus({ preventScroll: true })
  if (cursor && again === active) active.setSelectionRange(...cursor)
  return true
}

// Replace the content of `place` by `fresh` (a fragment); a picture that both have stays the loaded one.
export function replaceParts(place, fresh) {
  const pictures = samePictures(place, fresh)
  place.replaceChildren(fresh)
  for (const [next, old] of pictures) next.replaceWith(old)
}

// [fresh <img>, the one shown now] for each address that both have. The fresh one loses its src, so it fetches nothing.
function samePictures(place, fresh) {
  const shown = new Map([...place.querySelectorAll("img[src]")].map((img) => [img.getAttribute("src"), img]))
  const pairs = []
  for (const next of fresh.querySelectorAll("img[src]")) {
    const src = next.getAttribute("src")
    const old = shown.get(src)
    if (!old) continue
    shown.delete(src)
    next.removeAttribute("src")
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
    pairs.push([next, old])
  }
  return pairs
}

const isEdited = (form) =>
  form.contains(document.activeElement) ||
  [...form.elements].some(({ value, defaultValue }) => defaultValue !== undefined && value !== defaultValue)

function updateChoices(old, fresh) {
  const choices = fresh.querySelectorAll("select")
  for (const [number, select] of old.querySelectorAll("select").entries()) {
    const { value } = select
    if (choices[number]) select.replaceChildren(...choices[number].children)
    if ([...select.options].some((option) => option.value === value)) select.value = value
  }
}
