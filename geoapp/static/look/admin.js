// Lists of the administration: each row is a card on a phone, and pictures of yes and no say so in the page's language.

import { makeCards } from "./table-cards.js"

const ANSWERS = { True: "yes", False: "no" }

for (const picture of document.querySelectorAll("#result_list img[alt]")) {
  const answer = document.querySelector(`meta[name="${ANSWERS[picture.alt]}"]`)
  if (answer) picture.alt = answer.content
}
for (const table of document.querySelectorAll("#result_list")) {
  for (const head of table.querySelectorAll("tbody th")) head.scope = "row"
  makeCards(table)
}
