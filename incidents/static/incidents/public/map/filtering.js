// Which incidents the filters of the public map show, for news that come one by one.
//
//   fitsFilter({ state, late }, chip)   whether an incident in this state belongs to the chip that is pressed: "open", "new",
//                                       "working", "resolved", "late", or another that shows all
//   leavesMap(kind)                     whether an incident leaves the map with a line of this kind
//   isOpen(state)

const UNACCEPTED = ["received", "assigned", "passed_on"]
const IN_HAND = ["accepted", "working", "extension", "waiting"]
const STATES = {
  open: [...UNACCEPTED, ...IN_HAND, "disputed"],
  new: UNACCEPTED,
  working: IN_HAND,
  resolved: ["resolved", "closed"],
}
const LEAVING = ["hidden", "merged"]

export const fitsFilter = ({ state, late }, chip) => (chip === "late" ? late : (STATES[chip] ?? [state]).includes(state))
export const leavesMap = (kind) => LEAVING.includes(kind)
export const isOpen = (state) => STATES.open.includes(state)
