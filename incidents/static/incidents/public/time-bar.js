// Plays a period over the map: a slider of its steps, a button that plays them, and a table of the same figures.
//
//   const bar = timeBar(element, table, { heat, filter, moved, announce })
//       `element` is #time-bar with data-zone, `table` #steps; `heat` from density.js; `filter(changes, { remember })` is told
//       of the period, `moved(from)` the step on which the slider rests; `announce(words)` is read aloud by screen readers
//   bar.show(wanted, at)    loads the period of these filters, or the last week; `at`: the step to begin with
//   bar.hide()

const DAY_MS = 86_400_000
const SPANS = { day: 1, week: 7, month: 30, year: 365 } // days
const SLOW = matchMedia("(prefers-reduced-motion: reduce)")
const STEP_MS = 700
const SLOW_STEP_MS = 2000
const LABELS = { wide: 8, narrow: 4 } // at most, under the bars
const NARROW = matchMedia("(max-width: 40rem)")

const dayOf = (date) => date.toISOString().slice(0, 10)
const daysBetween = (from, to) => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1

// Hours of a few days, days of a quarter, weeks of a year, else months.
export function stepOf(days) {
  return days <= 3 ? "hour" : days <= 92 ? "day" : days <= 500 ? "week" : "month"
}

export function timeBar(element, table, { heat, filter, moved, announce }) {
  const ids = ["play", "moment", "moment-words", "span", "moment-bars"]
  const [play, slider, words, span, bars] = ids.map((name) => element.querySelector(`#${name}`))
  let steps = []
  let step = ""
  let last = "" // the last day of the period
  let timer = 0

  async function show(wanted, at = "") {
    element.hidden = table.hidden = false
    last = wanted.get("to") || today()
    const from = wanted.get("from")
    if (!from) return choose("week", "replaceState")
    const days = daysBetween(from, last)
    span.value = Object.keys(SPANS).find((name) => SPANS[name] === days) ?? "own"
    const before = step === stepOf(days) ? Number(slider.value) : 0
    step = stepOf(days)
    const query = new URLSearchParams(wanted)
    query.set("to", last)
    await heat.show(query, step)
    const wished = steps.findIndex((candidate) => candidate.from === at)
    go(wished < 0 ? Math.min(before, steps.length - 1) : wished)
  }

  // By the city's calendar, as 2026-11-27.
  const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: element.dataset.zone }).format(new Date())

  // So many days to the last one, in whatever state incidents are now.
  function choose(name, remember = "pushState") {
    const from = dayOf(new Date(Date.parse(last) - (SPANS[name] - 1) * DAY_MS))
    filter({ from, to: last, days: "", state: "all", late: "" }, { remember })
  }

  heat.changed = () => {
    if (element.hidden) return
    steps = heat.steps()
    slider.max = Math.max(steps.length - 1, 0)
    fillTable()
    drawBars()
    go(Math.min(Number(slider.value), steps.length - 1))
  }

  function go(number) {
    if (!steps[number]) return
    slider.value = number
    const sentence = sentenceOf(steps[number])
    slider.setAttribute("aria-valuetext", sentence)
    words.textContent = sentence
    heat.draw(number)
    bars.querySelector("[data-now]")?.removeAttribute("data-now")
    bars.children[number]?.setAttribute("data-now", "")
    table.querySelector("[aria-current]")?.removeAttribute("aria-current")
    const row = table.querySelectorAll("tbody tr")[number]
    row?.setAttribute("aria-current", "true")
    if (!table.contains(document.activeElement)) row?.scrollIntoView({ block: "nearest" })
  }

  const numberInWords = (n) => interpolate(ngettext("%s incident", "%s incidents", n), [n.toLocaleString(document.documentElement.lang)])
  const sentenceOf = ({ from, n }) => `${momentInWords(from)}: ${numberInWords(n)}`

  function momentInWords(from) {
    const date = new Date(`${from}Z`) // the city's clock, which no zone of the device may turn
    const write = (options) => new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "UTC", ...options }).format(date)
    const day = write({ day: "2-digit", month: "2-digit", year: "numeric" })
    if (step === "hour") return `${from.slice(11)} ${write({ weekday: "short", day: "2-digit", month: "2-digit" })}`
    if (step === "week") return interpolate(gettext("Week from %s"), [day])
    return step === "month" ? write({ month: "long", year: "numeric" }) : `${write({ weekday: "short" })} ${day}`
  }

  // A bar for each step, as high as its incidents are many; the slider lies over them, its thumb on the middle of one.
  function drawBars() {
    const most = Math.max(...steps.map(({ n }) => n), 1)
    const each = Math.ceil(steps.length / (NARROW.matches ? LABELS.narrow : LABELS.wide))
    element.style.setProperty("--steps", Math.max(steps.length, 1))
    bars.replaceChildren(
      ...steps.map(({ from, n }, number) => {
        const bar = document.createElement("li")
        bar.style.setProperty("--part", n / most)
        if ((steps.length - 1 - number) % each === 0) bar.dataset.words = shortMoment(from)
        return bar
      }),
    )
  }

  function shortMoment(from) {
    const date = new Date(`${from}Z`)
    const write = (options) => new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "UTC", ...options }).format(date)
    if (step === "hour") return from.slice(11)
    if (step === "month") return write({ month: "2-digit", year: "numeric" })
    if (step === "day" && from.slice(0, 10) === today()) return gettext("today")
    return step === "week" ? write({ day: "2-digit", month: "2-digit" }) : `${write({ weekday: "short" })} ${write({ day: "2-digit" })}`
  }

  function fillTable() {
    const body = table.querySelector("tbody")
    const rows = steps.map((entry, number) => {
      const row = document.createElement("tr")
      const head = document.createElement("th")
      head.scope = "row"
      const button = document.createElement("button")
      button.type = "button"
      button.className = "button bare small"
      button.textContent = momentInWords(entry.from)
      button.addEventListener("click", () => {
        pause()
        go(number)
        moved(entry.from)
      })
      head.append(button)
      const cell = document.createElement("td")
      cell.className = "num"
      cell.textContent = entry.n.toLocaleString(document.documentElement.lang)
      row.append(head, cell)
      return row
    })
    const focusedRow = [...body.rows].findIndex((row) => row.contains(document.activeElement))
    body.replaceChildren(...rows)
    if (focusedRow >= 0) body.rows[focusedRow]?.querySelector("button").focus({ preventScroll: true })
  }

  function setPlaying(on) {
    play.querySelector("use").setAttribute(
      "href",
      play
        .querySelector("use")
        .getAttribute("href")
        .replace(/#.*/, on ? "#i-pause" : "#i-play"),
    )
    const name = on ? gettext("Pause") : gettext("Play")
    play.setAttribute("aria-label", name)
    play.title = name
  }

  function pause() {
    if (!timer) return
    clearInterval(timer)
    timer = 0
    setPlaying(false)
    const here = steps[Number(slider.value)]
    if (!here) return
    announce(sentenceOf(here)) // once, and not at each step
    moved(here.from)
  }

  function start() {
    if (steps.length < 2) return
    if (Number(slider.value) >= steps.length - 1) go(0)
    timer = setInterval(
      () => (Number(slider.value) >= steps.length - 1 ? pause() : go(Number(slider.value) + 1)),
      SLOW.matches ? SLOW_STEP_MS : STEP_MS,
    )
    setPlaying(true)
  }

  play.addEventListener("click", () => (timer ? pause() : start()))
  slider.addEventListener("input", () => {
    pause()
    go(Number(slider.value))
  })
  slider.addEventListener("change", () => steps[Number(slider.value)] && moved(steps[Number(slider.value)].from))
  span.addEventListener("change", () => {
    pause()
    if (span.value !== "own") choose(span.value)
  })
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && pause())

  return {
    show,
    hide() {
      pause()
      steps = []
      element.hidden = table.hidden = true
    },
  }
}
