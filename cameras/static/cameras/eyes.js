// One camera as it is shown anywhere on the page: its picture, its age, and words over a picture that is not of now.

const icons = document.getElementById("map").dataset.icons

export const address = (tile) => `/cameras/${encodeURIComponent(tile.code)}/now.jpg?${tile.sha}`

// Ages count on between two answers of the server.
const ages = new WeakMap()

// Show what the server said of a camera. `picture` is an <img> loaded before, to be put in without a wait.
export function paint(eye, tile, picture) {
  const view = eye.querySelector(".view") ?? eye
  eye.dataset.health = tile.health
  let img = view.querySelector("img")
  if (!tile.sha) img?.remove()
  else if (picture) {
    img?.remove()
    view.prepend(picture)
  } else if (!img || eye.dataset.sha !== tile.sha || eye.dataset.code !== tile.code) {
    if (!img || eye.dataset.code !== tile.code) {
      img?.remove() // the picture of one camera never stands under the name of another
      img = pictureFor(eye)
      view.prepend(img)
    }
    // A picture that did not come is asked for again with the next answer.
    img.onerror = () => delete eye.dataset.sha
    img.src = address(tile)
  }
  eye.dataset.code = tile.code
  eye.dataset.sha = tile.sha
  const say = view.querySelector(".say")
  if (say) {
    say.hidden = !tile.words
    if (tile.words) {
      say.querySelector("use").setAttribute("href", `${icons}#${tile.icon}`)
      say.querySelector("b").textContent = tile.words
      say.querySelector(".num").textContent = tile.since
    }
  }
  const taken = eye.querySelector(".taken")
  if (taken) taken.textContent = tile.taken
  ages.set(eye, { seconds: tile.age, from: performance.now() })
  grow(eye)
}

function pictureFor(eye) {
  const img = new Image(320, 180)
  img.alt = eye.dataset.alt ?? ""
  return img
}

// The age of the picture, in its largest unit: 4 s, 14 min, 2 h, 3 days.
export function grow(eye) {
  const said = eye.querySelector(".age")
  const age = ages.get(eye)
  if (!said || !age) return
  const words = age.seconds == null ? "" : span(age.seconds + (performance.now() - age.from) / 1000)
  if (said.textContent !== words) said.textContent = words
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
