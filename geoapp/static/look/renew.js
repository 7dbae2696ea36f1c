// A part of a page is put in anew, and a person who is busy in it hardly notices.
//
// What is open (<details id open>) and forms that are being filled in (<form id>) stay the very same: what was typed,
// chosen or dragged, and the focus; their <select>s learn which choices came or went. All else is the fresh part's.

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
  place.replaceChildren(fresh)
  if (!active) return true
  const again = active.isConnected ? active : document.getElementById(active.id)
  ;(again ?? place).focus({ preventScroll: true })
  if (cursor && again === active) active.setSelectionRange(...cursor)
  return true
}

const begun = (form) => form.contains(document.activeElement) || [...form.elements].some(({ value, defaultValue }) => defaultValue !== undefined && value !== defaultValue)

function learn(old, fresh) {
  const choices = fresh.querySelectorAll("select")
  for (const [number, select] of old.querySelectorAll("select").entries()) {
    const { value } = select
    if (choices[number]) select.replaceChildren(...choices[number].children)
    if ([...select.options].some((option) => option.value === value)) select.value = value
  }
}
