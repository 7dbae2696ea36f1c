// One camera as it is shown anywhere on the page: its picture, its age, and words over a picture that is not of now.

const icons = document.body.dataset.icons

// Where its picture of now is: small for tiles and films. The SHA-256 in it makes a changed picture a new address.
export const address = (tile, small) => `/cameras/${encodeURIComponent(tile.code)}/now.jpg?${small ? "size=tile&" : ""}${tile.sha}`

// Ages count on between two answers of the server.
const ages = new WeakMap()

// Elements of pictures that are not on the page now: they are used again, so that a night makes no new ones.
const spare = []

export function pictureElement() {
  return spare.pop() ?? new Image(320, 180)
}

export function letGo(img) {
  if (!img) return
  img.onerror = null
  if (!img.isConnected) return // it was never shown, and nobody holds it
  // In this order: Chromium keeps a picture for ever whose source is taken away when it has left the page.
  img.removeAttribute("src")
  img.remove()
  if (spare.length < 100) spare.push(img)
}

const write = (element, words) => {
  if (element.textContent !== words) element.textContent = words
}

// Show what the server said of a camera. `picture` is an <img> loaded before, to be put in without a wait.
export function paint(eye, tile, picture) {
  const view = eye.querySelector(".view") ?? eye
  if (eye.dataset.health !== tile.health) eye.dataset.health = tile.health
  pictureOf(eye, view, tile, picture)
  if (eye.dataset.code !== tile.code) eye.dataset.code = tile.code
  if (eye.dataset.sha !== tile.sha) eye.dataset.sha = tile.sha
  const say = view.querySelector(".say")
  if (say) {
    if (say.hidden !== !tile.words) say.hidden = !tile.words
    if (tile.words) {
      const use = say.querySelector("use")
      const sign = `${icons}#${tile.icon}`
      if (use.getAttribute("href") !== sign) use.setAttribute("href", sign)
      write(say.querySelector("b"), tile.words)
      write(say.querySelector(".num"), tile.since)
    }
  }
  const taken = eye.querySelector(".taken")
  if (taken) write(taken, tile.taken)
  ages.set(eye, { seconds: tile.age, from: performance.now() })
  grow(eye)
}

function pictureOf(eye, view, tile, picture) {
  let img = view.querySelector("img")
  if (!tile.sha) return letGo(img)
  if (picture) {
    letGo(img)
    picture.onerror = () => delete eye.dataset.sha
    return view.prepend(picture)
  }
  const same = (eye.dataset.code ?? eye.dataset.eye) === tile.code // the server writes the latter
  if (img && same && eye.dataset.sha === tile.sha) return
  if (!img || !same) {
    letGo(img) // the picture of one camera never stands under the name of another
    img = pictureElement()
    img.alt = eye.dataset.alt ?? ""
    view.prepend(img)
  }
  // A picture that did not come is asked for again with the next answer.
  img.onerror = () => delete eye.dataset.sha
  img.src = address(tile, "small" in eye.dataset)
}

// The age of the picture, in its largest unit: 4 s, 14 min, 2 h, 3 days.
export function grow(eye) {
  const said = eye.querySelector(".age")
  const age = ages.get(eye)
  if (!said || !age) return
  write(said, age.seconds == null ? "" : span(age.seconds + (performance.now() - age.from) / 1000))
}

function span(seconds) {
  for (const [unit, most, words] of [
    [1, 60, (n) => interpolate(gettext("%s s"), [n])],
    [60, 3600, (n) => interpolate(gettext("%s min"), [n])],
    [3600, 172800, (n) => interpolate(gettext("%s h"), [n])],
  ])
    if (seconds < most) return words(Math.floor(seconds / unit))
  return interpolate(gettext("%s days"), [Math.floor(seconds / 86400)])
}
