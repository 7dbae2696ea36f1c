// Converts a row of the patrols' stream, [code, SHA-256, health, time of the picture], to the tile that the server would answer.
//
//   tileOf(row, { troubles, now, clock })   null for a camera that does not see, or whose trouble has words: it must be asked for.
//                                           `troubles` by code; `now` in ms since 1970; `clock` formats a Date

export function tileOf([code, sha, health, takenAt], { troubles, now, clock }) {
  if (health !== "live" || !takenAt || code in troubles) return null
  const at = new Date(takenAt)
  const age = Math.max(Math.round((now - at) / 1000), 0)
  return { code, sha, health, age, words: "", since: "", taken: clock.format(at) }
}
