// What Folium's script leaves open: the words of the map's buttons, and its size when the page's changes. Runs after it.

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
