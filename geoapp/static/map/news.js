// What happens, as it happens: an event stream that says when it is broken and mends itself without a gap.
//
//   const told = news("/live/", { after })   `after` is the number of the last event that the page already shows.
//   told.addEventListener("news", ({ detail }) => …)   an event as incidents.timeline.news says it
//   … "reload"                                         too much was missed: read again all that is shown
//   … "live"                                           the stream is open (again)
//   … "lost", ({ detail: { since } }) => …             it is not; `since` is the Date when it was last heard
//   showLive(told, element)                            says so in <span class="live" data-zone="the city's">: the words are spoken
//                                                      when they change, the time never

const SILENT = 50_000 // the server says something every 20 s; silence is a broken line, whatever the browser believes
const AGAIN = 3_000

export function news(address, { after = "" } = {}) {
  const told = new EventTarget()
  let last = String(after ?? "")
  let heard = new Date()
  let lost = false
  let source = null
  let timer = 0

  const tell = (kind, detail) => told.dispatchEvent(new CustomEvent(kind, { detail }))

  function alive() {
    heard = new Date()
    clearTimeout(timer)
    timer = setTimeout(again, SILENT)
    if (lost) {
      lost = false
      tell("live", {})
    }
  }

  function broken() {
    if (lost) return
    lost = true
    tell("lost", { since: heard })
  }

  function again() {
    source?.close()
    broken()
    clearTimeout(timer)
    timer = setTimeout(open, AGAIN)
  }

  function open() {
    source?.close()
    clearTimeout(timer)
    timer = setTimeout(again, SILENT)
    source = new EventSource(last ? `${address}?after=${last}` : address)
    source.onopen = () => {
      lost = true // so that every opening is told
      alive()
    }
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId || last
      alive()
      tell("news", JSON.parse(data))
    }
    source.addEventListener("beat", ({ lastEventId }) => {
      last = lastEventId || last
      alive()
    })
    source.addEventListener("over", ({ lastEventId }) => {
      last = lastEventId || last
      open() // it has lasted long enough, and goes on from there: nothing is lost
    })
    source.addEventListener("reload", ({ lastEventId }) => {
      last = lastEventId || last
      alive()
      tell("reload", {})
    })
    source.onerror = () => {
      broken()
      if (source.readyState === EventSource.CLOSED) again()
    }
  }

  open()
  window.addEventListener("pagehide", () => {
    clearTimeout(timer)
    source?.close()
  })
  window.addEventListener("pageshow", ({ persisted }) => persisted && open())
  window.addEventListener("offline", again)
  window.addEventListener("online", open)
  return told
}

export function showLive(told, element) {
  const hands = new Intl.DateTimeFormat("en-GB", { timeZone: element.dataset.zone, hour: "2-digit", minute: "2-digit" })
  const words = document.createElement("span")
  const time = document.createElement("time")
  words.setAttribute("role", "status")
  element.removeAttribute("role")
  element.replaceChildren(words, " ", time)
  let broken = false
  const tick = () => {
    if (!broken) time.textContent = hands.format(new Date())
  }
  const say = (text, lost) => {
    broken = lost
    element.classList.toggle("lost", lost)
    if (words.textContent !== text) words.textContent = text
    time.textContent = ""
    tick()
  }
  say(gettext("Live"), false)
  told.addEventListener("live", () => say(gettext("Live"), false))
  told.addEventListener("lost", ({ detail: { since } }) =>
    say(interpolate(gettext("No updates since %s, reconnecting"), [hands.format(since)]), true),
  )
  told.addEventListener("news", tick)
  setInterval(tick, 15_000)
}
