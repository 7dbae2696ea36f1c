// On a phone each row of a table is a card: every cell says under which heading it stands, and roles keep the table.
//
// Without the script a table is moved sideways. What has cells over several columns stays as it is, since it compares.

const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tfoot: "rowgroup", tr: "row", td: "cell" }

export function makeCards(table) {
  const heads = [...(table.tHead?.rows ?? [])]
  if (heads.length !== 1 || table.querySelector("[colspan], [rowspan]") || table.classList.contains("cards")) return
  const labels = [...heads[0].cells].map((cell) => (cell.querySelector(".text") ?? cell).textContent.trim().replace(/\s+/g, " "))
  const hidden = [...heads[0].cells].map((cell) => cell.firstElementChild?.matches(".sr") && cell.childElementCount === 1)
  for (const body of table.tBodies) {
    for (const row of body.rows) {
      for (const [at, cell] of [...row.cells].entries()) {
        cell.dataset.label = at && !hidden[at] ? (labels[at] ?? "") : ""
        cell.toggleAttribute("data-empty", !cell.textContent.trim() && !cell.querySelector("img, svg, input"))
      }
    }
  }
  for (const [name, role] of Object.entries(ROLES)) {
    for (const part of name === "table" ? [table] : table.querySelectorAll(name)) part.setAttribute("role", role)
  }
  for (const head of table.querySelectorAll("th")) head.setAttribute("role", head.scope === "row" ? "rowheader" : "columnheader")
  table.classList.add("cards")
}

// A part of the page that is loaded anew brings its table.
const renewed = new MutationObserver((changes) => {
  for (const { target } of changes) {
    for (const table of target.querySelectorAll("table.table:not(.cards)")) makeCards(table)
  }
})

for (const table of document.querySelectorAll("table.table")) {
  makeCards(table)
  renewed.observe(table.closest("section, main") ?? table.parentElement, { childList: true, subtree: true })
}
