// The wall: a tile for each place of the grid, created once and reused, so that memory does not grow overnight.
// The server draws the first page. Pinned cameras keep their places, the others come page after page; what is chosen
// only marks its cameras: the wall stays as it is until it turns.

import { adoptCamera, pictureAddress, updateAge, releasePicture, paintCamera, pictureElement } from "../camera-picture.js"
import { Pool } from "./pool.js"

const PICTURES_WAIT = 1500 // milliseconds that a page waits for its pictures before it is shown without
const STORAGE_KEY = "wall" // where this browser keeps what was on the wall last
const DEFAULT_LAYOUT = { size: "5x4", state: "all", group: "", words: "", pins: {}, dwell: 24 }
const LONGEST_COOKIE = 3500 // characters: a browser keeps 4096 with its name
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)")

function storedLayout() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? {}
  } catch {
    return {}
  }
}

// As `WallLayout.as_json` of the server writes it.
const layoutAsText = ({ group, pins, size, state, words }) => {
  const sorted = Object.fromEntries(Object.entries(pins).sort(([code], [other]) => (code < other ? -1 : 1)))
  return JSON.stringify({ group, pins: sorted, size, state, words })
}

export class Wall {
  // `ask(codes, near)` gives the tiles of these cameras by code, and has told before which cameras are near what wants
  // attention; `acts` is what a person wants elsewhere: open(code), choose(number), toMap(), back(), compare(),
  // layouts(), help(), and keys(), whether single letters act, and isOver(), whether something lies over the wall.
  // `changed(wall)` is told when it is laid out anew.
  constructor(box, ask, acts, changed = () => {}) {
    Object.assign(this, { box, ask, acts, changed })
    this.pool = new Pool()
    this.knowsCameras = false // whether the register has come
    this.first = [] // the cameras of what is in front, which carry its numbers
    this.page = 0
    this.waiting = null // the page whose answer was lost
    this.layout = { ...DEFAULT_LAYOUT, ...storedLayout() }
    this.left = this.layout.dwell
    this.tiles = [...box.querySelectorAll(".tile")] // as the server has drawn them
    for (const tile of this.tiles) adoptCamera(tile)
    this.drawn = box.dataset.layout === layoutAsText(this.layout)
    this.turning = !reducedMotion.matches && localStorage.getItem("wall-turning") !== "no"
    this.field = (id) => document.getElementById(`wall-${id}`)
    this.template = document.getElementById("tile").content.firstElementChild
    this.addListeners()
    this.resizeGrid()
  }

  get shownCodes() {
    return this.tiles.map((tile) => tile.dataset.camera).filter(Boolean)
  }

  setCameras(register) {
    this.pool.setCameras(register)
    this.knowsCameras = true
    this.labelStates()
    if (!this.drawn) return this.turnToPage()
    this.drawn = false // what the server has drawn stays until the wall turns
    this.showSummary(this.pageAt(0))
  }

  // The cameras of what is in front get the numbers that they have on the map; nothing moves.
  setFirst(codes) {
    if (codes.join() === this.first.join()) return
    this.first = this.pool.chosen = codes
    for (const tile of this.tiles) this.markTile(tile, tile.dataset.camera)
    this.labelStates()
    if (this.layout.state === "chosen") return this.turnToPage(0)
  }

  // Lay the wall out: any of size, state, group, words, pins, dwell.
  applyLayout(layout) {
    const size = this.layout.size
    Object.assign(this.layout, layout)
    this.storeLayout()
    this.labelStates()
    if (this.layout.size !== size) this.resizeGrid()
    this.left = this.layout.dwell
    this.changed(this)
    return this.turnToPage(0)
  }

