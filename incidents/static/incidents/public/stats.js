// Adds to Folium's map, after its script: labels of the zoom buttons, and a new size when the page's changes.

const map = window.map_of_statistics
if (map) {
  const element = map.getContainer()
  for (const [part, words] of [
    ["in", element.dataset.nearer],
    ["out", element.dataset.further],
  ]) {
    const button = element.querySelector(`.leaflet-control-zoom-${part}`)
    button.title = words
    button.setAttribute("aria-label", words)
  }
  new ResizeObserver(() => map.invalidateSize()).observe(element)
}
