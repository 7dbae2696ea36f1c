// The directory of units: the list as its search is typed, and the map after all else. The page works without both.

import { loadLeaflet, whenIdle, whenSeen } from "./ward/later.js"

const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase()

const search = document.getElementById("unit-words")
if (search) filterWhileTyping()

function filterWhileTyping() {
  const sections = [...document.querySelectorAll("#units > section")].map((section) => ({
    section,
    units: [...section.querySelectorAll("li")].map((row) => ({ row, name: plain(row.querySelector(".unit-name").textContent) })),
  }))
  search.addEventListener("input", () => {
    const words = plain(search.value).split(/\s+/)
    for (const { section, units } of sections) {
      for (const { row, name } of units) row.hidden = !words.every((word) => name.includes(word))
      section.hidden = units.every(({ row }) => row.hidden)
    }
    document.getElementById("no-unit").hidden = sections.some(({ section }) => !section.hidden)
  })
}

const box = document.getElementById("units-map")

async function showMap() {
  await loadLeaflet()
  const { unitsMap } = await import("./directory/map.js")
  unitsMap(box)
}

if (box) whenIdle(() => whenSeen(box, () => showMap().catch(() => {}))) // no connection: the list is complete
