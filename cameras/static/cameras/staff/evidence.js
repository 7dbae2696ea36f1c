// Evidence pictures: two of a camera overlaid with a movable cut, and keeping a picture by hand.

import { toast } from "../../look/page.js"
import { Failed, request } from "../../look/request.js"

document.addEventListener("toggle", ({ target }) => target.matches?.("[data-compare][open]") && showComparison(target), true)
document.addEventListener(
  "change",
  ({ target }) => target.matches("[data-compare] select") && showComparison(target.closest("[data-compare]")),
)
document.addEventListener("input", ({ target }) => target.matches("[data-compare] input[type=range]") && moveCut(target))
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-pin]")) return
  event.preventDefault()
  keepPicture(event.target)
})

const shownPairs = new WeakMap() // which pair a comparison shows
for (const box of document.querySelectorAll("[data-compare][open]")) showComparison(box) // opened before this script was there

async function showComparison(box) {
  const [before, after] = ["before", "after"].map((side) => box.querySelector(`[data-side="${side}"]`).selectedOptions[0])
  const pair = {}
  shownPairs.set(box, pair)
  showPicture(box.querySelector("img.earlier"), before)
  showPicture(box.querySelector(".later img"), after)
  moveCut(box.querySelector("input[type=range]"))
  const faultLine = box.querySelector(".said")
  faultLine.textContent = gettext("Aligning the two pictures…")
  let matrix = null
  let words
  try {
    matrix =
      before === after || before.value === after.value
        ? [
            [1, 0, 0],
            [0, 1, 0],
          ]
        : (await request(`/evidence/${before.value}/over/${after.value}.json`)).matrix
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    words = error.message
  }
  if (shownPairs.get(box) !== pair) return
  overlay(box, matrix, after)
  faultLine.textContent =
    words ?? (matrix ? gettext("The two pictures are aligned.") : gettext("These two cannot be aligned: they are shown side by side."))
}

function showPicture(img, option) {
  img.width = option.dataset.width
  img.height = option.dataset.height
  img.src = option.dataset.src
  img.alt = option.textContent
}

// `matrix`: [[a, b, x], [c, d, y]] in parts of the picture's width; null: side by side.
function overlay(box, matrix, { dataset: { width, height } }) {
  const apart = !matrix
  box.querySelector(".over").classList.toggle("apart", apart)
  box.querySelector("input[type=range]").hidden = apart
  const img = box.querySelector(".later img")
  if (apart) return void (img.style.transform = "none")
  const [[a, b, x], [c, d, y]] = matrix
  img.style.transform = `translate(${x * 100}%, ${((y * width) / height) * 100}%) matrix(${a}, ${c}, ${b}, ${d}, 0, 0)`
}

function moveCut(range) {
  range.closest("[data-compare]").querySelector(".over").style.setProperty("--cut", `${range.value}%`)
  range.setAttribute("aria-valuetext", interpolate(gettext("Earlier picture up to %s percent"), [range.value]))
}

async function keepPicture(form) {
  const faultLine = form.querySelector(".said")
  const button = form.querySelector("button")
  fillShownPicture(form)
  button.disabled = true
  try {
    toast((await request(form.action, { method: "POST", body: new FormData(form) })).said)
    form.reset()
    faultLine.textContent = ""
    const box = form.closest("details")
    box.open = false
    box.querySelector("summary").focus({ preventScroll: true })
    box.dispatchEvent(new CustomEvent("kept", { bubbles: true }))
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    faultLine.textContent = error.message
  } finally {
    button.disabled = false
  }
}

// Set the picture to be kept to the one on the screen: the current one, or the chosen one of the ring.
function fillShownPicture(form) {
  const { picture, taken: pictureTime } = form.elements
  if (!picture) return
  const eye = form.closest(".sight, .panel").querySelector("figure[data-eye]")
  picture.value = eye.dataset.sha
  if (pictureTime)
    pictureTime.value =
      eye
        .closest(".panel")
        .querySelector('.film [aria-pressed="true"]')
        ?.dataset.frame?.match(/(\d+)\.jpg/)?.[1] ?? ""
}
