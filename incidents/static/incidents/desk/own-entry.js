// The form of what somebody of a desk saw: the map under a pin says the place, once the pin was moved.

import { pinMap } from "../public/pin.js"

const element = document.querySelector("[data-own-pin]")
const { lon, lat } = element.closest("form").elements
element.hidden = false
let begun = false
const pin = pinMap(element, (moved) => {
  if (!begun) return
  lon.value = moved.lon.toFixed(7)
  lat.value = moved.lat.toFixed(7)
})
if (element.dataset.ownPin) {
  const [x, y] = element.dataset.ownPin.split(",").map(Number)
  if (Number.isFinite(x) && Number.isFinite(y)) pin.move({ lon: x, lat: y, zoom: 17 })
}
begun = true
