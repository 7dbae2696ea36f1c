// Positions on a picture as parts of its width and height, from 0 to 1.

export const clampToUnit = (value) => Math.min(Math.max(value, 0), 1)

export function relativePosition(picture, { clientX, clientY }) {
  const { left, top, width, height } = picture.getBoundingClientRect()
  return [clampToUnit((clientX - left) / width), clampToUnit((clientY - top) / height)]
}

// The lines of a text field as lists of numbers; one that holds anything else is left out. Commas are decimals, too.
export const parseNumberLines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) =>
      line
        .replaceAll(";", " ")
        .split(/\s+/)
        .map((word) => Number(word.replace(",", "."))),
    )
    .filter((numbers) => numbers.every(Number.isFinite))
