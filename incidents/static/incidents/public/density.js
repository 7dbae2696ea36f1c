// Draws the density of incidents as a heat map: of all, or of those of one step of a period.
//
//   const heat = density(map, address, { said })   `address` with {z} {x} {y}, of density tiles; `said(words)` tells of faults.
//                                                  Further: `legend` (the map's own), `credentials` ("omit": tiles for all)
//   await heat.show(wanted, step)                  loads what is in view of these filters: without a step, or by "hour", "day" …
//   heat.draw(number)                              draws that step; 0 where there are none
//   heat.steps()                                   [{ from, n }]: when each begins, and how many came in in what shows of the map
//   heat.hide()
//   Told to `heat.changed` when other tiles have come: because the map moved.

import { SIZE, tilesInView } from "../incident-tiles.js"

const COARSE = 2 // pixels of the screen for each that is drawn: warmth has no edges
const MOST_OF = 0.98 // so many of the squares lie below the warmest shade
const FAINTEST = 0.16

export function density(
  map,
  address,
  { notify, legend = map.getContainer().parentElement.querySelector(".legend"), credentials = "omit" },
) {
  map.createPane("density").style.zIndex = 315 // over the ground, under the names
  const canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", map.getPane("density"))
  canvas.setAttribute("aria-hidden", "true")
  let tiles = [] // { z, x, y, data }
  let query = null
  let number = 0
  let top = 1
  let round = 0
  const heat = { show, draw, steps, hide, changed: () => {} }

  async function show(wanted, step = "") {
    const before = query
    query = new URLSearchParams([...wanted, ...(step ? [["step", step]] : [])])
    if (String(before) !== String(query)) number = 0
    await load()
  }

  async function load() {
    if (!query) return
    const mine = ++round
    const names = tilesInView(map)
    const answers = await Promise.all(
      names.map(async (name) => {
        try {
          const answer = await fetch(`${L.Util.template(address, name)}?${query}`, { credentials })
          return answer.ok ? await answer.json() : null
        } catch {
          return null // no connection
        }
      }),
    )
    if (mine !== round || !query) return
    const answered = names.map((name, i) => ({ ...name, data: answers[i] })).filter(({ data }) => data)
    if (answered.length < names.length) notify(gettext("Not all of the map could be loaded."))
    tiles = answered
    measure()
    draw(number)
    heat.changed()
  }

  // Each square that shows: its middle on the screen, and how many are there.
  function* squares(step) {
    const corner = map.getPixelBounds().min
    const size = map.getSize()
    for (const { x, y, data } of tiles) {
      const side = SIZE / data.side
      const cells = data.steps[step]?.cells ?? []
      for (let i = 0; i < cells.length; i += 2) {
        const left = x * SIZE + ((cells[i] % data.side) + 0.5) * side - corner.x
        const down = y * SIZE + (Math.floor(cells[i] / data.side) + 0.5) * side - corner.y
        const shows = left >= 0 && down >= 0 && left <= size.x && down <= size.y
        yield { left, down, side, n: cells[i + 1], shows }
      }
    }
  }

  // All steps have one scale, so that they can be compared.
  function measure() {
    const all = []
    for (const { data } of tiles) for (const { cells } of data.steps) for (let i = 1; i < cells.length; i += 2) all.push(cells[i])
    all.sort((a, b) => a - b)
    top = Math.max(all[Math.floor(all.length * MOST_OF)] ?? 1, 2)
    showLegend()
  }

  function draw(step) {
    number = step
    const size = map.getSize()
    canvas.width = Math.ceil(size.x / COARSE)
    canvas.height = Math.ceil(size.y / COARSE)
    canvas.style.width = `${size.x}px`
    canvas.style.height = `${size.y}px`
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]))
    if (!query) return
    const pen = canvas.getContext("2d", { willReadFrequently: true })
    const stamps = new Map()
    for (const { left, down, side, n } of squares(step)) {
      if (!stamps.has(side)) stamps.set(side, stampOf((side * 1.7) / COARSE))
      const stamp = stamps.get(side)
      pen.globalAlpha = Math.min(1, FAINTEST + (1 - FAINTEST) * Math.sqrt(n / top))
      pen.drawImage(stamp, left / COARSE - stamp.width / 2, down / COARSE - stamp.height / 2)
    }
    colour(pen)
  }

  // From how much lies on a pixel to the shades of the theme.
  function colour(pen) {
    const style = getComputedStyle(map.getContainer())
    const shades = [1, 2, 3, 4, 5].map((shade) => rgbOf(style.getPropertyValue(`--shade-${shade}`).trim()))
    const image = pen.getImageData(0, 0, canvas.width, canvas.height)
    const { data } = image
    for (let i = 3; i < data.length; i += 4) {
      if (!data[i]) continue
      const warmth = (data[i] / 255) * 4
      const [low, part] = [Math.min(Math.floor(warmth), 3), warmth % 1]
      for (let c = 0; c < 3; c++) data[i - 3 + c] = shades[low][c] + (shades[low + 1][c] - shades[low][c]) * part
      data[i] = Math.min(225, 40 + data[i] * 1.6)
    }
    pen.putImageData(image, 0, 0)
  }

  function steps() {
    const first = tiles[0]?.data
    return (first?.steps ?? []).map(({ from }, step) => {
      let n = 0
      for (const square of squares(step)) if (square.shows) n += square.n
      return { from, n }
    })
  }

  function showLegend() {
    legend.querySelector(".shades")?.remove()
    const list = L.DomUtil.create("ul", "shades warmth", legend)
    for (const shade of [1, 2, 3, 4, 5]) {
      const line = L.DomUtil.create("li", "", list)
      L.DomUtil.create("span", "swatch", line).dataset.shade = shade
      if (shade === 1) line.append(gettext("few"))
      if (shade === 5) line.append(interpolate(gettext("%s or more in a square"), [top.toLocaleString(document.documentElement.lang)]))
    }
    map.getContainer().classList.add("shaded")
  }

  function hide() {
    if (!query) return
    query = null
    tiles = []
    round++
    canvas.width = canvas.height = 0
    legend.querySelector(".shades.warmth")?.remove()
    map.getContainer().classList.remove("shaded")
  }

  map.on("moveend resize", () => {
    if (!query) return
    draw(number) // what is there moves at once
    load()
  })
  map.on("repaint", () => query && draw(number))
  return heat
}

function stampOf(radius) {
  const stamp = document.createElement("canvas")
  stamp.width = stamp.height = Math.ceil(radius * 2)
  const pen = stamp.getContext("2d")
  const fade = pen.createRadialGradient(radius, radius, 0, radius, radius, radius)
  fade.addColorStop(0, "rgb(0 0 0 / .5)") // neighbours add up to about the whole
  fade.addColorStop(0.5, "rgb(0 0 0 / .2)")
  fade.addColorStop(1, "rgb(0 0 0 / 0)")
  pen.fillStyle = fade
  pen.fillRect(0, 0, stamp.width, stamp.height)
  return stamp
}

function rgbOf(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}
