// A part of a page is put in anew, and a person who is busy in it hardly notices.
//
// What is open (<details id open>) and forms that are being filled in (<form id>) stay the very same: what was typed,
// chosen or dragged, and the focus; their <select>s learn which choices came or went. So do pictures that are the same,
// which no browser may keep and would fetch again. All else is the fresh part's.

let composing = false // a Vietnamese letter, for instance, is being put together out of several keys

document.addEventListener("compositionstart", () => (composing = true))
document.addEventListener("compositionend", () => (composing = false))

// Whether a person has something in hand there, a slider for instance, that would be lost if it moved in the page.
export const busy = (place) => place.matches(":active") || (composing && place.contains(document.activeElement))

// Put `fresh` (a fragment) in the place of what `place` holds, once nobody is busy there. Says whether it did: not where
// `still` says then that something newer came meanwhile.
export async function renew(place, fresh, still = () => true) {
  while (busy(place)) await new Promise((done) => setTimeout(done, 200))
  if (!still()) return false
  const active = place.contains(document.activeElement) ? document.activeElement : null
  const cursor = active?.matches("input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd] : null
  for (const old of place.querySelectorAll("details[id][open], form[id]")) {
    const next = fresh.querySelector(`#${CSS.escape(old.id)}`)
    if (!next || (old.matches("form") && !begun(old))) continue
    learn(old, next)
    next.replaceWith(old)
  }
  replaceParts(place, fresh)
  if (!active) return true
  const again = active.isConnected ? active : document.getElementById(active.id)
  ;(again ?? place).focus({ preventScroll: true })
  if (cursor && again === active) active.setSelectionRange(...cursor)
  return true
}

// Put `fresh` (a fragment) in the place of what `place` holds; a picture that both have stays the one that was loaded.
export function replaceParts(place, fresh) {
  const pictures = samePictures(place, fresh)
  place.replaceChildren(fresh)
  for (const [next, old] of pictures) next.replaceWith(old)
}

// [fresh <img>, the one shown now] for each picture of one address. The fresh one loses it, and so fetches nothing.
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

const begun = (form) =>
  form.contains(document.activeElement) ||
  [...form.elements].some(({ value, defaultValue }) => defaultValue !== undefined && value !== defaultValue)

function learn(old, fresh) {
  const choices = fresh.querySelectorAll("select")
  for (const [number, select] of old.querySelectorAll("select").entries()) {
    const { value } = select
    if (choices[number]) select.replaceChildren(...choices[number].children)
    if ([...select.options].some((option) => option.value === value)) select.value = value
  }
}
