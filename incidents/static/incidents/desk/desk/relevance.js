// Decides whether news of an incident concern a desk, and when its list is fetched again.
//
//   relevanceOf(item, { units, areas })   "own": one of its units has it; "maybe": it may get it; "watched": it lies in a watched
//                                         area; "" otherwise. `units`: a Set of their numbers, null for all; `areas`: a Set of names
//   catchUpDelay({ now, lastAt })         milliseconds until the list is fetched again: at once after a while without news; of a
//                                         storm of news once a second

const CATCH_UP_MS = 1000
const SHORTEST_MS = 150

export function relevanceOf({ authority, maybe, area }, { units, areas }) {
  if (!units || units.has(authority)) return "own"
  if (maybe.some((unit) => units.has(unit))) return "maybe"
  return areas.has(area.vi) ? "watched" : ""
}

export const catchUpDelay = ({ now, lastAt }) => Math.max(SHORTEST_MS, lastAt + CATCH_UP_MS - now)
