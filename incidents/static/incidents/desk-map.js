// The map of a desk: the incidents of the list as pins.

export function drawMap() {
  return null
}
