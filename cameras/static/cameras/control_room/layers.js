// Switches the layers of the room's map: incidents, bursts, cameras, their views, density, wards, announcements, and feeds of
// others where some are set. The choice is stored in this browser.

import { AnnouncedList } from "./announced-list.js"
import { Feeds } from "./feeds.js"
import { WardCounts } from "./ward-counts.js"

const STORAGE_KEY = "control-layers"
const AGAIN = 30_000 // between two readings of density

export class Layers {
  // `announce(words)` is called with what cannot be shown.
  constructor(form, city, announce) {
    Object.assign(this, { city, announce })
    const menu = form.closest("details")
    const map = city.map.getContainer()
    const boxes = [...form.elements]
    const wards = new WardCounts(document.getElementById("ward-list"), city, (error) => announce(error.message))
    const announced = new AnnouncedList(document.getElementById("announced-list"), city.map, (error) => announce(error.message))
    const lists = document.getElementById("feed-lists") // only where a feed is set
    const feeds = lists && new Feeds(lists, city, (error) => announce(error.message))
    Object.assign(this, { feeds, form })
    try {
      const stored = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? {}
      for (const box of boxes) if (typeof stored[box.name] === "boolean") box.checked = stored[box.name]
    } catch {
      localStorage.removeItem(STORAGE_KEY)
    }
    const show = () => {
      const on = Object.fromEntries(boxes.map(({ name, checked }) => [name, checked]))
      for (const [name, checked] of Object.entries(on)) map.classList.toggle(`show-${name}`, checked)
      city.markers.setAllViews(on.views)
      wards.show(on.wards)
      announced.show(on.announced)
      this.showDensity(on.density)
      feeds?.show(boxes.filter(({ checked, dataset }) => checked && dataset.feed).map(({ dataset }) => dataset.feed))
      return on
    }
    show()
    form.addEventListener("change", () => localStorage.setItem(STORAGE_KEY, JSON.stringify(show())))
    city.map.on("narrowed", () => this.dense && this.readDensity())
    document.addEventListener("click", ({ target }) => menu.open && !menu.contains(target) && (menu.open = false))
    menu.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return
      menu.open = false
      menu.querySelector("summary").focus()
    })
  }

  // Show a vehicle of a feed, whose layer is put on where it was not.
  findVehicle(key, { lon, lat }) {
    const box = this.form.elements["feed-vehicles"]
    if (!box.checked) box.click()
    this.city.showPlace(lon, lat)
    this.feeds.find(key)
  }

  showDensity(on) {
    if (on === this.dense) return
    this.dense = on
    clearTimeout(this.timer)
    if (on) this.readDensity()
    else this.heat?.hide()
  }

  // Of the tiles that count what this person may read, narrowed as the list is.
  async readDensity() {
    clearTimeout(this.timer)
    if (!this.heat) {
      const { density } = await import("../../incidents/public/density.js")
      this.heat ??= density(this.city.map, this.city.map.getContainer().dataset.density, {
        notify: this.announce,
        credentials: "same-origin",
      })
    }
    if (!this.dense) return // put out meanwhile
    this.timer = setTimeout(() => this.readDensity(), AGAIN)
    await this.heat.show(new URLSearchParams(this.city.narrowed ?? ""))
  }
}
