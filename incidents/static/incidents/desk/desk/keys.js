// Keys of the desk: arrows walk the list, letters take steps (key-bindings.js says which).
//
//   desk.keys = createKeys(desk)
//   keys.goesOn()      whether keys go on with the next incident by themselves
//   keys.inTurn(act)   acts of one person are done one after the other: what is pressed while one is under way sees what that
//                      has changed

import { actionOf, placeAfterArrow } from "./key-bindings.js"
import { $ } from "./parts.js"

const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"

function rememberedBox(selector, storageKey, { byDefault }) {
  const box = $(selector)
  box.checked = (localStorage.getItem(storageKey) ?? byDefault) === "on"
  box.addEventListener("change", () => localStorage.setItem(storageKey, box.checked ? "on" : "off"))
  return box
}

export function createKeys(desk) {
  const { dialog, main, state } = desk
  const help = $("#keys")
  const useKeys = rememberedBox("#use-keys", "desk-keys", { byDefault: "on" })
  const useNext = rememberedBox("#use-next", "desk-next", { byDefault: "off" })
  const stepOfKey = JSON.parse(main.dataset.keys)
  const watchStepOfKey = JSON.parse(main.dataset.watchKeys)
  const steps = new Set([...Object.keys(stepOfKey), ...Object.keys(watchStepOfKey)])
  const stepsWithoutForm = main.dataset.unasked.split(" ")
  let lastAct = Promise.resolve()

  function inTurn(act) {
    lastAct = lastAct.then(act, act)
    return lastAct
  }

  // The incident that keys act on, and what was seen of it: the one that is shown, on a phone's list the line with the focus.
  // Where another is shown by now than was `meant`, its line in the list says how it stands; else nothing is done.
  async function workedIncident(line, meant) {
    if (state.followed && (!meant || state.followed === meant)) desk.detail.showFollowed()
    await desk.detail.loaded()
    const isShown = desk.showsDetail()
    if (isShown && (!meant || desk.detail.reference() === meant)) return $("#detail").dataset
    return (desk.list.lineOf(meant) ?? (isShown ? null : line))?.dataset ?? {}
  }

  // A key pressed early means what was shown when it was pressed, unless keys go on with the next one by themselves.
  function queueStep(key, line) {
    const { followed, opening } = state
    const shown = followed ?? opening ?? (desk.showsDetail() ? desk.detail.reference() : line?.dataset.reference)
    const meant = useNext.checked && !followed && !opening ? null : shown
    inTurn(() => takeStep(key, line, meant))
  }

  async function takeStep(key, line, meant) {
    if (dialog.open) return // the act before it asks for something
    const { reference, moves, watched } = await workedIncident(line, meant)
    const step = (watched === undefined ? stepOfKey : watchStepOfKey)[key]
    if (!reference || !step) return
    const address = desk.incidentAddress(reference, step)
    if (!stepsWithoutForm.includes(step)) return desk.steps.openForm(address, { byKey: true })
    const body = new FormData()
    body.set("moves", moves)
    return desk.steps.send(address, body, null, { byKey: true })
  }

  function walk(line, by) {
    const all = desk.list.lines()
    const place = all.indexOf(line ?? desk.list.lineOf(desk.detail.reference()))
    desk.list.focus(all[placeAfterArrow(place, by, all.length)])
  }

  const ACTIONS = {
    pressUndoInDialog: () => $("[data-undo]", dialog)?.click(),
    closeFilter() {
      $("#filter").open = false
      $("#filter summary").focus()
    },
    focusShownLine: () => desk.list.focus(desk.list.lineOf(desk.detail.reference())),
    tickNone: () => desk.pick.tickNone(),
    focusNextLine: (_key, line) => walk(line, 1),
    focusPreviousLine: (_key, line) => walk(line, -1),
    showKeys: () => help.showModal(),
    pressUndo: () => inTurn(() => desk.steps.pressUndo()),
    focusSearch: () => [$("#q"), $("#q-narrow")].find((field) => field?.checkVisibility())?.focus(),
    openFilter() {
      $("#filter").open = true
      $("#group").focus()
    },
    tickAll: () => desk.pick.tickAll(),
    toggleTick: (_key, line) => desk.pick.toggle(line),
    takeStep: (key, line) => queueStep(key, line),
  }
  // What the browser would do with these keys by itself is not wanted.
  const PREVENTED = ["focusNextLine", "focusPreviousLine", "pressUndo", "focusSearch", "openFilter", "takeStep"]

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open) return
    const { key, target } = event
    const line = document.activeElement.closest("#rows .line")
    const action = actionOf(key, {
      isDialogOpen: dialog.open,
      usesKeys: useKeys.checked,
      picking: desk.pick.on,
      isTyping: Boolean(target.closest(TYPED_IN)),
      inFilter: Boolean(target.closest("#filter")),
      inDetail: Boolean(target.closest("#detail")),
      inQueue: Boolean(target.closest("#queue")),
      // With the focus nowhere, as after loading, the arrows walk the list beside the incident that is shown.
      inList: Boolean(target.closest("#rows")) || (desk.wide.matches && target === document.body),
      offersUndo: desk.steps.offersUndo(),
      hasLine: Boolean(line),
      isWatched: Boolean(line && "watched" in line.dataset),
      steps,
    })
    if (PREVENTED.includes(action)) event.preventDefault()
    if (action) ACTIONS[action](key.toLowerCase(), line)
  })
  $("#all-keys").addEventListener("click", () => help.showModal())

  return { goesOn: () => useNext.checked, inTurn }
}
