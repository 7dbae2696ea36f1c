// The page of a ward: its map after all else, the slider of before and after, pictures of its cameras.

import { compare } from "./ward/compare.js"
import { loadLeaflet, whenIdle, whenSeen } from "./ward/later.js"

const pair = document.getElementById("compare")
if (pair) compare(pair)

const box = document.getElementById("ward-map")

async function showMap() {
  await loadLeaflet()
  const { wardMap } = await import("./ward/map.js")
  wardMap(box)
}

whenIdle(() => {
  whenSeen(box, () => showMap().catch(() => {})) // no connection: the outline stays
  const cameras = document.getElementById("ward-cameras")
  whenSeen(cameras, () => import("./ward/cameras.js").then(({ showCameras }) => showCameras(cameras)).catch(() => {}))
})
