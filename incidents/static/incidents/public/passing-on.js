// Buttons that pass a page on: data-share (its address, "" for this page), data-copy (the id of a field, "" for this page),
// data-print.

import { toast } from "../../look/page.js"

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(gettext("Link copied"))
  } catch {
    toast(text) // a browser that does not copy: it can be read and marked there
  }
}

for (const button of document.querySelectorAll("[data-share], [data-print], [data-copy]")) button.hidden = false
document.querySelector("[data-print]")?.addEventListener("click", () => print())
for (const button of document.querySelectorAll("[data-share]"))
  button.addEventListener("click", async () => {
    const link = new URL(button.dataset.share || location.pathname, location.origin).href
    if (!navigator.share) return copyText(link)
    await navigator.share({ title: button.dataset.title || document.title, url: link }).catch(() => {})
  })
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = button.dataset.copy ? document.getElementById(button.dataset.copy) : null
  button.addEventListener("click", () => {
    field?.select()
    copyText(field?.value ?? location.origin + location.pathname)
  })
}
