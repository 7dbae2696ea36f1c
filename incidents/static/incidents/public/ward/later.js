// What a page does after all that can be read stands there: Leaflet is larger than the page.
//
//   whenIdle(act)            after the page has loaded and rests
//   whenSeen(element, act)   once the element comes into view; never while it is not displayed
//   await loadLeaflet()      the files in <template id="map-files">

export function whenIdle(act) {
  const later = () => (window.requestIdleCallback ? requestIdleCallback(act, { timeout: 2000 }) : setTimeout(act, 200))
  if (document.readyState === "complete") later()
  else addEventListener("load", later, { once: true })
}

export function whenSeen(element, act) {
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return
    observer.disconnect()
    act()
  }).observe(element)
}

export async function loadLeaflet() {
  const files = document.getElementById("map-files").content
  document.head.append(...[...files.querySelectorAll("link")].map((link) => link.cloneNode()))
  const { src } = files.querySelector("script")
  await new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }))
  })
}
