// Moderation of reports: keys of the list, and a preview of the public text while words are covered.

const list = document.getElementById("held")
const rows = [...list.querySelectorAll(".held-row")]
const here = () =>
  Math.max(
    0,
    rows.findIndex((row) => row === document.activeElement || row.hasAttribute("aria-current")),
  )

list.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) {
    event.preventDefault()
    const focused = rows.indexOf(document.activeElement)
    return rows[Math.min(rows.length - 1, Math.max(0, (focused < 0 ? here() : focused) + step))]?.focus()
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)
  // The buttons act on the report that is shown: on another row the first press shows that one.
  if (!target) return
  event.preventDefault()
  const row = document.activeElement
  if (rows.includes(row) && !row.hasAttribute("aria-current") && target.dataset.key !== "z") return row.click()
  target.click()
  target.closest("details")?.querySelector("textarea")?.focus()
})
if (!document.querySelector("[data-focus]")) (rows[here()] ?? list).focus({ preventScroll: true })

const words = [...document.querySelectorAll('.said [name="cover"]')]
const after = document.getElementById("after")
function showAfter() {
  let text = ""
  let covered = false
  for (const word of words) {
    const blank = word.parentElement.nextSibling?.nodeType === Node.TEXT_NODE ? word.parentElement.nextSibling.data : ""
    if (!word.checked) text += word.parentElement.textContent + blank
    else text = (covered ? text.trimEnd() : text + after.dataset.mark) + blank
    covered = word.checked
  }
  after.innerText = text.trim()
}
if (document.querySelector("fieldset.said:not([disabled])") && after.dataset.shown !== "no") {
  for (const word of words) word.addEventListener("change", showAfter)
  // Along the words with the arrow keys: only one of them is a stop of the tabulator.
  const free = words.filter((word) => !word.disabled)
  free.forEach((word, number) => {
    word.tabIndex = number ? -1 : 0
    word.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -free.length, End: free.length }[event.key]
      if (step) {
        event.preventDefault()
        const next = free[Math.min(free.length - 1, Math.max(0, number + step))]
        next.tabIndex = 0
        if (next !== word) word.tabIndex = -1
        next.focus()
      } else if (event.key === "Enter") {
        event.preventDefault()
        word.click()
      }
    })
  })
}
