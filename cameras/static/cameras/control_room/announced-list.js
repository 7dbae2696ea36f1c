// Shows current announcements on the map of the room and as a list beside it. A sign on the map opens
// the page on which an announcement is corrected and ended.

import { isPressed, waitWhile } from "../../look/pressed.js"
import { announcedAreas, announcementInWords } from "../../incidents/public/announced-areas.js"

const AGAIN = 30_000 // milliseconds between two readings

export class AnnouncedList {
  // `list` holds an <ol>; `map` is the map; `failed(error)` is told when nothing could be read.
  constructor(list, map, failed) {
    Object.assign(this, { list, failed })
    const { announced: address, announcement: page } = map.getContainer().dataset
    this.areas = announcedAreas(map, { address, page, apart: true, changed: (shown) => this.take(shown) })
    list.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-key]")
      if (button) this.areas.find(Number(button.dataset.key))
    })
    // A line of the log tells that somebody may have announced something; what this window announces it tells itself.
    document.addEventListener("room", ({ detail }) => this.on && detail.log && this.load())
    document.addEventListener("announced", () => this.on && this.load())
  }

  show(on) {
    if (on === this.on) return
    this.on = on
    this.areas.show(on)
    clearTimeout(this.timer)
    this.list.hidden = !(on && this.shown?.length)
    if (on) this.load()
  }

  async load() {
    clearTimeout(this.timer)
    try {
      await this.areas.refresh(String(Date.now()))
    } catch (error) {
      this.failed(error)
    }
    if (this.on) this.timer = setTimeout(() => this.load(), AGAIN)
  }

  async take(shown) {
    this.shown = shown
    await waitWhile(() => isPressed(this.list))
    this.draw()
  }

  // The list stays as it is where nothing changed: whoever reads it keeps the place.
  draw() {
    const { shown } = this
    this.list.hidden = !(this.on && shown.length)
    const signature = JSON.stringify(shown.map(({ id, properties }) => [id, announcementInWords(properties)]))
    if (signature === this.signature) return
    this.signature = signature
    const focused = document.activeElement?.closest("#announced-list button")?.dataset.key
    const lines = shown.map(({ id, properties }) => {
      const line = document.createElement("li")
      const button = document.createElement("button")
      button.type = "button"
      button.dataset.key = id
      button.textContent = announcementInWords(properties)
      line.append(button)
      return line
    })
    this.list.querySelector("ol").replaceChildren(...lines)
    if (focused) this.list.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true })
  }
}
