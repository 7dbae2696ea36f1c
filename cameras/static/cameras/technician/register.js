// Pages of the camera register: focuses the first fault of a form, and previews what an imported file would change.
//
//   [data-focus]             gets the focus
//   form[data-preview]       its unnamed button asks there and shows the answer's #plan; so the chosen file stays chosen

import { request, Failed } from "../../look/request.js"

const planOf = (html) => new DOMParser().parseFromString(html, "text/html").getElementById("plan")

for (const form of document.querySelectorAll("form[data-preview]"))
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name || !form.querySelector("input[type=file]").files.length) return
    event.preventDefault()
    form.setAttribute("aria-busy", "true")
    let html
    try {
      html = await request(form.dataset.preview, { method: "POST", body: new FormData(form) })
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      html = error.content
    }
    form.removeAttribute("aria-busy")
    const plan = html && planOf(html)
    if (!plan) return form.submit()
    document.getElementById("plan").replaceWith(plan)
    plan.focus()
  })

document.querySelector("[data-focus]")?.focus()
