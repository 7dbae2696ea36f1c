// Several incidents of the list ticked at once: their number, and the bar of steps for them.
//
//   const pick = picking({ lines })   lines(): the lines of the list as they are now
//   pick.toggle(line)                 ticks a line, or takes the tick away; begins where nothing is ticked yet
//   pick.all() pick.none()            pick.kept(rows): the ticks again in a fresh list

const $ = (selector, root = document) => root.querySelector(selector)
const MOST = 100

export function picking({ lines }) {
  const bar = $("#several")
  const said = $("#picked")
  const keys = $(".pane-foot.keys")
  const boxes = () => lines().map((line) => $(".pick", line.parentElement))
  const ticked = () => boxes().filter((box) => box.checked)

  function show(on) {
    $("#rows").classList.toggle("picking", on)
    bar.hidden = !on
    keys.hidden = on
    $("#pick").setAttribute("aria-pressed", String(on))
    $("#pick-all").hidden = !on
    tell()
  }

  function tell() {
    const count = ticked().length
    said.textContent = count
      ? interpolate(ngettext("%s chosen", "%s chosen", count), [count])
      : gettext("Tick incidents, then choose a step.")
  }

  function none() {
    for (const box of boxes()) box.checked = false
    show(false)
  }

  $("#pick").setAttribute("role", "button")
  $("#pick").addEventListener("click", (event) => {
    event.preventDefault()
    if ($("#rows").classList.contains("picking")) none()
    else show(true)
  })
  $("#pick-none").addEventListener("click", (event) => {
    event.preventDefault()
    none()
  })
  $("#pick-all").addEventListener("click", () => pick.all())
  document.addEventListener("change", (event) => event.target.matches("#rows .pick") && tell())
  $("#pick-all").hidden = bar.hidden

  const pick = {
    none,
    get on() {
      return !bar.hidden
    },
    ticked: () => ticked().map((box) => box.value),
    toggle(line) {
      const box = $(".pick", line.parentElement)
      box.checked = !box.checked
      show(pick.on || box.checked)
    },
    all() {
      const all = boxes().slice(0, MOST)
      const on = !all.every((box) => box.checked)
      for (const box of all) box.checked = on
      show(true)
    },
    kept(rows) {
      const references = new Set(pick.ticked().map((value) => value.split(":")[0]))
      rows.classList.toggle("picking", pick.on)
      for (const box of rows.querySelectorAll(".pick")) box.checked = references.has(box.value.split(":")[0])
    },
    tell,
  }
  return pick
}
