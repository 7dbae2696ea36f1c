// Draws boxes over a photo and writes them, in percent, into the text field beside it, which is what is saved.

import { parseNumberLines, relativePosition } from "../on-picture.js"

const field = document.getElementById("parts")
const board = document.querySelector("[data-cover]")
const picture = board.querySelector("img")
let drawn = null

const writtenBoxes = () => parseNumberLines(field.value).filter((part) => part.length === 4)

function boxElement([left, top, width, height]) {
  const part = document.createElement("div")
  part.className = "part"
  for (const [name, value] of Object.entries({ left, top, width, height })) part.style.setProperty(name, `${value}%`)
  return part
}

function draw() {
  board.querySelectorAll(".part").forEach((part) => part.remove())
  board.append(...[...writtenBoxes(), ...(drawn ? [drawn] : [])].map(boxElement))
}

const percentOf = (event) => relativePosition(picture, event).map((part) => part * 100)

picture.draggable = false
let start = null
board.addEventListener("pointerdown", (event) => {
  start = percentOf(event)
  board.setPointerCapture(event.pointerId)
  event.preventDefault()
})
board.addEventListener("pointermove", (event) => {
  if (!start) return
  const [x, y] = percentOf(event)
  drawn = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])]
  draw()
})
board.addEventListener("pointerup", () => {
  if (drawn && drawn[2] > 1 && drawn[3] > 1) {
    field.value = [...field.value.split("\n").filter((line) => line.trim()), drawn.map((number) => number.toFixed(1)).join(" ")].join("\n")
  }
  start = drawn = null
  draw()
})
field.addEventListener("input", draw)
draw()
