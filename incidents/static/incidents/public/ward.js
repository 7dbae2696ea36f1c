// The page of a ward: its map after all else, the slider of before and after, pictures of its cameras.

import { compare } from "./ward/compare.js"

const pair = document.getElementById("compare")
if (pair) compare(pair)

// Leaflet is larger than the page: it comes when all that can be read stands there.
const box = document.getElementById("ward-map")
const whenSeen = (element, act) =>
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return
    observer.disconnect()
    act()
  }).observe(element)

function loadScript(tag) {
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: tag.src, onload: done, onerror: failed })
    document.head.append(script)
  })
}

async function showMap() {
  const files = document.getElementById("map-files").content
  document.head.append(...[...files.querySelectorAll("link")].map((link) => link.cloneNode()))
  await loadScript(files.querySelector("script"))
  const { wardMap } = await import("./ward/map.js")
  wardMap(box)
}

function whenIdle(act) {
  const later = () => (window.requestIdleCallback ? requestIdleCallback(act, { timeout: 2000 }) : setTimeout(act, 200))
  if (document.readyState === "complete") later()
  else addEventListener("load", later, { once: true })
}

whenIdle(() => {
  whenSeen(box, () => showMap().catch(() => {})) // no connection: the outline stays
  const cameras = document.getElementById("ward-cameras")
  whenSeen(cameras, () => import("./ward/cameras.js").then(({ showCameras }) => showCameras(cameras)).catch(() => {}))
})
