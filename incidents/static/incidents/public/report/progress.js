// A line of text and a progress bar (0 … 1) under it, as two elements.

export function progressLine(name) {
  const line = Object.assign(document.createElement("p"), { className: "small" })
  const bar = Object.assign(document.createElement("progress"), { max: 1 })
  bar.setAttribute("aria-label", name)
  return [line, bar]
}
