// The shift log: shows what others write as it happens, and prints the hand-over. Without it the page works as well.

import { isPressed, waitWhile } from "../../look/pressed.js"
import { request } from "../../look/request.js"
import { news } from "../../map/news.js"

const print = document.getElementById("print")
print.hidden = false
print.addEventListener("click", () => window.print())

const lines = document.getElementById("log-lines")
const known = () => new Set([...lines.children].map((line) => line.id))

// The page anew, of which only the lines are taken: what somebody types stays.
async function loadLines() {
  const page = new DOMParser().parseFromString(await request(lines.dataset.address), "text/html")
  const fresh = page.getElementById("log-lines")
  await waitWhile(() => isPressed(lines))
  const before = known()
  if (!fresh || [...fresh.children].every((line) => before.has(line.id))) return
  const top = lines.scrollTop
  lines.replaceChildren(...fresh.children)
  lines.scrollTop = top
}

const stream = news("/control/live/")
stream.addEventListener("news", ({ detail }) => detail.room?.log && loadLines().catch(() => {}))
stream.addEventListener("live", () => loadLines().catch(() => {}))
