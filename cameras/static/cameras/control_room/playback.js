// Playback of the ring of one or two cameras on one clock, worked by keys, and keeping a stretch as evidence.

import { toast } from "../../look/page.js"
import { Failed, request } from "../../look/request.js"

const CLOSE = 60_000 // a picture stands for a moment if it is at most so many ms before it
const HOURS = [900_000, 1_800_000, 3_600_000] // between two times that the bar names
const HOUR_PX = 52 // that one of them takes
const box = document.getElementById("playback")

if (box) {
  const { zone, moments } = box.dataset
  const [from, until] = [Number(box.dataset.from), Number(box.dataset.until)]
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
  const range = document.getElementById("moment")
  const keep = document.getElementById("keep")
  const play = document.getElementById("play")
  const stretch = box.querySelector(".stretch")
  const marks = [...box.querySelectorAll(".marks button")]
  const screens = [...box.querySelectorAll("[data-camera]")].map((figure, index) => ({
    figure,
    code: figure.dataset.camera,
    canvas: box.querySelectorAll(".bar-of")[index],
    shifted: index === 1,
    times: [], // of its pictures in the ring, microseconds
  }))
  const most = Number(keep.elements.apart.dataset.most)
  const chosen = { from: undefined, to: undefined }
  let apart = Number(keep.elements.apart.value) // seconds by which the second camera is shifted
  let timer = 0

  const clock = (ms) => format.format(new Date(Number(ms)))
  const place = (ms) => `${((ms - from) / (until - from)) * 100}%`
  const shiftOf = ({ shifted }) => (shifted ? apart * 1000 : 0)
  const addressOf = (code, micros) => `/cameras/${encodeURIComponent(code)}/${micros}.jpg`

  // The last picture at or before a moment of the common clock; none where the ring has a gap.
  function pictureAt(screen, ms) {
    const { times } = screen
    const wanted = ms + shiftOf(screen)
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (times[middle] / 1000 <= wanted + 999) low = middle + 1
      else high = middle
    }
    const micros = times[low - 1]
    return micros !== undefined && wanted - micros / 1000 <= CLOSE ? micros : undefined
  }

  function show() {
    const ms = Number(range.value)
    range.setAttribute("aria-valuetext", clock(ms))
    document.getElementById("shown-at").textContent = clock(ms)
    for (const screen of screens) {
      const micros = pictureAt(screen, ms)
      const img = screen.figure.querySelector("img")
      img.hidden = micros === undefined
      screen.figure.querySelector(".none").hidden = micros !== undefined
      screen.figure.querySelector(".taken").textContent = micros === undefined ? "" : clock(micros / 1000)
      const address = addressOf(screen.code, micros)
      if (micros !== undefined && !img.src.endsWith(address)) img.src = address
    }
    const here = marks.findLast((mark) => Number(mark.dataset.ms) <= ms + 999)
    for (const mark of marks)
      if (mark === here) mark.setAttribute("aria-current", "true")
      else mark.removeAttribute("aria-current")
  }

  // Where the ring has pictures; a gap is struck through, so that it is told by its shape as well.
  function drawBar(screen) {
    const { canvas } = screen
    const pen = canvas.getContext("2d")
    const times = screen.times.map((micros) => micros / 1000 - shiftOf(screen))
    const left = (ms) => ((ms - from) / (until - from)) * canvas.width
    pen.clearRect(0, 0, canvas.width, canvas.height)
    pen.fillStyle = getComputedStyle(canvas).color
    pen.strokeStyle = getComputedStyle(document.body).getPropertyValue("--danger") || pen.fillStyle
    pen.lineWidth = 2
    let end = from
    for (const ms of [...times, until]) {
      if (ms - end > CLOSE) {
        pen.beginPath()
        pen.moveTo(left(end), canvas.height)
        pen.lineTo(left(ms), 0)
        pen.stroke()
      } else pen.fillRect(left(end), 0, Math.max(left(ms) - left(end), 1), canvas.height)
      end = ms
    }
  }

  function placeAll() {
    const hours = box.querySelector(".hours")
    const apartBy = HOURS.find((hour) => (hour / (until - from)) * hours.clientWidth >= HOUR_PX) ?? HOURS.at(-1)
    const margin = ((HOUR_PX / 2) * (until - from)) / hours.clientWidth
    for (let ms = Math.ceil((from + margin) / apartBy) * apartBy; ms < until - margin; ms += apartBy) {
      const label = document.createElement("span")
      label.textContent = clock(ms).slice(0, 5)
      label.style.left = place(ms)
      hours.append(label)
    }
    for (const { dataset } of marks) {
      const pointer = document.createElement("span")
      pointer.dataset.kind = dataset.kind
      pointer.style.left = place(Number(dataset.ms))
      box.querySelector(".pointers").append(pointer)
    }
  }

  // Each mark shows what its camera saw then.
  function pictureMarks(screen) {
    const lane = screen.shifted ? "2" : "1"
    for (const mark of marks.filter(({ dataset }) => dataset.lane === lane)) {
      const micros = pictureAt(screen, Number(mark.dataset.ms))
      const img = mark.querySelector("img")
      img.hidden = micros === undefined
      if (micros === undefined) continue
      img.loading = "lazy"
      img.src = `${addressOf(screen.code, micros)}?size=tile`
    }
  }

  function move(ms) {
    range.value = Math.min(Math.max(ms, from), until)
    show()
  }

  // One picture on or back, of the first camera.
  function step(by) {
    const { times } = screens[0]
    const now = pictureAt(screens[0], Number(range.value))
    const index = now === undefined ? times.findIndex((micros) => micros / 1000 > range.value) - (by > 0 ? 1 : 0) : times.indexOf(now)
    const next = times[index + by]
    if (next !== undefined) move(Math.ceil(next / 1000))
  }

  function jumpTo(mark) {
    if (!mark) return
    move(Number(mark.dataset.ms))
    mark.scrollIntoView({ block: "nearest", inline: "nearest" })
    if (mark.dataset.reference && !keep.elements.incident.value) keep.elements.incident.value = mark.dataset.reference
  }

  // The mark before, or the next one.
  function jump(by) {
    const ms = Number(range.value)
    if (by > 0) jumpTo(marks.find(({ dataset }) => Number(dataset.ms) > ms + 999))
    else jumpTo(marks.findLast(({ dataset }) => Number(dataset.ms) < ms - 999))
  }

  function toggle() {
    const on = play.getAttribute("aria-pressed") !== "true"
    play.setAttribute("aria-pressed", on)
    clearInterval(timer)
    if (on) timer = setInterval(() => (Number(range.value) >= until ? toggle() : step(1)), 500)
  }

  // The stretch begins or ends here; the pictures that are shown belong to it.
  function mark(name) {
    const shown = screens.map((screen) => [pictureAt(screen, Number(range.value)), shiftOf(screen)])
    const times = shown.filter(([micros]) => micros !== undefined).map(([micros, by]) => micros / 1000 - by)
    const ms = name === "from" ? Math.min(range.value, ...times) : Math.max(range.value, ...times)
    chosen[name] = name === "from" ? Math.floor(ms) : Math.ceil(ms)
    keep.elements[name].value = chosen[name]
    document.getElementById(`${name}-at`).textContent = clock(chosen[name])
    stretch.hidden = !(chosen.from < chosen.to)
    if (stretch.hidden) return
    stretch.style.left = place(chosen.from)
    stretch.style.right = `calc(100% - ${place(chosen.to)})`
  }

  function sayApart() {
    keep.elements.apart.value = apart
    const apartLine = document.getElementById("apart-is")
    if (apartLine) apartLine.textContent = `${apart > 0 ? "+" : apart < 0 ? "−" : ""}${Math.abs(apart)} s`
  }

  function shift(by) {
    if (screens.length < 2) return
    apart = Math.min(Math.max(apart + by, -most), most)
    sayApart()
    drawBar(screens[1])
    pictureMarks(screens[1])
    show()
  }

  range.addEventListener("input", show)
  play.addEventListener("click", toggle)
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-step], [data-mark], [data-apart], .marks button")
    if (!button) return
    const { dataset } = button
    if (dataset.step) step(Number(dataset.step))
    else if (dataset.apart) shift(Number(dataset.apart))
    else if (dataset.mark) mark(dataset.mark)
    else jumpTo(button)
  })
  const KEYS = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    j: () => move(Number(range.value) - 10_000),
    l: () => move(Number(range.value) + 10_000),
    p: () => jump(-1),
    n: () => jump(1),
    i: () => mark("from"),
    o: () => mark("to"),
    "-": () => shift(-1),
    "+": () => shift(1),
    "=": () => shift(1),
    " ": toggle,
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (event.target.closest("select, input:not([type=range])")) return
    if (key === " " && event.target.closest("button, a")) return // it means the one that has the focus
    const act = KEYS[key]
    if (!act) return
    event.preventDefault()
    act()
  })
  keep.addEventListener("submit", async (event) => {
    event.preventDefault()
    const faultLine = keep.querySelector(".said")
    faultLine.textContent = ""
    try {
      const answer = await request(keep.action, { method: "POST", body: new FormData(keep) })
      toast(answer.said, { words: gettext("Show it"), key: "", seconds: 20, run: () => location.assign(answer.page) })
      keep.elements.reason.value = ""
      await showKept()
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      faultLine.textContent = error.message
    }
  })

  // The list of what was kept, as the page says it by now.
  async function showKept() {
    const page = new DOMParser().parseFromString(await request(location.href), "text/html")
    document.getElementById("kept-here").replaceWith(page.getElementById("kept-here"))
  }

  placeAll()
  sayApart()
  for (const screen of screens) {
    request(`${moments}?${new URLSearchParams({ camera: screen.code, from, to: until })}`)
      .then((answer) => {
        screen.times = answer.moments
        drawBar(screen)
        pictureMarks(screen)
        if (screen === screens[0] && box.dataset.at) move(Number(box.dataset.at))
        else if (screen === screens[0] && screen.times.length) move(Math.ceil(screen.times.at(-1) / 1000))
        else show()
      })
      .catch((error) => toast(error.message))
  }
}
