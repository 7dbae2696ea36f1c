// Ticks several incidents of the desk's list: their count, and the bar of steps for them.
//
//   const pick = createPicking({ listLines })   listLines(): the lines of the list as they are now
//   pick.toggle(line)                 ticks a line, or takes the tick away; begins where nothing is ticked yet
//   pick.tickAll() pick.tickNone() pick.showCount() pick.restoreTicks(rows): the same ticks in a fresh list

const $ = (selector, root = document) => root.querySelector(selector)
const MAX_TICKED = 100

export function createPicking({ listLines }) {
  const bar = $("#several")
  const countLine = $("#picked")
  const keys = $(".pane-foot.keys")
  const listBoxes = () => listLines().flatMap((line) => $(".pick", line.parentElement) ?? []) // what is only watched has none
  const tickedBoxes = () => listBoxes().filter((box) => box.checked)

  function setPicking(on) {
    $("#rows").classList.toggle("picking", on)
    bar.hidden = !on
    keys.hidden = on
    $("#pick").setAttribute("aria-pressed", String(on))
    $("#pick-all").hidden = !on
    showCount()
  }

  function showCount() {
    const count = tickedBoxes().length
    countLine.textContent = count
      ? interpolate(ngettext("%s selected", "%s selected", count), [count])
      : gettext("Select incidents, then choose a step.")
  }

  function tickNone() {
    for (const box of listBoxes()) box.checked = false
    setPicking(false)
  }

  $("#pick").setAttribute("role", "button")
  $("#pick").addEventListener("click", (event) => {
    event.preventDefault()
    if ($("#rows").classList.contains("picking")) tickNone()
    else setPicking(true)
  })
  $("#pick-none").addEventListener("click", (event) => {
    event.preventDefault()
    tickNone()
  })
  $("#pick-all").addEventListener("click", () => pick.tickAll())
  document.addEventListener("change", (event) => event.target.matches("#rows .pick") && showCount())
  $("#pick-all").hidden = bar.hidden

  const pick = {
    tickNone,
    get on() {
      return !bar.hidden
    },
    tickedValues: () => tickedBoxes().map((box) => box.value),
    toggle(line) {
      const box = $(".pick", line.parentElement)
      box.checked = !box.checked
      setPicking(pick.on || box.checked)
    },
    tickAll() {
      const all = listBoxes().slice(0, MAX_TICKED)
      const on = !all.every((box) => box.checked)
      for (const box of all) box.checked = on
      setPicking(true)
    },
    restoreTicks(rows) {
      const references = new Set(pick.tickedValues().map((value) => value.split(":")[0]))
      rows.classList.toggle("picking", pick.on)
      for (const box of rows.querySelectorAll(".pick")) box.checked = references.has(box.value.split(":")[0])
    },
    showCount,
  }
  return pick
}
