// Where on a picture somebody points, in parts of it: from 0 to 1.

export const inside = (value) => Math.min(Math.max(value, 0), 1)

export function placeOn(picture, { clientX, clientY }) {
  const { left, top, width, height } = picture.getBoundingClientRect()
  return [inside((clientX - left) / width), inside((clientY - top) / height)]
}

// The lines of a text field as lists of numbers; one that holds anything else is left out. Commas are decimals, too.
export const numbersIn = (text) =>
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
