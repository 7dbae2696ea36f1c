// The list as a sheet over the map on a phone, in three positions: moved by dragging, by its grip or by the arrow keys.
//
//   const list = sheet(element, grip, head)   list.coveredHeight() is the height in pixels that it takes from the map (0 where it stands beside the map)
//   list.moveTo(name)                         to one of the positions
//   list.whenLower(act)                       `act()` is called when it has come to rest and leaves more of the map free

const POSITIONS = ["head", "half", "full"]
const RESTS_AFTER_MS = 150 // without a change of its height
const narrow = matchMedia("(max-width: 63.99rem)")
const lying = matchMedia("(max-height: 30rem) and (orientation: landscape)") // a phone: the list is a column beside the map

const isSheet = () => narrow.matches && !lying.matches

export function sheet(element, grip, head) {
  let from = null
  let height = 0
  let resting = 0
  let lower = () => {}

  function moveTo(name) {
    element.dataset.rest = name
    element.style.removeProperty("height")
    grip.setAttribute("aria-expanded", String(name === "full"))
    grip.setAttribute("aria-label", name === "full" ? gettext("Make the list smaller") : gettext("Make the list larger"))
    publishHeight()
  }

  function publishHeight() {
    const before = height
    height = coveredHeight()
    element.parentElement.style.setProperty("--sheet", `${height}px`)
    if (height >= before) return
    clearTimeout(resting)
    resting = setTimeout(() => lower(), RESTS_AFTER_MS)
  }

  function coveredHeight() {
    if (!isSheet()) return 0
    return element.dataset.rest === "full" ? element.parentElement.clientHeight * 0.55 : element.offsetHeight
  }

  function sheetHeights() {
    const whole = element.parentElement.clientHeight
    return { head: head.offsetHeight + 110, half: whole * 0.55, full: whole - 68 }
  }

  function moveBy(by) {
    moveTo(POSITIONS[Math.min(Math.max(POSITIONS.indexOf(element.dataset.rest) + by, 0), 2)])
  }

  grip.addEventListener("click", () => from?.moved || moveTo({ head: "half", half: "full", full: "half" }[element.dataset.rest]))
  grip.addEventListener("keydown", ({ key }) => ({ ArrowUp: () => moveBy(1), ArrowDown: () => moveBy(-1) })[key]?.())
  for (const part of [grip, head]) {
    part.addEventListener("pointerdown", (event) => {
      if (!isSheet() || event.button || event.target.closest("button, a") !== (part === grip ? grip : null)) return
      from = { y: event.clientY, height: element.offsetHeight, moved: false, id: event.pointerId }
    })
  }
  window.addEventListener("pointermove", (event) => {
    if (event.pointerId !== from?.id) return
    const by = from.y - event.clientY
    from.moved ||= Math.abs(by) > 6
    if (from.moved) element.style.height = `${Math.min(Math.max(from.height + by, sheetHeights().head), sheetHeights().full)}px`
  })
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, (event) => {
      if (event.pointerId !== from?.id) return
      if (from.moved) {
        const at = element.offsetHeight
        const all = Object.entries(sheetHeights()).sort(([, a], [, b]) => Math.abs(a - at) - Math.abs(b - at))
        moveTo(all[0][0])
      }
      setTimeout(() => (from = null)) // after the click that a drag on the grip ends with
    })
  }
  for (const screen of [narrow, lying]) screen.addEventListener("change", publishHeight)
  new ResizeObserver(publishHeight).observe(element)
  moveTo("half")
  return { coveredHeight, moveTo, whenLower: (act) => (lower = act) }
}
