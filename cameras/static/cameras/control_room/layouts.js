// Layouts of the wall: chosen from a list, changed as one looks, saved under a name, shared with the control room.

import { request } from "../../look/request.js"
import { toast } from "../../look/page.js"

const TYPING = 250 // milliseconds of rest before what is typed counts

export class Layouts {
  constructor(wall) {
    this.wall = wall
    this.dialog = document.getElementById("layouts")
    this.form = document.getElementById("layout-form")
    this.list = document.getElementById("layouts-saved")
    this.template = document.getElementById("layout").content.firstElementChild
    this.known = []
    document.getElementById("layouts-open").addEventListener("click", () => this.open())
    document.getElementById("layouts-close").addEventListener("click", () => this.dialog.close())
    this.form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.save()
    })
    this.form.addEventListener("change", ({ target }) => this.handleChange(target))
    this.form.addEventListener("input", ({ target }) => {
      if (target.name !== "words") return
      clearTimeout(this.typing)
      this.typing = setTimeout(() => wall.applyLayout({ words: target.value }), TYPING)
    })
    document.getElementById("wall-unpin").addEventListener("click", () => wall.applyLayout({ pins: {} }))
    this.list.addEventListener("click", ({ target }) => this.handleClick(target.closest("button")))
    this.describeLayout()
  }

  async open() {
    this.fillGroups()
    this.describeLayout()
    this.dialog.showModal()
    this.showLayouts(await request(this.form.action))
  }

  // What the form says is laid out at once.
  handleChange({ name, value, validity }) {
    if (["size", "state", "group"].includes(name)) this.wall.applyLayout({ [name]: value })
    if (name === "dwell_s" && validity.valid) this.wall.applyLayout({ dwell: Number(value) })
  }

  // The fields, and the button that opens them, say how the wall is.
  describeLayout() {
    const { size, state, group, words, pins, dwell } = this.wall.layout
    for (const [name, value] of Object.entries({ size, state, group, words, dwell_s: dwell }))
      if (this.form.elements[name] !== document.activeElement) this.form.elements[name].value = value
    const count = Object.keys(pins).length
    const pinsLine = document.getElementById("wall-pins")
    pinsLine.textContent = count
      ? interpolate(ngettext("%s camera is pinned to its place.", "%s cameras are pinned to their places.", count), [count])
      : pinsLine.dataset.none
    document.getElementById("wall-unpin").hidden = !count
    const chosen = this.chosenLayout
    document.getElementById("wall-is").textContent = chosen?.name ?? size.replace("x", " × ")
    for (const row of this.list.querySelectorAll(".choose")) row.setAttribute("aria-pressed", Number(row.dataset.key) === chosen?.key)
  }

  // The saved layout that the wall shows now, if it shows one.
  get chosenLayout() {
    const sameLayout = (layout) =>
      ["size", "state", "group", "words", "dwell"].every((key) => layout[key] === this.wall.layout[key]) &&
      pinsAsText(layout) === pinsAsText(this.wall.layout)
    return this.known.find(sameLayout)
  }

  fillGroups() {
    const field = this.form.elements.group
    if (field.options.length > 1 && this.of === this.wall.pool.names) return
    this.of = this.wall.pool.names
    for (const group of field.querySelectorAll("optgroup")) group.remove()
    const byName = new Intl.Collator(document.documentElement.lang, { numeric: true })
    for (const [kind, groups] of Object.entries(this.wall.pool.groups)) {
      if (!groups.size) continue
      const group = document.createElement("optgroup")
      group.label = field.dataset[kind]
      for (const [which, { name, count }] of [...groups].sort(([, a], [, b]) => byName.compare(a.name, b.name)))
        group.append(new Option(`${name} (${count})`, `${kind}:${which}`))
      field.append(group)
    }
  }

  showLayouts({ layouts }) {
    this.known = layouts
    this.list.replaceChildren(...layouts.map((layout) => this.row(layout)))
    if (!layouts.length) this.list.append(Object.assign(document.createElement("li"), { textContent: this.list.dataset.none }))
    this.describeLayout()
  }

  row({ key, name, mine, shared, by, size }) {
    const row = this.template.cloneNode(true)
    const [choose, remove] = row.querySelectorAll("button")
    choose.dataset.key = remove.dataset.key = key
    choose.querySelector("b").textContent = name
    const of = mine ? (shared ? gettext("shared") : "") : interpolate(gettext("of %s"), [by])
    choose.querySelector("span").textContent = [size.replace("x", " × "), of].filter(Boolean).join(" · ")
    remove.setAttribute("aria-label", interpolate(gettext("Remove %s"), [name]))
    if (!mine) remove.remove()
    return row
  }

  async handleClick(button) {
    const layout = button && this.known.find(({ key }) => key === Number(button.dataset.key))
    if (!layout) return
    if ("remove" in button.dataset) {
      this.showLayouts(await request(`${this.form.action}${layout.key}/remove/`, { method: "POST" }))
      this.form.elements.name.focus()
      return
    }
    const { size, state, group, words, pins, dwell } = layout
    this.form.elements.name.value = layout.mine ? layout.name : ""
    this.form.elements.shared.checked = layout.mine && layout.shared
    await this.wall.applyLayout({ size, state, group, words, pins, dwell })
  }

  async save() {
    const body = new FormData(this.form)
    body.set("pins", JSON.stringify(this.wall.layout.pins))
    const error = document.getElementById("layout-error")
    const name = this.form.elements.name
    try {
      this.showLayouts(await request(this.form.action, { method: "POST", body }))
      error.hidden = true
      name.removeAttribute("aria-invalid")
      toast(interpolate(gettext("The layout “%s” is saved"), [body.get("name").trim()]))
    } catch (refusal) {
      error.hidden = false
      error.querySelector("span").textContent = refusal.message
      name.setAttribute("aria-invalid", "true")
      name.focus()
    }
  }
}

const pinsAsText = ({ pins }) => JSON.stringify(Object.entries(pins).sort())
