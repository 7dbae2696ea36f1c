// The filters of the public map: chips of states, and the panel with what narrows further.
//
//   const form = filterForm(element, { changed })   `changed({ name: value })` is told what a person changed; "" takes away
//   form.read(search)          the filters of an address as URLSearchParams
//   form.show(wanted)          lets the controls say these
//   form.isNarrowed(wanted)    whether more is asked for than a state
//   fitsFilter({ state, late }, chip)   whether an incident in this state belongs to the chip that is pressed: "open", "new",
//                              "working", "resolved", "late", or another that shows all
//   leavesMap(kind)            whether an incident leaves the map with a line of this kind
//   isOpen(state)

const NAMES = ["state", "late", "days", "category", "area", "from", "to", "authority", "photos", "words"]
const NARROWING = ["category", "area", "from", "to", "authority", "photos", "words"]
const IN_PANEL = ["category", "from", "to", "authority", "photos", "words"] // counted on its button
const WORDS_AFTER_MS = 500 // milliseconds without a key after which words are looked for
// As incidents/map/state_groups.py.
const AT_WORK = ["assigned", "passed_on", "accepted", "working", "extension"]
const STATES = {
  open: ["received", ...AT_WORK, "waiting", "disputed"],
  new: ["received"],
  working: AT_WORK,
  resolved: ["resolved", "closed"],
}
const LEAVING = ["hidden", "merged"]

export const fitsFilter = ({ state, late }, chip) => (chip === "late" ? late : (STATES[chip] ?? [state]).includes(state))
export const leavesMap = (kind) => LEAVING.includes(kind)
export const isOpen = (state) => STATES.open.includes(state)

export function filterForm(element, { changed }) {
  const byId = (name) => document.getElementById(name)
  const [toPanel, done, none, count] = ["to-panel", "panel-done", "no-filters", "narrowed"].map(byId)
  const chips = element.querySelectorAll(".chip[name=state]")
  const { category, days, from, to, authority, photos, words } = element.elements
  for (const hidden of element.querySelectorAll("input[type=hidden]")) hidden.remove()
  let timer = 0

  function openPanel(open) {
    element.classList.toggle("open", open)
    toPanel.setAttribute("aria-expanded", String(open))
  }

  function show(wanted) {
    const state = wanted.get("late") === "1" ? "late" : (wanted.get("state") ?? "open")
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.value === state))
    for (const field of [category, authority, from, to, words]) {
      const value = wanted.get(field.name) ?? ""
      if (field.value.trim() !== value) field.value = value // and a blank after a word that is being typed stays
    }
    photos.checked = wanted.get("photos") === "1"
    days.value = from.value || to.value ? "" : (wanted.get("days") ?? "30")
    const ofPanel = [...chips].some((chip) => chip.value === state && chip.closest(".filter-panel"))
    const narrowed = IN_PANEL.filter((name) => wanted.get(name)).length + Number(ofPanel)
    count.textContent = narrowed ? narrowed.toLocaleString(document.documentElement.lang) : ""
  }

  element.addEventListener("submit", (event) => {
    event.preventDefault()
    const chip = event.submitter
    if (!chip?.matches(".chip[name=state]")) return lookForWords()
    const on = chip.getAttribute("aria-pressed") === "true" && chip.value !== "open"
    changed({ state: on ? "open" : chip.value, late: "" })
  })
  for (const select of [category, authority]) select.addEventListener("change", () => changed({ [select.name]: select.value }))
  days.addEventListener("change", () => {
    if (days.value) return changed({ days: days.value, from: "", to: "" })
    openPanel(true)
    from.focus()
  })
  for (const day of [from, to]) {
    day.addEventListener("change", () => {
      if (from.value && to.value && from.value > to.value) (day === from ? to : from).value = day.value // one day, then
      changed({ from: from.value, to: to.value, days: "" })
    })
  }
  photos.addEventListener("change", () => changed({ photos: photos.checked ? "1" : "" }))
  words.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(lookForWords, WORDS_AFTER_MS)
  })
  function lookForWords() {
    clearTimeout(timer)
    changed({ words: words.value.trim() })
  }

  none.addEventListener("click", () => changed(Object.fromEntries(NAMES.map((name) => [name, name === "state" ? "open" : ""]))))
  toPanel.addEventListener("click", () => openPanel(!element.classList.contains("open")))
  done.addEventListener("click", () => {
    openPanel(false)
    toPanel.focus()
  })
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.classList.contains("open")) return
    openPanel(false)
    toPanel.focus()
  })

  return {
    read(search) {
      const wanted = new URLSearchParams()
      const parameters = new URLSearchParams(search)
      for (const name of NAMES) if (parameters.get(name)) wanted.set(name, parameters.get(name))
      show(wanted)
      return wanted
    },
    show,
    isNarrowed: (wanted) => NARROWING.some((name) => wanted.get(name)),
  }
}
