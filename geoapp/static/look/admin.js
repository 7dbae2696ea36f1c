// Lists of the administration: each row is a card on a phone, and pictures of yes and no say so in the page's language.
// Forms: what is chosen from a long list is named as its label says.

import { makeCards } from "./table-cards.js"

const ANSWERS = { True: "yes", False: "no" }
const word = (name) => document.querySelector(`meta[name="${name}"]`)?.content

// By what a list may be sorted, folded up: on a phone the headings of its columns are not shown.
function offerSorting(table) {
  const heads = [...table.tHead.querySelectorAll("th:has(.text a)")]
  if (!heads.length) return
  const offer = document.createElement("details")
  offer.className = "sort-by"
  const summary = offer.appendChild(document.createElement("summary"))
  const ways = offer.appendChild(document.createElement("ul"))
  const sorted = [] // what comes first stands first
  for (const head of heads) {
    const { href, textContent: name } = head.querySelector(".text a")
    const toggle = head.querySelector(".sortoptions .toggle")
    if (toggle) sorted[(head.querySelector(".sortpriority")?.textContent ?? 1) - 1] = name
    const way = ways.appendChild(document.createElement("li")).appendChild(document.createElement("a"))
    way.href = toggle?.href ?? href
    way.textContent = toggle ? `${name}: ${toggle.title}` : name
  }
  summary.textContent = [word("sort"), sorted.join(", ")].filter(Boolean).join(": ")
  table.before(offer)
  table.classList.add("sorted-above")
}

function nameChoices() {
  for (const choice of document.querySelectorAll(".select2-selection[role=combobox]:not([data-named])")) {
    const field = choice.closest(".select2-container").previousElementSibling
    const label = field?.labels?.[0]
    if (!label) continue
    label.id ||= `${field.id}_label`
    choice.setAttribute("aria-labelledby", [label.id, choice.getAttribute("aria-labelledby")].filter(Boolean).join(" "))
    choice.querySelector("[role=textbox]")?.setAttribute("aria-labelledby", label.id)
    choice.dataset.named = ""
  }
}

for (const picture of document.querySelectorAll("#result_list img[alt]")) {
  const answer = word(ANSWERS[picture.alt])
  if (answer) picture.alt = answer
}
for (const table of document.querySelectorAll("#result_list")) {
  for (const head of table.querySelectorAll("tbody th")) head.scope = "row"
  makeCards(table)
  offerSorting(table)
  const all = table.querySelector(".action-checkbox-column")
  if (all) all.dataset.label = all.querySelector("input")?.ariaLabel ?? ""
}
nameChoices()
new MutationObserver(nameChoices).observe(document.body, { childList: true, subtree: true }) // Django makes them later
