// Playback of the ring of one or two cameras on one clock, worked by keys, and keeping a stretch as evidence.

import { toast } from "../../look/page.js"
import { Failed, request } from "../../look/request.js"

const CLOSE = 60_000 // a picture stands for a moment if it is at most so many ms before it
const box = document.getElementById("playback")

if (box) {
  const { from, until, zone, moments } = box.dataset
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
  const range = document.getElementById("moment")
  const keep = document.getElementById("keep")
  const play = document.getElementById("play")
  const screens = [...box.querySelectorAll("[data-camera]")].map((figure) => ({ figure, code: figure.dataset.camera, taken: [] }))
  let timer = 0

  const clock = (ms) => format.format(new Date(Number(ms)))

  // The last picture at or before a moment; none where the ring has a gap.
  function pictureAt({ taken }, ms) {
    let low = 0
    let high = taken.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (taken[middle] / 1000 <= ms + 999) low = middle + 1
      else high = middle
    }
    const found = taken[low - 1]
    return found !== undefined && ms - found / 1000 <= CLOSE ? found : undefined
  }

  function show() {
    const ms = Number(range.value)
    range.setAttribute("aria-valuetext", clock(ms))
    document.getElementById("shown-at").textContent = clock(ms)
    for (const one of screens) {
      const found = pictureAt(one, ms)
      const img = one.figure.querySelector("img")
      img.hidden = found === undefined
      one.figure.querySelector(".none").hidden = found !== undefined
      one.figure.querySelector(".taken").textContent = found === undefined ? "" : clock(found / 1000)
      const address = `/cameras/${encodeURIComponent(one.code)}/${found}.jpg`
      if (found !== undefined && !img.src.endsWith(address)) img.src = address
    }
  }

  // Where the ring has pictures: gaps stay empty.
  function drawBar({ figure, taken }) {
    const canvas = figure.querySelector("canvas")
    const pen = canvas.getContext("2d")
    pen.fillStyle = getComputedStyle(box).color
    for (const micros of taken) pen.fillRect(((micros / 1000 - from) / (until - from)) * canvas.width, 2, 1.5, 12)
  }

  function move(ms) {
    range.value = Math.min(Math.max(ms, from), until)
    show()
  }

  // One picture on or back, of the first camera.
  function step(by) {
    const { taken } = screens[0]
    const now = pictureAt(screens[0], Number(range.value))
    const index = now === undefined ? taken.findIndex((one) => one / 1000 > range.value) - (by > 0 ? 1 : 0) : taken.indexOf(now)
    const next = taken[index + by]
    if (next !== undefined) move(Math.ceil(next / 1_000_000) * 1000)
  }

  function toggle() {
    const on = play.getAttribute("aria-pressed") !== "true"
    play.setAttribute("aria-pressed", on)
    clearInterval(timer)
    if (on) timer = setInterval(() => (Number(range.value) >= until ? toggle() : step(1)), 500)
  }

  function mark(name) {
    keep.elements[name].value = range.value
    document.getElementById(`${name}-at`).textContent = clock(range.value)
  }

  range.addEventListener("input", show)
  play.addEventListener("click", toggle)
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-step], [data-mark]")
    if (button?.dataset.step) step(Number(button.dataset.step))
    else if (button) mark(button.dataset.mark)
  })
  const KEYS = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    j: () => move(Number(range.value) - 10_000),
    l: () => move(Number(range.value) + 10_000),
    i: () => mark("from"),
    o: () => mark("to"),
    " ": toggle,
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target.closest("select, button, a, input:not([type=range])")) return
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!act) return
    event.preventDefault()
    act()
  })
  keep.addEventListener("submit", async (event) => {
    event.preventDefault()
    const said = keep.querySelector(".said")
    said.textContent = ""
    try {
      const answer = await request(keep.action, { method: "POST", body: new FormData(keep) })
      toast(answer.said, { words: gettext("Show it"), key: "", seconds: 20, run: () => location.assign(answer.page) })
      keep.elements.reason.value = ""
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      said.textContent = error.message
    }
  })

  for (const one of screens) {
    request(`${moments}?${new URLSearchParams({ camera: one.code, from, to: until })}`)
      .then((answer) => {
        one.taken = answer.moments
        drawBar(one)
        if (one === screens[0] && one.taken.length) move(Math.ceil(one.taken.at(-1) / 1_000_000) * 1000)
        else show()
      })
      .catch((error) => toast(error.message))
  }
}
