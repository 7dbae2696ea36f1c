// The search box of the room: a combobox (ARIA 1.2) over `/control/search/`. "/" goes to it, arrows walk what was
// found, Enter goes there, Escape leaves.

import { request } from "../../look/request.js"

const TYPING = 180 // milliseconds after the last letter
const SIGNS = { incident: "i-alert", camera: "i-camera", vehicle: "c-bus", place: "i-map" }

export class Search {
  // `go({ kind, key, lon, lat, bounds })` is told what a person chose.
  constructor(form, go) {
    Object.assign(this, { form, go })
    this.input = form.querySelector("input")
    this.list = form.querySelector("[role=listbox]")
    this.say = form.querySelector("[role=status]")
    this.results = []
    this.at = -1
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer)
      this.timer = setTimeout(() => this.ask(), TYPING)
    })
    this.input.addEventListener("keydown", (event) => this.handleKey(event))
    this.input.addEventListener("blur", () => this.show([]))
    form.addEventListener("submit", (event) => event.preventDefault())
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()) // the box keeps the focus
    this.list.addEventListener("click", ({ target }) => this.choose([...this.list.children].indexOf(target.closest("li"))))
    document.addEventListener("keydown", (event) => {
      const { key, target, ctrlKey, metaKey, altKey } = event
      if (key !== "/" || ctrlKey || metaKey || altKey || target.closest("input, textarea, select, dialog[open]")) return
      event.preventDefault()
      this.input.focus()
      this.input.select()
    })
  }

  async ask() {
    clearTimeout(this.timer)
    this.timer = null
    this.asking?.abort()
    const { signal } = (this.asking = new AbortController())
    try {
      const { found: results } = await request(`${this.form.action}?${new URLSearchParams({ q: this.input.value.trim() })}`, { signal })
      if (signal.aborted) return
      this.show(results)
      this.say.textContent = results.length
        ? interpolate(ngettext("%s found.", "%s found.", results.length), [results.length])
        : gettext("Nothing found.")
    } catch (error) {
      if (signal.aborted) return
      this.show([])
      this.say.textContent = error.message
    }
  }

  show(results) {
    this.results = results
    this.at = -1
    this.list.replaceChildren(...results.map((result, i) => this.option(result, i)))
    this.list.hidden = !results.length
    this.input.setAttribute("aria-expanded", results.length > 0)
    this.input.removeAttribute("aria-activedescendant")
    if (!results.length) this.say.textContent = ""
  }

  option({ kind, title, more }, i) {
    const option = document.createElement("li")
    option.id = `found-${i}`
    option.setAttribute("role", "option")
    option.setAttribute("aria-selected", "false")
    option.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${document.body.dataset.icons}#${SIGNS[kind]}"/></svg><span><b></b> <span class="quiet small"></span></span>`
    option.querySelector("b").textContent = title
    option.querySelector(".quiet").textContent = more
    return option
  }

  mark(i) {
    this.list.children[this.at]?.setAttribute("aria-selected", "false")
    this.at = (i + this.results.length) % this.results.length
    const option = this.list.children[this.at]
    option.setAttribute("aria-selected", "true")
    option.scrollIntoView({ block: "nearest" })
    this.input.setAttribute("aria-activedescendant", option.id)
  }

  async handleKey(event) {
    const { key } = event
    if (key === "Enter") {
      event.preventDefault()
      if (this.timer || !this.results.length) await this.ask()
      this.choose(Math.max(this.at, 0))
    } else if (key === "Escape") {
      this.show([])
      this.input.blur()
    } else if (this.results.length && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault()
      this.mark(key === "ArrowDown" ? this.at + 1 : this.at < 0 ? -1 : this.at - 1)
    }
  }

  choose(i) {
    const result = this.results[i]
    if (!result) return
    this.input.value = result.title
    this.show([])
    this.go(result)
  }
}
