// The wall: as many tiles as the grid has, made once and filled again and again, so that a night does not make it grow.
// First the cameras of the incident in front, then the pool of the city, page after page.

import { address, grow, paint } from "./eyes.js"

const EVERY = 24 // seconds a page stands
const PATIENCE = 1500 // milliseconds that a page waits for its pictures before it is shown without
const still = matchMedia("(prefers-reduced-motion: reduce)")

const fold = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase()

export class Wall {
  // `ask(codes)` gives the tiles of these cameras by code; `open(code)` and `choose(number)` are what a person wants.
  constructor(box, { ask, open, choose, toMap, back }) {
    Object.assign(this, { box, ask, open, choose, toMap, back })
    this.cameras = []
    this.names = new Map()
    this.troubles = {}
    this.first = []
    this.page = 0
    this.wanted = { name: "", state: "all" }
    this.tiles = []
    this.left = EVERY
    this.turning = !still.matches && localStorage.getItem("wall-turning") !== "no"
    this.field = (id) => document.getElementById(`wall-${id}`)
    this.template = document.getElementById("tile").content.firstElementChild
    this.controls()
    this.resize(localStorage.getItem("wall-size") ?? "5x4")
  }

  get seen() {
    return this.tiles.map((tile) => tile.dataset.camera).filter(Boolean)
  }

  know(cameras) {
    this.cameras = cameras.map(([code, name]) => ({ code, name, folded: fold(`${name} ${code}`) }))
    this.names = new Map(cameras.map(([code, name]) => [code, name]))
    return this.fill()
  }

  // The cameras of what is in front stand first, with the numbers that they have on the map.
  put(codes) {
    if (codes.join() === this.first.join()) return
    this.first = codes
    return this.fill()
  }

  // While a person looks for cameras, only what was looked for is shown.
  get ahead() {
    return this.wanted.name.trim() || this.wanted.state !== "all" ? [] : this.first
  }

  pool() {
    const { name, state } = this.wanted
    const first = this.ahead
    const words = fold(name).split(/\s+/).filter(Boolean)
    return this.cameras.filter(
      ({ code, folded }) =>
        !first.includes(code) &&
        words.every((word) => folded.includes(word)) &&
        (state === "all" || (state === "trouble") === code in this.troubles),
    )
  }

  // The codes of a page, and how many pages there are.
  pageAt(number) {
    const pool = this.pool()
    const first = this.ahead
    const room = Math.max(this.tiles.length - first.length, 1)
    const pages = Math.max(Math.ceil(pool.length / room), 1)
    const page = ((number % pages) + pages) % pages
    return { page, pages, found: pool.length, codes: [...first, ...pool.slice(page * room, page * room + room).map(({ code }) => code)] }
  }

  // Turn to a page: ask how its cameras are, have their pictures ready, then cut.
  async fill(number = this.page) {
    const next = this.pageAt(number)
    const now = (this.filling = {})
    const [said, pictures] = await this.ready(next.codes)
    if (this.filling !== now) return // somebody turned again meanwhile
    this.page = next.page
    this.left = EVERY
    this.tiles.forEach((tile, i) => this.give(tile, next.codes[i], said, pictures))
    this.box.classList.toggle("nothing", next.codes.length === 0)
    this.rove()
    this.report(next)
  }

  async ready(codes) {
    const fresh = codes.filter((code) => !this.seen.includes(code))
    const said = await this.ask(codes)
    const pictures = new Map()
    const coming = fresh.filter((code) => said[code]?.sha).map((code) => {
      const img = new Image(320, 180)
      img.alt = ""
      img.src = address(said[code])
      pictures.set(code, img)
      return img.decode().catch(() => pictures.delete(code))
    })
    await Promise.race([Promise.all(coming), new Promise((done) => setTimeout(done, PATIENCE))])
    return [said, pictures]
  }

  give(tile, code, said, pictures) {
    tile.hidden = !code
    if (!code) {
      delete tile.dataset.camera
      tile.querySelector("img")?.remove()
      return
    }
    tile.dataset.camera = code
    tile.querySelector(".name").textContent = this.names.get(code) ?? said[code]?.name ?? code
    const number = this.first.indexOf(code) + 1
    const mark = tile.querySelector(".mark")
    mark.hidden = !number
    mark.textContent = number || ""
    tile.classList.toggle("ours", number > 0)
    tile.classList.toggle("focused", number > 0 && number === this.number)
    if (said[code]) paint(tile, said[code], pictures.get(code))
  }

  // What the server says every few seconds of the tiles that are on the screen.
  show(said) {
    for (const tile of this.tiles) if (said[tile.dataset.camera]) paint(tile, said[tile.dataset.camera])
  }

