// Shows calls that ring and calls that a colleague hands over, as the event stream of this operator reports them.
//
//   <p id="news" data-stream="/live/operator/" data-call="/operator/calls/0/" data-rings="/operator/ringing/">
//   on a page with [data-idle], where nothing is being typed, a call that is handed over opens by itself
//   #ringing, #ringing-queue   hold what rings; whenever the stream begins, or tells of a change, they are asked anew

import { isPressed, waitWhile } from "../../look/pressed.js"

const news = document.getElementById("news")
const source = new EventSource(news.dataset.stream)

const idle = () => {
  const place = document.querySelector("[data-idle]")
  return place && ![...place.querySelectorAll("input:not([type=hidden])")].some((field) => field.value)
}

source.addEventListener("handed", ({ data }) => {
  const address = news.dataset.call.replace("/0/", `/${JSON.parse(data).call}/`)
  if (idle()) return location.assign(address)
  const words = gettext("A colleague is handing you a call")
  news.replaceChildren(Object.assign(document.createElement("a"), { href: address, textContent: words }))
  news.hidden = false
})

const show = (page) => {
  for (const fresh of page.querySelectorAll("#ringing, #ringing-queue")) {
    const place = document.getElementById(fresh.id)
    if (!place || place.dataset.shows === fresh.dataset.shows) continue
    const focused = place.contains(document.activeElement) && document.activeElement.form.action
    place.replaceWith(fresh)
    // Whoever waits takes a call by Enter; who types is not disturbed. When it has gone, typing goes on where it was.
    const first = fresh.id === "ringing" && idle() ? fresh.querySelector("button") : null
    const same = [...fresh.querySelectorAll("form")].find((form) => form.action === focused)?.querySelector("button")
    const next = first ?? same ?? (focused ? document.querySelector("[autofocus]") : null)
    next?.focus()
  }
}

const AGAIN_MS = 2000

// Asked again where something has changed meanwhile, so that what was asked last is what is shown; and after a while
// where no answer came, though the stream may have gone on.
let asking = false
let again = false
const ask = async () => {
  again = asking
  if (asking) return
  asking = true
  try {
    const answer = await fetch(news.dataset.rings)
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      await waitWhile(() => [...document.querySelectorAll("#ringing, #ringing-queue")].some(isPressed))
      show(page)
    }
    if (answer.status >= 500) setTimeout(ask, AGAIN_MS)
  } catch {
    setTimeout(ask, AGAIN_MS)
  }
  asking = false
  if (again) ask()
}

source.addEventListener("open", ask)
source.addEventListener("ringing", ask)
source.addEventListener("queue", () => document.getElementById("ringing-queue") && ask())
