// The words of a report, on the last step: their length, words of danger, and faults that go when somebody types.
//
//   page.words = createWords(page)
//   words.showLength()   how many characters are left, or too many

import { showDanger } from "../danger.js"
import { lengthOf, typedFields } from "./rules.js"

export function createWords(page) {
  const { flow, field } = page
  const text = field("text")
  const count = document.getElementById("text-count")

  function showLength() {
    const { over, left } = lengthOf(text.value, Number(text.dataset.max))
    count.classList.toggle("over", over !== undefined)
    count.textContent = ""
    if (over !== undefined) count.textContent = interpolate(gettext("%s characters too many"), [over])
    if (left !== undefined) count.textContent = interpolate(gettext("%s characters left"), [left])
  }

  showDanger(text, flow.dataset.danger, document.querySelector('[data-step="details"] [data-danger]'))
  for (const name of typedFields(page.stepOfField)) field(name).addEventListener("input", () => page.steps.showFaults(name))
  text.addEventListener("input", showLength)
  return { showLength }
}
