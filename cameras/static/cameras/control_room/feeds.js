// Feeds of others on the map of the room: stations with their values, areas of warnings, vehicles; and the same as lists
// beside the map. What stays keeps its sign, so that vehicles move and whoever reads a list keeps the place.

import { isPressed, waitWhile } from "../../look/pressed.js"
import { request } from "../../look/request.js"

const AGAIN = 10_000
const CLOSE = 15
const ICONS = { rain: "c-flood", tide: "c-canal", alert: "i-alert", vehicles: "c-bus" }

const element = (name, className = "", words = "") => Object.assign(document.createElement(name), { className, textContent: words })
const inNumbers = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 })

export class Feeds {
  // `lists` has data-address and holds what is listed; `city` is the map; `failed(error)` is told when nothing came.
  constructor(lists, city, failed) {
    Object.assign(this, { lists, failed, map: city.map, kinds: [], signs: new Map(), areas: new Map(), signatures: new Map() })
    this.icons = this.map.getContainer().dataset.icons
    this.map.createPane("feedAreas").style.zIndex = 335
    this.map.createPane("feedSigns").style.zIndex = 560 // over clusters, under pins
    this.renderer = L.svg({ pane: "feedAreas", padding: 0.5 })
    lists.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-key]")
      if (button) this.find(button.dataset.key)
    })
  }

  // These kinds are shown, and no others.
  show(kinds) {
    if (kinds.join() === this.kinds.join()) return
    this.kinds = kinds
    clearTimeout(this.timer)
    this.reading?.abort()
    if (kinds.length) return this.load()
    this.draw([])
  }

  async load() {
    clearTimeout(this.timer)
    const { signal } = (this.reading = new AbortController())
    try {
      const wanted = new URLSearchParams(this.kinds.map((kind) => ["kind", kind]))
      const { feeds } = await request(`${this.lists.dataset.address}?${wanted}`, { signal })
      this.draw(feeds)
    } catch (error) {
      if (error.name === "AbortError") return
      this.failed(error)
    }
    this.timer = setTimeout(() => this.load(), AGAIN)
  }

  draw(feeds) {
    const currentKeys = new Set()
    for (const feed of feeds)
      for (const item of feed.items) {
        currentKeys.add(item.key)
        if (item.shape.type === "Point") this.putSign(feed, item)
        else this.putArea(item)
      }
    for (const some of [this.signs, this.areas])
      for (const [key, { layer }] of some)
        if (!currentKeys.has(key)) {
          layer.remove()
          some.delete(key)
        }
    waitWhile(() => isPressed(this.lists)).then(() => {
      this.drawLists(feeds)
      if (this.sought) this.markFound(this.sought)
    })
  }

  putSign(feed, item) {
    const [lon, lat] = item.shape.coordinates
    const look = JSON.stringify([item.title, item.value, item.level, item.old, item.heading, item.when])
    const known = this.signs.get(item.key)
    if (known) known.layer.setLatLng([lat, lon])
    if (known?.look === look) return
    const icon = L.divIcon({ className: "", iconSize: [0, 0], html: this.sign(feed, item) })
    if (known) {
      known.layer.setIcon(icon)
      known.look = look
      return
    }
    const layer = L.marker([lat, lon], { pane: "feedSigns", keyboard: false, icon })
    layer.on("click", () => this.markFound(item.key))
    this.signs.set(item.key, { layer: layer.addTo(this.map), look })
  }

  sign(feed, item) {
    const button = element("button", `feed-sign ${feed.kind} level-${item.level}${item.old ? " old" : ""}`)
    button.type = "button"
    button.tabIndex = -1 // by keyboard there are the lists
    button.dataset.key = item.key
    button.title = this.wordsOf(feed, item)
    button.setAttribute("aria-label", button.title)
    const icon = L.SVG.create("svg")
    icon.setAttribute("class", "icon")
    icon.setAttribute("aria-hidden", "true")
    const use = L.SVG.create("use")
    use.setAttribute("href", `${this.icons}#${ICONS[feed.kind]}`)
    icon.append(use)
    button.append(icon)
    if (item.value !== null) button.append(element("b", "num", inNumbers(item.value)))
    if (item.heading !== null) {
      const arrow = element("span", "heading")
      arrow.style.rotate = `${item.heading}deg`
      button.append(arrow)
    }
    return button
  }

  putArea(item) {
    const look = JSON.stringify([item.shape, item.level, item.old])
    const known = this.areas.get(item.key)
    if (known?.look === look) return
    known?.layer.remove()
    const layer = L.geoJSON(item.shape, {
      pane: "feedAreas",
      renderer: this.renderer,
      interactive: false,
      style: { className: `feed-area level-${item.level}${item.old ? " old" : ""}` },
    })
    this.areas.set(item.key, { layer: layer.addTo(this.map), look })
  }

  wordsOf(feed, { title, value, unit, severity, text, when }) {
    const figure = value === null ? "" : `${inNumbers(value)} ${unit || feed.unit}`.trim()
    const does = feed.kind === "vehicles" ? text : ""
    return [figure ? `${title}: ${figure}` : title, severity, does, when].filter(Boolean).join(" · ")
  }

  // A section for each feed: what is to be said of it, and its things.
  drawLists(feeds) {
    const codes = new Set(feeds.map(({ code }) => code))
    for (const section of [...this.lists.children])
      if (!codes.has(section.dataset.code)) {
        section.remove()
        this.signatures.delete(section.dataset.code)
      }
    for (const feed of feeds) {
      const signature = JSON.stringify([
        feed.title,
        feed.state,
        feed.credit,
        feed.items.map((item) => [item.key, this.wordsOf(feed, item), item.text]),
      ])
      if (this.signatures.get(feed.code) === signature) continue
      this.signatures.set(feed.code, signature)
      const before = [...this.lists.children].find(({ dataset }) => dataset.code === feed.code)
      const focused = before?.contains(document.activeElement) && document.activeElement.dataset.key
      const section = this.section(feed)
      if (before) before.replaceWith(section)
      else this.lists.append(section)
      if (focused) [...section.querySelectorAll("button")].find(({ dataset }) => dataset.key === focused)?.focus({ preventScroll: true })
    }
  }

  section(feed) {
    const section = element("section", "layer-list")
    section.dataset.code = feed.code
    const head = element("h2", "", feed.unit ? `${feed.title} (${feed.unit})` : feed.title)
    head.id = `feed-${feed.code}`
    section.setAttribute("aria-labelledby", head.id)
    section.append(head, ...this.legendOf(feed))
    if (feed.state) section.append(element("p", feed.failing ? "failing" : "quiet", feed.state))
    if (feed.items.length) {
      const list = element("ol")
      list.tabIndex = 0
      list.setAttribute("aria-labelledby", head.id)
      list.append(...feed.items.map((item) => this.line(feed, item)))
      section.append(list)
    }
    if (feed.credit) section.append(element("p", "quiet credit-of", feed.credit))
    return section
  }

  line(feed, item) {
    const line = element("li")
    const button = element("button", item.old ? "old" : "", this.wordsOf(feed, item))
    button.type = "button"
    button.dataset.key = item.key
    line.append(button)
    if (item.text && item.severity) line.append(element("p", "quiet", item.text))
    return line
  }

  find(key) {
    const sign = this.signs.get(key)?.layer
    const area = this.areas.get(key)?.layer
    if (sign) this.map.setView(sign.getLatLng(), Math.max(this.map.getZoom(), CLOSE), { animate: false })
    if (area) this.map.fitBounds(area.getBounds(), { maxZoom: CLOSE, animate: false })
    this.markFound(key)
  }

  markFound(key) {
    this.sought = key
    for (const button of [...this.map.getPane("feedSigns").querySelectorAll("button"), ...this.lists.querySelectorAll("button[data-key]")])
      button.classList.toggle("found", button.dataset.key === key)
  }

  // From which value on a sign has which look.
  legendOf({ kind, levels }) {
    const steps = kind === "alert" ? this.severities() : levels.map((level, i) => [i + 1, `≥ ${inNumbers(level)}`])
    if (!steps.length) return []
    const list = element("ul", "feed-legend")
    for (const [level, words] of steps) {
      const line = element("li")
      line.append(element("span", `feed-swatch level-${level}`), words)
      list.append(line)
    }
    return [list]
  }

  severities() {
    return [
      [1, gettext("minor")],
      [2, gettext("moderate")],
      [3, gettext("severe")],
      [4, gettext("extreme")],
    ]
  }
}
