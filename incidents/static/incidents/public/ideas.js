// The list of ideas and the page of one: their map after all else. What is read is complete without it.

import { loadLeaflet, whenIdle, whenSeen } from "./ward/later.js"

const box = document.getElementById("ideas-map")

async function showMap() {
  await loadLeaflet()
  const { ideasMap } = await import("./ideas-map.js")
  ideasMap(box)
}

if (box) whenIdle(() => whenSeen(box, () => showMap().catch(() => {}))) // no connection: the words stay
