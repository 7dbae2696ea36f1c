// Fetches parts of the desk's page as the server renders them.
//
//   await fetchPart(address, name, selector, signal)   a fragment; throws SignedOut where the answer lacks `selector`, as the page
//                                                      to sign in does
//   partAddress(address, name) · parseHtml(html) · $(selector, root)

import { request } from "../../../look/request.js"

export const $ = (selector, root = document) => root.querySelector(selector)

export class SignedOut extends Error {}

export function parseHtml(html) {
  const holder = document.createElement("template")
  holder.innerHTML = html
  return holder.content
}

export function partAddress(address, name) {
  const url = new URL(address, location)
  url.searchParams.set("part", name)
  return url
}

export async function fetchPart(address, name, selector, signal) {
  const fresh = parseHtml(await request(partAddress(address, name), { signal }))
  if (!$(selector, fresh)) throw new SignedOut()
  return fresh
}
