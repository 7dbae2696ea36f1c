// Loads the pictures of cameras near an incident into its detail, with the modules and styles that they name.
//
//   await loadCameras(detail)   nothing where it has no place for them; hides the place where none come

import { toast } from "../../../look/page.js"
import { replaceWhenIdle } from "../../../look/renew.js"
import { request } from "../../../look/request.js"
import { $, parseHtml } from "./parts.js"

let lastQuestion

export async function loadCameras(detail) {
  const place = $("[data-cameras-near]", detail)
  if (!place) return
  const question = (lastQuestion = {})
  try {
    const fresh = parseHtml(await request(place.dataset.camerasNear))
    if (!(await replaceWhenIdle(place, fresh, () => lastQuestion === question))) return
    place.hidden = !place.firstElementChild
    for (const part of place.querySelectorAll("[data-module]")) loadModule(part.dataset) // it knows what it needs
  } catch {
    place.hidden = true // the detail says enough without pictures
  }
}

function loadModule({ module, style }) {
  import(module).catch(() => toast(gettext("Part of this page could not be loaded. Reload the page.")))
  if ($(`link[href="${style}"]`)) return
  const link = document.createElement("link")
  link.rel = "stylesheet"
  link.href = style
  document.head.append(link)
}
