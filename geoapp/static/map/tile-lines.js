// Decodes the lines in the tiles of /tiles/areas/.
//
//   linesIn(text, unit)   [[x, y], …] of each line, in units of the tile; `unit`: by what the steps are multiplied

export const SIZE = 512 // pixels of a tile on the screen; its numbers are those of one zoom less
export const UNITS = 1024 / SIZE // a pixel

// Google's encoding of lines: the steps from corner to corner, y before x, five bits in a letter, the last below 32. Blanks
// stand between lines; each begins where the one before ends.
export function linesIn(text, unit) {
  const lines = []
  let [x, y, i, line] = [0, 0, 0, null]
  const step = () => {
    let [number, shift, bits] = [0, 0, 32]
    while (bits >= 32) {
      bits = text.charCodeAt(i++) - 63
      number |= (bits & 31) << shift
      shift += 5
    }
    return unit * (number & 1 ? ~(number >> 1) : number >> 1)
  }
  while (i < text.length) {
    if (text[i] === " ") {
      line = null
      i++
    }
    y += step()
    x += step()
    if (line) line.push([x, y])
    else lines.push((line = [[x, y]]))
  }
  return lines
}
