// Follows a server-sent event stream: reconnects without missing an event, and reports when it is broken.
//
//   const stream = news("/live/", { after })   `after` is the number of the last event that the page already shows.
//   stream.addEventListener("news", ({ detail }) => …)   an event as incidents.timeline.news_of gives it
//   … "reload"                                         too much was missed: read again all that is shown
//   … "live"                                           the stream is open (again)
//   … "lost", ({ detail: { since } }) => …             it is not; `since` is the Date when it was last heard
//   showLive(stream, element)                          says so in <span class="live" data-zone="the city's">: the words are spoken
//                                                      when they change, the time never

const SILENCE_MS = 50_000 // the server sends a beat every 20 s; after so long without one the line is broken
const RECONNECT_MS = 3_000

export function news(address, { after = "" } = {}) {
  const stream = new EventTarget()
  let last = String(after ?? "")
  let heard = new Date()
  let lost = false
  let source = null
  let timer = 0

  const emit = (kind, detail) => stream.dispatchEvent(new CustomEvent(kind, { detail }))

  function markAlive() {
    heard = new Date()
    clearTimeout(timer)
    timer = setTimeout(reconnectLater, SILENCE_MS)
    if (lost) {
      lost = false
      emit("live", {})
    }
  }

  function markLost() {
    if (lost) return
    lost = true
    emit("lost", { since: heard })
  }

  function reconnectLater() {
    source?.close()
    markLost()
    clearTimeout(timer)
    timer = setTimeout(connect, RECONNECT_MS)
  }

  function connect() {
    source?.close()
    clearTimeout(timer)
    timer = setTimeout(reconnectLater, SILENCE_MS)
    source = new EventSource(last ? `${address}?after=${last}` : address)
    source.onopen = () => {
      lost = true // so that every opening is told
      markAlive()
    }
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId || last
      markAlive()
      emit("news", JSON.parse(data))
    }
    source.addEventListener("beat", ({ lastEventId }) => {
      last = lastEventId || last
      markAlive()
    })
    source.addEventListener("over", ({ lastEventId }) => {
      last = lastEventId || last
      connect() // it has lasted long enough, and goes on from there: nothing is lost
    })
    source.addEventListener("reload", ({ lastEventId }) => {
      last = lastEventId || last
      markAlive()
      emit("reload", {})
    })
    source.onerror = () => {
      markLost()
      if (source.readyState === EventSource.CLOSED) reconnectLater()
    }
  }

  connect()
  window.addEventListener("pagehide", () => {
    clearTimeout(timer)
    source?.close()
  })
  window.addEventListener("pageshow", ({ persisted }) => persisted && connect())
  // Timers of a tab that sleeps stand still: when it wakes up the line may have been dead for hours.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - heard > SILENCE_MS) connect()
  })
  window.addEventListener("offline", reconnectLater)
  window.addEventListener("online", connect)
  return stream
}

export function showLive(stream, element) {
  const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone: element.dataset.zone, hour: "2-digit", minute: "2-digit" })
  const words = document.createElement("span")
  const time = document.createElement("time")
  words.setAttribute("role", "status")
  element.removeAttribute("role")
  element.replaceChildren(words, " ", time)
  let isLost = false
  const showTime = () => {
    if (!isLost) time.textContent = clockFormat.format(new Date())
  }
  const showState = (text, lost) => {
    isLost = lost
    element.classList.toggle("lost", lost)
    if (words.textContent !== text) words.textContent = text
    time.textContent = ""
    showTime()
  }
  showState(gettext("Live"), false)
  stream.addEventListener("live", () => showState(gettext("Live"), false))
  stream.addEventListener("lost", ({ detail: { since } }) =>
    showState(interpolate(gettext("No updates since %s, reconnecting"), [clockFormat.format(since)]), true),
  )
  stream.addEventListener("news", showTime)
  setInterval(showTime, 15_000)
}
