// The page of an incident's evidence: what is kept, held or let go meanwhile appears by itself, whoever did it.

import { news } from "../../map/news.js"
import { renew } from "../../look/renew.js"
import { request } from "../../look/request.js"

const page = document.querySelector(".evidence-page")
let asked

async function again() {
  const now = (asked = {})
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
  await renew(page, content, () => asked === now)
}

document.addEventListener("kept", again)
const told = news(page.dataset.live, { after: page.dataset.after })
told.addEventListener("news", ({ detail }) => detail.reference === page.dataset.reference && again())
told.addEventListener("reload", again)
