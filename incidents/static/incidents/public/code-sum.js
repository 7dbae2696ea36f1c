// Solves a proof-of-work puzzle in place of the sum that a page asks for before it sends a code.
//
//   <div data-work="…"> in a form; a field `puzzle` in it. A browser that cannot work shows the sum.

import { canWork, solve } from "./puzzle.js"

if (canWork()) for (const sum of document.querySelectorAll("[data-work]")) spareSum(sum)

function spareSum(sum) {
  const form = sum.closest("form")
  const answer = sum.querySelector('[name="puzzle"]')
  sum.hidden = true
  const solved = solve(JSON.parse(sum.dataset.work)).then((work) => {
    answer.value = work
    sum.hidden = Boolean(work)
  })
  form.addEventListener("submit", async (event) => {
    if (answer.value || !sum.hidden) return
    event.preventDefault()
    await solved
    form.requestSubmit(event.submitter)
  })
}
