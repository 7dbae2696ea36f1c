// The draft of a report survives a reload: its fields in sessionStorage, its photos by draft-photos.js.
//
//   page.draft = createDraft(page)
//   draft.save() · draft.drop()
//   draft.restore()   fills the form with it; returns { step, fromPhoto } or {} where there is none

import { storeDraftPhotos } from "../../offline/draft-photos.js"
import { draftFields, readDraft } from "./rules.js"

const KEY = "report"

export function createDraft(page) {
  const { form, field, state } = page
  const names = draftFields(page.stepOfField)

  function save() {
    if (state.sent) return
    const draft = Object.fromEntries(names.map((name) => [name, field(name).value]))
    draft.category = page.category.chosenCode()
    draft.words = page.category.words.value
    draft.fromPhoto = state.place?.fromPhoto ? state.place.note : ""
    draft.step = page.steps.current()
    sessionStorage.setItem(KEY, JSON.stringify(draft))
  }

  function drop() {
    sessionStorage.removeItem(KEY)
    storeDraftPhotos(field("sending").value, []).catch(() => {}) // nothing was stored
  }

  function restore() {
    const isFaulty = Boolean(document.querySelector("#summary .notice"))
    const draft = readDraft(sessionStorage.getItem(KEY), { search: location.search, isFaulty })
    if (!draft) return {}
    for (const name of names) field(name).value = draft[name] ?? ""
    page.category.words.value = draft.words ?? ""
    const label = page.category.labelOf(draft.category)
    if (label) label.querySelector("input").checked = true
    page.photos.restore({ unchecked: Boolean(draft.unchecked) })
    return draft
  }

  form.addEventListener("input", save)
  return { save, drop, restore }
}
