// Assigns incidents to a crew by dragging their lines onto it; a ticked line takes the other ticked ones with it.

import { $ } from "./parts.js"

const DRAGGED = "application/x-desk-incident"
const crewUnder = (event) => event.dataTransfer?.types.includes(DRAGGED) && event.target.closest?.(".crew")

export function setUpCrews(desk) {
  document.addEventListener("dragstart", (event) => {
    const line = event.target.closest?.("#rows .line")
    if (!line || "watched" in line.dataset || $("#crews").hidden) return
    event.dataTransfer.setData(DRAGGED, line.dataset.reference)
    event.dataTransfer.effectAllowed = "move"
    line.classList.add("dragged")
  })

  document.addEventListener("dragend", () => {
    for (const element of document.querySelectorAll(".dragged, .crew.drop")) element.classList.remove("dragged", "drop")
  })

  document.addEventListener("dragover", (event) => {
    const crew = crewUnder(event)
    for (const other of document.querySelectorAll(".crew.drop")) other.classList.toggle("drop", other === crew)
    if (!crew) return
    event.preventDefault()
    crew.classList.add("drop")
  })

  document.addEventListener("drop", (event) => {
    const crew = crewUnder(event)
    if (!crew) return
    event.preventDefault()
    crew.classList.remove("drop")
    const line = desk.list.lineOf(event.dataTransfer.getData(DRAGGED))
    if (line) assignToCrew(crew.dataset.crew, line)
  })

  function assignToCrew(crew, line) {
    const body = new FormData()
    body.set("crew", crew)
    const ticked = desk.pick.tickedValues()
    if (ticked.length > 1 && $(".pick", line.parentElement).checked) {
      for (const value of ticked) body.append("of", value)
      body.set("filled", "1")
      return desk.steps.sendSeveral(`${desk.main.dataset.desk}several/crew/${desk.list.query()}`, body)
    }
    const { reference } = line.dataset
    return desk.keys.inTurn(() => {
      body.set("moves", (desk.list.lineOf(reference) ?? line).dataset.moves)
      return desk.steps.send(desk.incidentAddress(reference, "crew"), body)
    })
  }
}
