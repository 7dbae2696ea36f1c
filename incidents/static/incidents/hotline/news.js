// What is meant for this operator comes by itself: a call that a colleague hands over, or that rings.
//
//   <p id="news" data-stream="/live/operator/" data-call="/operator/calls/0/">   a link appears in it
//   on a page with [data-idle], where nothing is being typed, the call opens by itself

const news = document.getElementById("news")
const words = () => ({ handed: gettext("A colleague hands you a call"), ringing: gettext("A call rings") })
const source = new EventSource(news.dataset.stream)

const idle = () => {
  const place = document.querySelector("[data-idle]")
  return place && ![...place.querySelectorAll("input:not([type=hidden])")].some((field) => field.value)
}

for (const kind of ["handed", "ringing"])
  source.addEventListener(kind, ({ data }) => {
    const address = news.dataset.call.replace("/0/", `/${JSON.parse(data).call}/`)
    if (idle()) return location.assign(address)
    news.replaceChildren(Object.assign(document.createElement("a"), { href: address, textContent: words()[kind] }))
    news.hidden = false
  })
