// The dialog of the desk: the form of a step, or what became of several incidents.
//
//   showDialog(dialog, fresh)                  shows this fragment
//   showCorrections(dialog, html, form)        shows the form again as the server marked it
//   adoptDialog(dialog)                        opens one that came with the page

import { listPhotoNames, prepareForm } from "../desk-form.js"
import { $, parseHtml } from "./parts.js"

const FIRST_FIELD = "[data-pick] input, #where, select:not(#answer), input[type=radio], #until, textarea"

export function showDialog(dialog, fresh) {
  dialog.replaceChildren(fresh)
  const form = $("form", dialog)
  dialog.dataset.reference = form?.dataset.draft.split(" ")[0] ?? ""
  if (form) prepareForm(form)
  if (!dialog.open) dialog.showModal()
  ;($(FIRST_FIELD, dialog) ?? $(".answers .button", dialog)).focus()
}

// Photos that were chosen stay chosen where they are not what is wrong.
export function showCorrections(dialog, html, form) {
  const chosen = form ? [...form.querySelectorAll("input[type=file]")] : []
  showDialog(dialog, parseHtml(html))
  const again = $("form", dialog)
  for (const input of chosen) {
    const fresh = again.querySelector(`#${input.id}`)
    if (fresh && !$("#photos", again).hasAttribute("aria-invalid")) fresh.replaceWith(input)
  }
  if (chosen.length) listPhotoNames(again)
  const wrong = $("[aria-invalid]", again)
  ;(wrong?.name === "to" ? $("[data-pick] input", again) : wrong)?.focus()
}

export function adoptDialog(dialog) {
  if (!dialog.open) return
  const form = $("form", dialog)
  if (form) prepareForm(form)
  dialog.open = false
  dialog.showModal()
  ;($("[aria-invalid]", dialog) ?? $(FIRST_FIELD, dialog) ?? $("button, a", dialog)).focus()
}
