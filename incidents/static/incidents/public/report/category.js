// The step "what": categories searched by words and proposed by the service, the notice of danger, what is open close by, and
// the questions of the chosen category.
//
//   page.category = createCategory(page)
//   category.offer(codes)   only these, which are served at the place; null: all
//   category.suggest()      asks the service what the words may be about and what is usual at the place
//   category.confirm()      leads on once a category is chosen
//   category.chosenCode() · category.chosenTitle() · category.labelOf(code) · category.choose(code) · category.mark()
//   category.loadNear(code)    shows what is open close by and the questions of this category
//   category.adoptNear(html) · category.adoptQuestions(html)   take those parts of a page of the server
//   category.joinWhenSent()    "new" where people were shown what is close by and send all the same

import { foldWords } from "../../../look/fold.js"
import { Failed, request } from "../../../look/request.js"
import { orderNumbers, watchDanger } from "../danger.js"
import { isOffered } from "./rules.js"

const SUGGEST_AFTER_MS = 300
const MAX_WORDS = 300 // characters that the service is asked about

export function createCategory(page) {
  const { flow, form, field } = page
  const labels = [...form.querySelectorAll("label[data-code]")]
  const all = document.getElementById("all")
  const words = document.getElementById("words")
  const proposed = document.getElementById("proposed")
  const danger = document.getElementById("emergency")
  let served = null
  let suggested = new Set()
  let suggestTimer = 0
  let lastQuery = ""
  let nearQuery = ""
  let inDanger = false

  const chosenInput = () => form.querySelector('[name="category"]:checked')
  const chosenLabel = () => chosenInput()?.closest("label")
  const labelOf = (code) => labels.find((label) => label.dataset.code === code)

  function choose(code) {
    for (const label of labels) label.querySelector("input").checked = label.dataset.code === code
    return labelOf(code)
  }

  function offer(codes) {
    served = codes
    if (codes) for (const label of labels) if (!codes.has(label.dataset.code)) label.querySelector("input").checked = false
    filter()
    mark()
  }

  function suggest() {
    clearTimeout(suggestTimer)
    const sentence = words.value.trim()
    const query = new URLSearchParams({
      words: sentence.includes(" ") ? sentence.slice(0, MAX_WORDS) : "",
      lon: field("lon").value,
      lat: field("lat").value,
    })
    if (query.toString() === lastQuery) return
    lastQuery = query.toString()
    suggested = new Set()
    offerEnquiry("", "")
    suggestTimer = setTimeout(() => loadSuggestions(query, sentence), sentence ? SUGGEST_AFTER_MS : 0)
  }

  async function loadSuggestions(query, sentence) {
    const response = await fetch(`${flow.dataset.kinds}?${query}`).catch(() => null)
    if (!response?.ok || query.toString() !== lastQuery) return
    const answer = await response.json()
    suggested = new Set(answer.codes)
    offerEnquiry(answer.enquiry, sentence)
    propose(answer.proposed, query.get("words"))
    filter()
  }

  function propose(codes, sentence) {
    const offered = codes.map(labelOf).filter(Boolean)
    document.getElementById("proposed-head").textContent = sentence
      ? gettext("Suggested from your text and this place:")
      : gettext("Common around here:")
    proposed.lastElementChild.replaceChildren(...offered.map(proposalButton))
    proposed.hidden = !offered.length
    mark()
  }

  // A proposal sends nothing by itself: it chooses a category.
  function proposalButton(label) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button" })
    button.dataset.kind = label.dataset.code
    const use = label.querySelector("use") ?? label.closest(".field-group").querySelector("h3 use")
    button.append(page.icon(use.getAttribute("href").split("#")[1]), label.textContent.trim())
    button.addEventListener("click", () => {
      label.querySelector("input").checked = true
      label.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }))
    })
    return button
  }

  // A question, thanks or a complaint about staff needs no place: the words go along to its own form.
  function offerEnquiry(kind, sentence) {
    const enquiry = document.getElementById("enquiry")
    enquiry.hidden = !kind
    if (kind) enquiry.querySelector("a").search = new URLSearchParams({ kind, text: sentence })
  }

  function filter() {
    const sought = foldWords(words.value).split(" ").filter(Boolean)
    let shown = 0
    for (const label of labels) {
      const text = `${label.dataset.words} ${foldWords(label.textContent)}`
      label.hidden = !isOffered({ code: label.dataset.code, text }, { served, suggested, sought })
      shown += !label.hidden
    }
    for (const group of form.querySelectorAll(".field-group, .kinds"))
      group.hidden = ![...group.querySelectorAll("label")].some((label) => !label.hidden)
    const head = form.querySelector(".kinds-head")
    if (head) head.hidden = sought.length > 0
    if (sought.length) all.open = true
    document.getElementById("matches").textContent = sought.length ? matchesInWords(shown) : ""
  }

  const matchesInWords = (shown) =>
    shown
      ? interpolate(ngettext("%s type matches", "%s types match", shown), [shown])
      : gettext("Nothing matches these words. Try others, or look through all fields.")

  function mark() {
    const chosen = chosenLabel()
    for (const label of labels) label.classList.toggle("on", label === chosen)
    for (const button of proposed.querySelectorAll("[data-kind]"))
      button.setAttribute("aria-pressed", button.dataset.kind === chosen?.dataset.code)
    const next = form.querySelector("[data-words-next]")
    next.textContent = chosen ? interpolate(gettext("Next: %s"), [chosen.textContent.trim()]) : gettext("Next")
    const urgent = inDanger || (chosen?.hasAttribute("data-emergency") ?? false)
    if (!danger) return
    danger.classList.toggle("now", urgent)
    danger.querySelector(".stronger").hidden = !urgent
  }

  async function confirm() {
    const chosen = chosenInput()
    if (!chosen) {
      page.steps.showFaults("category", gettext("Choose what it is about."))
      return (labels.find((label) => !label.hidden) ?? words).querySelector?.("input")?.focus()
    }
    await loadNear(chosen.value)
    // A sentence that led to the category says what the matter is, too.
    const text = field("text")
    if (!text.value.trim() && words.value.trim().includes(" ")) text.value = words.value.trim()
    page.steps.go("details")
  }

  // Without a connection both are asked for when the report is sent.
  async function loadNear(category) {
    const query = `lon=${field("lon").value}&lat=${field("lat").value}&category=${encodeURIComponent(category)}`
    if (query === nearQuery) return
    document.getElementById("same").replaceChildren()
    try {
      adoptNear(parsePage(await request(`${flow.dataset.near}?${query}`)))
      adoptQuestions(parsePage(await request(`${flow.dataset.questions}?category=${encodeURIComponent(category)}`)))
      nearQuery = query
    } catch (error) {
      if (!(error instanceof Failed)) throw error
    }
  }

  const parsePage = (text) => new DOMParser().parseFromString(text, "text/html")

  function adoptNear(html) {
    const fresh = html.getElementById("same")
    if (fresh) document.getElementById("same").replaceWith(document.adoptNode(fresh))
  }

  // What was answered already stays where the same is asked again.
  function adoptQuestions(html) {
    const fresh = html.getElementById("questions")
    const old = document.getElementById("questions")
    if (!fresh || fresh.textContent === old.textContent) return
    old.replaceWith(document.adoptNode(fresh))
  }

  // Words of danger show the numbers to call, whatever category is chosen.
  watchDanger(words, flow.dataset.danger, (numbers) => {
    inDanger = numbers.length > 0
    if (danger) orderNumbers(danger, numbers)
    mark()
    if (inDanger) danger?.scrollIntoView({ block: "nearest" })
  })

  form.querySelector(".kinds .other")?.addEventListener("click", (event) => {
    event.preventDefault()
    all.open = true
    all.scrollIntoView({ block: "start" })
    all.querySelector("summary").focus({ preventScroll: true })
  })
  words.addEventListener("input", () => {
    suggest()
    filter()
  })
  words.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault())
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "category") return
    page.steps.showFaults("category")
    mark()
    if (danger?.classList.contains("now")) danger.scrollIntoView({ block: "nearest" })
  })

  return {
    offer,
    suggest,
    confirm,
    mark,
    choose,
    labelOf,
    loadNear,
    adoptNear,
    adoptQuestions,
    words,
    chosenCode: () => chosenInput()?.value,
    chosenTitle: () => chosenLabel()?.textContent.trim() ?? "",
    joinWhenSent: () => (document.querySelector("#same .near") ? "new" : ""),
  }
}
