// The queue of the control room: seven incidents by rank, bursts above them, filtered by reason, category and area. Its lines are
// not replaced while the pointer or the focus is on them.

import { request } from "../../look/request.js"

const AGAIN = 30_000 // milliseconds: deadlines pass without news

export class Attention {
  // `changed(bursts)` is told when lines are on the page, `narrowed({ field, area })` what a person wants to see; `failed(error)` when they could not be asked for.
  constructor(box, { changed, narrowed, failed }) {
    Object.assign(this, { box, changed, narrowed, failed })
    this.body = box.querySelector("#queue-body")
    this.form = document.getElementById("narrow-form")
    this.only = ""
    this.unfolded = false
    this.seen = new Set(this.references)
    this.asking = false
    this.askAgain = false // something happened while it was being asked for
    this.waiting = null // lines that wait until nobody is about to press one
    box.addEventListener("click", (event) => this.handleClick(event))
    box.addEventListener("keydown", (event) => this.handleKey(event))
    for (const left of ["pointerleave", "focusout"]) box.addEventListener(left, () => setTimeout(() => this.showWaiting()))
    box.addEventListener("toggle", () => this.changed(this.bursts), true)
    this.form.addEventListener("change", () => this.narrow())
    this.form.addEventListener("reset", () => setTimeout(() => this.narrow()))
    this.timer = setTimeout(() => this.load(), AGAIN)
  }

  get rows() {
    return [...this.body.querySelectorAll("[data-incident]")]
  }

  get references() {
    return this.rows.map(({ dataset }) => dataset.incident)
  }

  // The bursts of the list: { key, outline (GeoJSON), open }.
  get bursts() {
    return [...this.body.querySelectorAll("[data-burst]")].map(({ dataset, open }) => ({
      key: dataset.burst,
      outline: JSON.parse(dataset.outline),
      open,
    }))
  }

  // Somebody may press a line at this moment.
  get isHeld() {
    const lines = this.body.querySelector(".scroll")
    return lines.matches(":hover") || lines.contains(document.activeElement)
  }

  narrow() {
    const chosen = [...this.form.elements].filter(({ name, value }) => name && value)
    this.form.closest("details").classList.toggle("on", chosen.length > 0)
    document.getElementById("narrow-says").textContent = chosen.map(({ selectedOptions }) => `, ${selectedOptions[0].text}`).join("")
    this.narrowed(Object.fromEntries(chosen.map(({ name, value }) => [name, value])))
    return this.load({ now: true })
  }

  // Ask for the list. `now`: a person asked, so it is shown even under the pointer.
  async load({ now = false } = {}) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.load(), AGAIN)
    this.showNow ||= now
    if (this.asking) {
      this.askAgain = true
      return
    }
    this.asking = true
    try {
      const wanted = new URLSearchParams({ only: this.only, ...Object.fromEntries(new FormData(this.form)) })
      if (this.unfolded) wanted.set("all", 1)
      const page = document.createElement("template")
      page.innerHTML = await request(`/control/queue/?${wanted}`)
      document.getElementById("figures").replaceChildren(page.content.querySelector(".figures"))
      document.getElementById("shift-line").replaceChildren(page.content.querySelector(".shift-waits"))
      this.waiting = page.content
      if (this.showNow || !this.isHeld) this.showWaiting(true)
      this.showNow = false
    } catch (error) {
      this.failed(error)
    } finally {
      this.asking = false
    }
    if (this.askAgain) {
      this.askAgain = false
      this.load()
    }
  }

  // Put in the lines that came last, with the place to which a person has scrolled, and what has the focus.
  showWaiting(now = false) {
    if (!this.waiting || (!now && this.isHeld)) return
    const { body, waiting } = this
    this.waiting = null
    const top = body.querySelector(".scroll").scrollTop
    const open = new Set(this.bursts.filter((burst) => burst.open).map(({ key }) => key))
    const active = body.contains(document.activeElement) ? document.activeElement : null
    const again = active && nameOf(active)
    body.replaceChildren(waiting)
    for (const burst of body.querySelectorAll("[data-burst]")) burst.open = open.has(burst.dataset.burst)
    body.querySelector(".scroll").scrollTop = top
    if (active) ((again && body.querySelector(again)) || this.box).focus({ preventScroll: true })
    for (const row of this.rows) row.classList.toggle("new", !this.seen.has(row.dataset.incident) && !this.only)
    if (!this.only) this.seen = new Set(this.references)
    this.changed(this.bursts)
  }

  // The line of the incident in front.
  markFront({ kind, key }) {
    for (const row of this.rows) {
      if (kind === "incident" && row.dataset.incident === key) row.setAttribute("aria-current", "true")
      else row.removeAttribute("aria-current")
    }
  }

  handleClick({ target }) {
    const chip = target.closest("[data-only]")
    if (chip) {
      this.only = chip.dataset.only
      this.load({ now: true })
    }
    if (target.closest("[data-all]")) {
      this.unfolded = !this.unfolded
      this.load({ now: true })
    }
  }

  // Up and down go from line to line.
  handleKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    const lines = [...this.body.querySelectorAll(".line")].filter((line) => line.checkVisibility())
    const here = lines.indexOf(document.activeElement)
    if (here < 0) return
    event.preventDefault()
    lines[here + step]?.focus()
  }
}

// By what an element is found again when the list has been written anew.
function nameOf(element) {
  const { incident, only } = element.dataset
  const burst = element.matches("summary") && element.parentElement.dataset.burst
  if (incident) return `[data-incident="${CSS.escape(incident)}"]`
  if (burst) return `[data-burst="${CSS.escape(burst)}"] > summary`
  if (only !== undefined) return `[data-only="${CSS.escape(only)}"]`
  return element.matches("[data-all]") ? "[data-all]" : null
}