  // Which cameras of the city do not see. The page stays as it is; the next turn follows.
  trouble(codes) {
    this.troubles = codes
  }

  mark(number) {
    this.number = number
    for (const tile of this.tiles) tile.classList.toggle("focused", tile.classList.contains("ours") && this.first.indexOf(tile.dataset.camera) + 1 === number)
  }

  // Called every second.
  tick() {
    for (const tile of this.tiles) grow(tile)
    // Nobody who walks the wall by keys loses the tile under the finger.
    if (!this.turning || this.last?.pages < 2 || document.hidden || this.box.querySelector(":focus-visible")) return
    this.left -= 1
    if (this.left <= 0) {
      this.left = EVERY
      this.fill(this.page + 1)
    }
    this.report()
  }

  report(page = this.last) {
    this.last = page
    if (!page) return
    const says = [interpolate(gettext("page %s of %s"), [page.page + 1, page.pages])]
    if (this.wanted.name || this.wanted.state !== "all") says.unshift(interpolate(ngettext("%s camera", "%s cameras", page.found), [page.found]))
    else if (this.ahead.length) says.unshift(interpolate(ngettext("%s near it comes first", "%s near it come first", this.first.length), [this.first.length]))
    if (page.pages > 1) says.push(this.turning ? interpolate(gettext("turns in %s s"), [this.left]) : gettext("does not turn"))
    this.field("says").textContent = says.join(" · ")
  }

  resize(size) {
    const [columns, rows] = size.split("x").map(Number)
    if (!(columns * rows)) return
    localStorage.setItem("wall-size", size)
    this.columns = columns
    this.box.dataset.columns = columns
    while (this.tiles.length > columns * rows) this.tiles.pop().remove()
    while (this.tiles.length < columns * rows) {
      const tile = this.template.cloneNode(true)
      tile.hidden = true
      this.box.append(tile)
      this.tiles.push(tile)
    }
    this.field("size").value = size
    this.page = 0
    return this.fill()
  }

  turn(on) {
    this.turning = on
    localStorage.setItem("wall-turning", on ? "yes" : "no")
    this.left = EVERY
    this.face()
    this.report()
  }

  face() {
    const button = this.field("turn")
    button.querySelector("span").textContent = this.turning ? gettext("Stop turning") : gettext("Turn again")
    const use = button.querySelector("use")
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, this.turning ? "#i-pause" : "#i-play"))
    button.dataset.turning = this.turning
  }

  controls() {
    let typing
    this.field("name").addEventListener("input", ({ target }) => {
      clearTimeout(typing)
      typing = setTimeout(() => this.look({ name: target.value }), 250)
    })
    this.field("state").addEventListener("change", ({ target }) => this.look({ state: target.value }))
    this.field("size").addEventListener("change", ({ target }) => this.resize(target.value))
    this.field("turn").addEventListener("click", () => this.turn(!this.turning))
    this.field("before").addEventListener("click", () => this.fill(this.page - 1))
    this.field("after").addEventListener("click", () => this.fill(this.page + 1))
    still.addEventListener("change", () => still.matches && this.turn(false))
    this.box.addEventListener("click", ({ target }) => {
      const tile = target.closest(".tile")
      if (tile) this.open(tile.dataset.camera)
    })
    this.box.addEventListener("focusin", ({ target }) => this.rove(target.closest(".tile")))
    this.box.addEventListener("keydown", (event) => this.key(event))
    // Space would press the tile when it is let go; here it stops the turning.
    this.box.addEventListener("keyup", (event) => event.key === " " && event.preventDefault())
    this.face()
  }

  look(wanted) {
    Object.assign(this.wanted, wanted)
    return this.fill(0)
  }

  // One tile can be reached by Tab, the others by arrows.
  rove(current) {
    const shown = this.tiles.filter((tile) => !tile.hidden)
    const here = current ?? shown.find((tile) => tile.tabIndex === 0) ?? shown[0]
    for (const tile of this.tiles) tile.tabIndex = tile === here ? 0 : -1
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const shown = this.tiles.filter((tile) => !tile.hidden)
    const here = shown.indexOf(document.activeElement)
    // The style says how many stand in a row: on a phone there are two.
    const across = getComputedStyle(this.box).gridTemplateColumns.split(" ").length
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -here, End: shown.length - 1 - here }
    const acts = {
      PageUp: () => this.fill(this.page - 1),
      PageDown: () => this.fill(this.page + 1),
      " ": () => this.turn(!this.turning),
      m: this.toMap,
      Escape: this.back,
    }
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (event.key in steps) shown[here + steps[event.key]]?.focus()
    else if (/^[1-4]$/.test(event.key)) this.choose(Number(event.key))
    else if (act) act()
    else return
    event.preventDefault()
  }
}
