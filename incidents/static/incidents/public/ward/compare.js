// Lays the picture from before over the one from after; a slider moves the edge between them.
//
//   compare(pair)   `pair` holds two figures, before and after; without scripts they stand side by side.

const START = 50

export function compare(pair) {
  const [before, after] = pair.querySelectorAll("figure")
  const edge = document.createElement("span")
  edge.className = "edge"
  edge.innerHTML = `<span class="knob"><svg class="icon" aria-hidden="true"><use href="${pair.dataset.icon}"/></svg></span>`
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, value: START })
  slider.setAttribute("aria-label", pair.dataset.words)
  const move = () => pair.style.setProperty("--edge", `${slider.value}%`)
  slider.addEventListener("input", move)
  pair.classList.add("compare")
  before.classList.add("was")
  after.classList.add("is")
  pair.append(edge, slider)
  move()
}
