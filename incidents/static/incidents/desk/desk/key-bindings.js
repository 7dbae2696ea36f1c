// The table of the desk's keys: the action of a key in a context.
//
//   actionOf(key, context)   the name of the action, or null. `context`:
//       isDialogOpen · usesKeys (single keys are switched on) · picking (incidents are being ticked) · isTyping (in a field)
//       inFilter, inDetail, inQueue (where the focus is) · inList (arrows walk the list) · offersUndo
//       hasLine, isWatched (the line with the focus) · steps (the keys of steps)

const PLAIN =
  (wanted) =>
  (key, { usesKeys, isTyping, isDialogOpen }) =>
    usesKeys && !isTyping && !isDialogOpen && key.toLowerCase() === wanted
const ESCAPE = (key, { isDialogOpen }) => key === "Escape" && !isDialogOpen
const ARROW =
  (wanted) =>
  (key, { inList, isTyping, isDialogOpen }) =>
    key === wanted && inList && !isTyping && !isDialogOpen
const both =
  (...conditions) =>
  (key, context) =>
    conditions.every((condition) => condition(key, context))

// In this order: the first that fits is done.
const BINDINGS = [
  ["pressUndoInDialog", (key, { isDialogOpen, usesKeys }) => isDialogOpen && usesKeys && key.toLowerCase() === "z"],
  ["closeFilter", both(ESCAPE, (_key, { inFilter }) => inFilter)],
  ["focusShownLine", both(ESCAPE, (_key, { inDetail }) => inDetail)],
  ["tickNone", both(ESCAPE, (_key, { picking, inQueue }) => picking && inQueue)],
  ["focusNextLine", ARROW("ArrowDown")],
  ["focusPreviousLine", ARROW("ArrowUp")],
  ["showKeys", PLAIN("?")],
  ["pressUndo", both(PLAIN("z"), (_key, { offersUndo }) => offersUndo)],
  ["focusSearch", PLAIN("/")],
  ["openFilter", PLAIN("f")],
  ["tickAll", both(PLAIN("a"), (_key, { inList }) => inList)],
  ["toggleTick", both(PLAIN("v"), (_key, { hasLine, isWatched }) => hasLine && !isWatched)],
  ["takeStep", (key, context) => !context.picking && context.steps.has(key.toLowerCase()) && PLAIN(key.toLowerCase())(key, context)],
]

export const actionOf = (key, context) => BINDINGS.find(([, fits]) => fits(key, context))?.[0] ?? null

// The place in a list of this length after an arrow key; -1: nothing has the focus yet.
export const placeAfterArrow = (place, by, length) => Math.min(Math.max(place + by, 0), length - 1)
