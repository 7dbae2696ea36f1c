// What cameras report, worked by keys: arrows choose, X marks, Shift with an arrow marks a run, and the keys on the
// buttons act on all that is marked, else on what is chosen. They act while nothing is being typed.

const inbox = document.getElementById("inbox")
const lines = [...(inbox?.querySelectorAll("[data-line]") ?? [])]
const box = (line) => line.closest("li").querySelector("input")
const current = () => lines.find((line) => line === document.activeElement) ?? lines.find((line) => line.ariaCurrent)

function showMarked() {
  const count = inbox.querySelectorAll("input[name=key]:checked").length
  inbox.querySelector(".marked").textContent = count ? interpolate(gettext("%s marked: the keys act on all of them."), [count]) : ""
}

inbox?.addEventListener("change", showMarked)
// Back from a decision the list goes on where it was; on a phone, where the list lies above, what was chosen comes up.
if (location.search.includes("at=")) {
  const isNarrow = matchMedia("(width < 60rem)").matches
  current()?.focus({ preventScroll: isNarrow })
  if (isNarrow) document.getElementById("chosen-title")?.scrollIntoView()
}

function walk(step, marks) {
  const from = lines.indexOf(current())
  const next = lines[Math.min(Math.max(from + step, 0), lines.length - 1)]
  if (marks) {
    box(lines[from]).checked = true
    box(next).checked = true
    showMarked()
  }
  next.focus()
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (target.closest("select, textarea, input:not([type=checkbox], [type=radio])")) return
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (!lines.length || target.type === "radio") return
    event.preventDefault()
    return walk(key === "ArrowDown" ? 1 : -1, event.shiftKey)
  }
  const pressed = key.toLowerCase()
  if (pressed === "x" && current()) {
    box(current()).checked = !box(current()).checked
    return showMarked()
  }
  const button = document.querySelector(`button[data-key="${CSS.escape(pressed)}"]`)
  if (!button) return
  event.preventDefault()
  // A key means the line that has the focus, whatever the pane shows.
  if (inbox && button.form === inbox && !inbox.querySelector("input[name=key]:checked") && current() && !current().ariaCurrent)
    return void location.assign(current().href)
  button.click()
})