  // In this browser, and in a cookie for the first page that the server draws.
  storeLayout() {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(this.layout))
    const layoutText = encodeURIComponent(layoutAsText(this.layout))
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `control_wall=${layoutText.length < LONGEST_COOKIE ? layoutText : ""}; path=/control/; max-age=31536000; samesite=lax`
  }

  // The buttons that say which cameras are shown, and how many there are of each.
  labelStates() {
    this.pool.pins = this.layout.pins
    for (const button of this.field("states").querySelectorAll("[data-state]")) {
      const { state } = button.dataset
      button.setAttribute("aria-pressed", state === this.layout.state)
      const count = this.pool.countOf(state)
      if (count !== null) button.querySelector(".num").textContent = count.toLocaleString(document.documentElement.lang)
    }
  }

  // The codes of a page by their places (null: nothing stands there), how many were found, and how many pages there are.
  pageAt(number) {
    const places = new Array(this.tiles.length).fill(null)
    if (!this.layout.words.trim() && this.layout.state !== "pinned")
      for (const [code, place] of Object.entries(this.layout.pins))
        if (place < places.length && this.pool.names.has(code)) places[place] = code
    const pinned = new Set(places.filter(Boolean))
    const free = places.flatMap((code, place) => (code ? [] : [place]))
    const turns = this.pool.findCodes(this.layout).filter((code) => !pinned.has(code))
    const room = Math.max(free.length, 1)
    const pages = Math.max(Math.ceil(turns.length / room), 1)
    const page = ((number % pages) + pages) % pages
    const come = turns.slice(page * room, page * room + room)
    free.forEach((place, i) => (places[place] = come[i] ?? null))
    return { page, pages, found: turns.length, places }
  }

  // Turn to a page: ask how its cameras are, have their pictures ready, then cut. Where the answer is lost, the page waits
  // for the next answer.
  async turnToPage(number = this.page) {
    this.drawn = false
    if (!this.knowsCameras) return // the register turns to it when it comes
    const next = this.pageAt(number)
    const now = (this.filling = {})
    this.waiting = null
    const [answers, pictures] = await this.loadPage(next.places).catch((error) => {
      if (this.filling === now) this.waiting = number
      throw error
    })
    if (this.filling !== now) return // somebody turned again meanwhile
    this.page = next.page
    this.left = this.layout.dwell
    const last = next.places.findLastIndex(Boolean)
    this.tiles.forEach((tile, i) => {
      tile.hidden = i > last
      this.fillTile(tile, next.places[i], answers, pictures)
    })
    this.box.classList.toggle("nothing", last < 0)
    this.setTabStop()
    this.showSummary(next)
  }

  // What the server says of these cameras, and the pictures that are not on the wall yet.
  async loadPage(places) {
    const answers = await this.ask(places.filter(Boolean), true)
    const pictures = new Map()
    const coming = places.flatMap((code, i) => {
      if (!answers[code]?.sha || this.tiles[i].dataset.camera === code) return []
      const img = pictureElement()
      img.alt = ""
      img.src = pictureAddress(answers[code], true)
      pictures.set(code, img)
      return [img.decode().catch(() => pictures.delete(code))]
    })
    await Promise.race([Promise.all(coming), new Promise((done) => setTimeout(done, PICTURES_WAIT))])
    return [answers, pictures]
  }

  fillTile(tile, code, answers, pictures) {
    tile.classList.toggle("hole", !code)
    if (!code) {
      delete tile.dataset.camera
      releasePicture(tile.querySelector("img"))
      return
    }
    const moved = tile.dataset.camera !== code
    tile.dataset.camera = code
    tile.querySelector(".name").textContent = tile.title = this.pool.names.get(code) ?? answers[code]?.name ?? code
    tile.querySelector(".code").textContent = code
    this.markTile(tile, code)
    tile.classList.toggle("fixed", code in this.layout.pins)
    if (answers[code]) paintCamera(tile, answers[code], moved ? pictures.get(code) : undefined)
  }

  // The number that a camera has beside what is in front, if it has one.
  markTile(tile, code) {
    const number = code ? this.first.indexOf(code) + 1 : 0
    const mark = tile.querySelector(".mark")
    mark.hidden = !number
    mark.textContent = number || ""
    tile.classList.toggle("ours", number > 0)
    tile.classList.toggle("focused", number > 0 && number === this.number)
  }

  // What the server says every few seconds of the tiles that are on the screen.
  showTiles(answers) {
    for (const tile of this.tiles) if (answers[tile.dataset.camera]) paintCamera(tile, answers[tile.dataset.camera])
  }

  // How the city's cameras are: those that do not see, and those near what wants attention. The page stays; the next
  // turn follows.
  takeAnswer({ troubles, near }) {
    this.pool.troubles = troubles
    const more = near && near.length !== this.pool.near.size
    if (near) this.pool.near = new Set(near)
    this.labelStates()
    // Where places are empty, what comes fills them.
    if (more && this.layout.state === "near" && this.filledTiles.length < this.tiles.length)
      setTimeout(() => this.turnToPage().catch(() => {}))
    if (this.waiting !== null) this.turnToPage(this.waiting).catch(() => {})
  }

  markChosen(number) {
    this.number = number
    for (const tile of this.tiles)
      tile.classList.toggle("focused", tile.classList.contains("ours") && this.first.indexOf(tile.dataset.camera) + 1 === number)
  }

  // Keep the camera of this tile in its place, or let it take turns again.
  togglePin(tile) {
    const code = tile.dataset.camera
    const pins = { ...this.layout.pins }
    if (code in pins) delete pins[code]
    else pins[code] = this.tiles.indexOf(tile)
    Object.assign(this.layout, { pins })
    this.storeLayout()
    tile.classList.toggle("fixed", code in pins)
    this.labelStates()
    if (this.layout.state === "pinned") this.turnToPage(0).catch(() => {})
    this.changed(
      this,
      interpolate(code in pins ? gettext("%s is pinned") : gettext("%s rotates again"), [this.pool.names.get(code) ?? code]),
    )
  }

  // Called every second.
  tick() {
    for (const tile of this.tiles) if (!tile.hidden) updateAge(tile)
    // Nobody who walks the wall by keys loses the tile under the finger.
    if (!this.turning || document.hidden || this.acts.isOver() || this.box.querySelector(":focus-visible")) return
    this.left -= 1
    if (this.left <= 0) {
      this.left = this.layout.dwell
      // One page does not turn, but what died meanwhile sinks.
      if (this.last?.pages > 1 || this.pageAt(this.page).places.join() !== this.last?.places.join())
        this.turnToPage(this.page + 1).catch(() => {})
    }
    this.showSummary()
  }

  showSummary(page = this.last) {
    this.last = page
    if (!page) return
    const says = []
    const { words, state, group } = this.layout
    if (words || state !== "all" || group) says.push(interpolate(ngettext("%s camera", "%s cameras", page.found), [page.found]))
    if (group) says.push(this.pool.groupName(group))
    says.push(interpolate(gettext("page %s of %s"), [page.page + 1, page.pages]))
    if (!this.turning && page.pages > 1) says.push(gettext("rotation stopped"))
    const left = page.pages > 1 && this.turning ? interpolate(gettext("%s s"), [this.left]) : ""
    for (const [field, text] of [
      ["says", says.join(" · ")],
      ["left", left],
    ])
      if (this.field(field).textContent !== text) this.field(field).textContent = text
  }

  // As many tiles as the grid has.
  resizeGrid() {
    const [columns, rows] = this.layout.size.split("x").map(Number)
    this.box.dataset.size = this.layout.size
    while (this.tiles.length > columns * rows) {
      const tile = this.tiles.pop()
      releasePicture(tile.querySelector("img"))
      tile.remove()
    }
    while (this.tiles.length < columns * rows) {
      const tile = this.template.cloneNode(true)
      tile.hidden = true
      this.box.append(tile)
      this.tiles.push(tile)
    }
    this.page = 0
  }

  setTurning(on) {
    this.turning = on
    localStorage.setItem("wall-turning", on ? "yes" : "no")
    this.left = this.layout.dwell
    this.labelTurnButton()
    this.showSummary()
  }

  labelTurnButton() {
    const button = this.field("turn")
    button.querySelector(".act").textContent = this.turning ? gettext("Stop rotation") : gettext("Resume rotation")
    const use = button.querySelector("use")
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, this.turning ? "#i-pause" : "#i-play"))
    button.dataset.turning = this.turning
  }

  addListeners() {
    this.field("turn").addEventListener("click", () => this.setTurning(!this.turning))
    this.field("before").addEventListener("click", () => this.turnToPage(this.page - 1))
    this.field("after").addEventListener("click", () => this.turnToPage(this.page + 1))
    this.field("states").addEventListener("click", ({ target }) => {
      const button = target.closest("[data-state]")
      if (button) this.applyLayout({ state: button.dataset.state }).catch(() => {})
    })
    reducedMotion.addEventListener("change", () => reducedMotion.matches && this.setTurning(false))
    this.box.addEventListener("click", ({ target }) => {
      const tile = target.closest(".tile")
      if (tile) this.acts.open(tile.dataset.camera)
    })
    this.box.addEventListener("focusin", ({ target }) => this.setTabStop(target.closest(".tile")))
    this.box.addEventListener("keydown", (event) => this.handleKey(event))
    // Space would press the tile when it is let go; here it stops the turning.
    this.box.addEventListener("keyup", (event) => event.key === " " && event.preventDefault())
    this.labelTurnButton()
  }

  get filledTiles() {
    return this.tiles.filter((tile) => tile.dataset.camera)
  }

  // One tile can be reached by Tab, the others by arrows.
  setTabStop(current) {
    const shown = this.filledTiles
    const here = current ?? shown.find((tile) => tile.tabIndex === 0) ?? shown[0]
    for (const tile of this.tiles) tile.tabIndex = tile === here ? 0 : -1
  }

  handleKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const shown = this.filledTiles
    const here = shown.indexOf(document.activeElement)
    // The style says how many stand in a row: on a phone there are two.
    const across = getComputedStyle(this.box).gridTemplateColumns.split(" ").length
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -here, End: shown.length - 1 - here }
    const always = {
      PageUp: () => this.turnToPage(this.page - 1),
      PageDown: () => this.turnToPage(this.page + 1),
      " ": () => this.setTurning(!this.turning),
      Escape: this.acts.back,
    }
    const letters = {
      c: this.acts.compare,
      m: this.acts.toMap,
      p: () => here >= 0 && this.togglePin(shown[here]),
      l: this.acts.layouts,
      "?": this.acts.help,
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const act = always[key] ?? (this.acts.keys() ? letters[key] : undefined)
    if (key in steps) shown[here + steps[key]]?.focus()
    else if (act) act()
    else if (/^[1-4]$/.test(key) && this.acts.keys()) this.acts.choose(Number(key))
    else return
    event.preventDefault()
  }
}
