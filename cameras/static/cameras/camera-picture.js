// Paints a camera as every page shows it: its picture, the picture's age, and a notice over a picture that is not current.

const icons = document.body.dataset.icons

// The address of the current picture, small for tiles and films. It holds the SHA-256, so a new picture has a new one.
export const pictureAddress = (tile, small) => `/cameras/${encodeURIComponent(tile.code)}/now.jpg?${small ? "size=tile&" : ""}${tile.sha}`

// Ages by element; they grow between two answers of the server.
const ages = new WeakMap()

// <img> elements that are not on the page now, kept for reuse so that memory does not grow overnight.
const spare = []

export function pictureElement() {
  return spare.pop() ?? new Image(320, 180)
}

export function releasePicture(img) {
  if (!img) return
  img.onerror = null
  if (!img.isConnected) return // it was never shown, and nobody holds it
  // In this order: Chromium keeps a picture for ever whose source is taken away when it has left the page.
  img.removeAttribute("src")
  img.remove()
  if (spare.length < 100) spare.push(img)
}

const setText = (element, words) => {
  if (element.textContent !== words) element.textContent = words
}

// Show what the server said of a camera. `picture` is an <img> loaded before, to be put in without a wait.
export function paintCamera(eye, tile, picture) {
  const view = eye.querySelector(".view") ?? eye
  if (eye.dataset.health !== tile.health) eye.dataset.health = tile.health
  updatePicture(eye, view, tile, picture)
  if (eye.dataset.code !== tile.code) eye.dataset.code = tile.code
  if (eye.dataset.sha !== tile.sha) eye.dataset.sha = tile.sha
  const say = view.querySelector(".say")
  if (say) {
    if (say.hidden !== !tile.words) say.hidden = !tile.words
    if (tile.words) {
      const use = say.querySelector("use")
      const sign = `${icons}#${tile.icon}`
      if (use.getAttribute("href") !== sign) use.setAttribute("href", sign)
      setText(say.querySelector("b"), tile.words)
      setText(say.querySelector(".num"), tile.since)
    }
  }
  const timeLine = eye.querySelector(".taken")
  if (timeLine) setText(timeLine, tile.taken)
  ages.set(eye, { seconds: tile.age, from: performance.now() })
  updateAge(eye)
}

function updatePicture(eye, view, tile, picture) {
  let img = view.querySelector("img")
  if (!tile.sha) return releasePicture(img)
  if (picture) {
    releasePicture(img)
    picture.onerror = () => delete eye.dataset.sha
    return view.prepend(picture)
  }
  const same = (eye.dataset.code ?? eye.dataset.eye) === tile.code // the server writes the latter
  if (img && same && eye.dataset.sha === tile.sha) return
  if (!img || !same) {
    releasePicture(img) // the picture of one camera never stands under the name of another
    img = pictureElement()
    img.alt = eye.dataset.alt ?? ""
    view.prepend(img)
  }
  // A picture that did not come is asked for again with the next answer.
  img.onerror = () => delete eye.dataset.sha
  img.src = pictureAddress(tile, "small" in eye.dataset)
}

// A camera that the server has painted: its age goes on from what the page says.
export function adoptCamera(eye) {
  const { age } = eye.dataset
  ages.set(eye, { seconds: age ? Number(age) : null, from: performance.now() })
  const img = eye.querySelector("img")
  if (img) img.onerror = () => delete eye.dataset.sha
}

// The age of the picture, in its largest unit: 4 s, 14 min, 2 h, 3 days.
export function updateAge(eye) {
  const ageLine = eye.querySelector(".age")
  const age = ages.get(eye)
  if (!ageLine || !age) return
  setText(ageLine, age.seconds == null ? "" : ageInWords(age.seconds + (performance.now() - age.from) / 1000))
}

function ageInWords(seconds) {
  for (const [unit, most, words] of [
    [1, 60, (n) => interpolate(gettext("%s s"), [n])],
    [60, 3600, (n) => interpolate(gettext("%s min"), [n])],
    [3600, 172800, (n) => interpolate(gettext("%s h"), [n])],
  ])
    if (seconds < most) return words(Math.floor(seconds / unit))
  return interpolate(gettext("%s days"), [Math.floor(seconds / 86400)])
}
