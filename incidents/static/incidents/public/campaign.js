// The page of a campaign: its map after all else. The lists are complete without it.

import { loadLeaflet, whenIdle, whenSeen } from "./ward/later.js"

const box = document.getElementById("campaign-map")

async function showMap() {
  await loadLeaflet()
  const { campaignMap } = await import("./campaign-map.js")
  campaignMap(box)
}

if (box) whenIdle(() => whenSeen(box, () => showMap().catch(() => {}))) // no connection: the lists stay
