// The page of an incident's evidence: reloads its content when evidence is kept, held or released by anybody.

import { news } from "../../map/news.js"
import { replaceWhenIdle } from "../../look/renew.js"
import { request } from "../../look/request.js"

const page = document.querySelector(".evidence-page")
let lastQuestion

async function reloadPage() {
  const now = (lastQuestion = {})
  const fresh = document.createElement("template")
  try {
    fresh.innerHTML = await request(page.dataset.address)
  } catch {
    return // the next news asks again
  }
  const part = fresh.content.querySelector(".evidence-page")
  if (!part) return location.reload() // the session ended: the page asks to sign in
  const content = document.createDocumentFragment()
  content.append(...part.childNodes)
  await replaceWhenIdle(page, content, () => lastQuestion === now)
}

document.addEventListener("kept", reloadPage)
const stream = news(page.dataset.live, { after: page.dataset.after })
stream.addEventListener("news", ({ detail }) => detail.reference === page.dataset.reference && reloadPage())
stream.addEventListener("reload", reloadPage)
