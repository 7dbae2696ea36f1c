// A button that sets the chosen words of a text in bold (**words**), or takes that back; then the words are chosen again.

const MARK = "**"

for (const button of document.querySelectorAll("[data-bold]")) {
  const area = document.getElementById(button.dataset.bold)
  button.hidden = false
  button.onclick = () => {
    turnBold(area)
    area.focus()
    area.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

function turnBold(area) {
  const { value, selectionStart: from, selectionEnd: to } = area
  const marked = value.slice(0, from).endsWith(MARK) && value.slice(to).startsWith(MARK)
  const shift = marked ? -MARK.length : MARK.length
  const words = value.slice(from, to)
  const outer = marked ? [from - MARK.length, to + MARK.length] : [from, to]
  area.setRangeText(marked ? words : MARK + words + MARK, ...outer, "preserve")
  area.setSelectionRange(from + shift, to + shift)
}
