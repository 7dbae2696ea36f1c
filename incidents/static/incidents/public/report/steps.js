// The steps of the report form, one on the screen at a time, and the faults beside their fields.
//
//   page.steps = createSteps(page)
//   steps.current() · steps.show(name, { focus }) · steps.go(name): the same, as a step of the browser's history
//   steps.addNext({ photo, where, what })   what the buttons that lead on do in each step
//   steps.next()                            does it for the current step
//   steps.showFaults(name, ...messages)     beside this field; without messages they are taken away
//   steps.fieldNames() · steps.faultyFields() · steps.focusFirstFault()

import { STEP_NUMBERS } from "./rules.js"

export function createSteps(page) {
  const { flow, form, stepOfField } = page
  let next = {}

  const current = () => form.querySelector(".step.now").dataset.step
  const stepOf = (name) => stepOfField[name] ?? "details" // the questions of a category are fields of the last step
  const faultPlace = (name) => form.querySelector(`[data-fault="${name}"]`)

  function show(name, { focus = true } = {}) {
    for (const step of form.querySelectorAll(".step")) step.classList.toggle("now", step.dataset.step === name)
    flow.dataset.step = name
    const number = STEP_NUMBERS[name]
    flow.querySelectorAll(".steps li").forEach((bar, index) => bar.toggleAttribute("data-done", index < number))
    flow.querySelector("[data-count]").textContent = " · " + interpolate(gettext("step %(number)s of 4"), { number }, true)
    if (name === "where") page.place.begin()
    if (name === "details") page.photos.showGathered()
    scrollTo(0, 0)
    if (focus) form.querySelector(".step.now h2").focus({ preventScroll: true })
    page.draft.save()
  }

  function go(name) {
    history.pushState({ step: name }, "")
    show(name)
  }

  function showFaults(name, ...messages) {
    const place = faultPlace(name)
    if (!place) return
    place.replaceChildren(
      ...messages.map((words) => {
        const line = document.createElement("p")
        line.className = "error"
        line.append(page.icon("i-alert"), Object.assign(document.createElement("span"), { textContent: words }))
        return line
      }),
    )
    for (const input of form.querySelectorAll(`input[aria-describedby~="${name}-fault"], textarea[aria-describedby~="${name}-fault"]`))
      messages.length ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid")
  }

  const questionNames = () => [...form.querySelectorAll("#questions [data-fault]")].map((place) => place.dataset.fault)
  const fieldNames = () => [...Object.keys(stepOfField), ...questionNames()]
  const faultyFields = () => fieldNames().filter((name) => faultPlace(name)?.querySelector(".error"))

  function focusFirstFault() {
    const [first] = faultyFields()
    if (!first) return
    page.state.returnsToDetails = first === "photos" && current() === "details"
    if (current() !== stepOf(first)) go(stepOf(first))
    const target =
      first === "photos"
        ? form.querySelector("[data-camera]:not([hidden]), .photos .remove")
        : faultPlace(first).parentElement.querySelector("input, textarea, button")
    target?.focus()
  }

  addEventListener("popstate", ({ state }) => state?.step in STEP_NUMBERS && show(state.step))
  flow.querySelector("[data-back]").addEventListener("click", (event) => {
    if (current() === "photo") return
    event.preventDefault()
    history.back()
  })
  document.getElementById("summary").addEventListener("click", (event) => {
    const target = event.target.closest("a") && document.querySelector(event.target.closest("a").hash)
    if (!target) return
    event.preventDefault()
    const { step } = target.closest(".step").dataset
    if (current() !== step) go(step)
    target.focus()
  })

  return {
    current,
    show,
    go,
    showFaults,
    fieldNames,
    faultyFields,
    focusFirstFault,
    addNext(acts) {
      next = acts
      for (const button of form.querySelectorAll("[data-next]")) button.addEventListener("click", () => next[current()]())
    },
    next: () => next[current()](),
  }
}
