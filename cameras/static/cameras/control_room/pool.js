// The pool of the wall: all cameras of the city, and which of them a layout wants.

import { foldText } from "../../look/fold.js"

export class Pool {
  constructor() {
    this.cameras = []
    this.names = new Map()
    this.troubles = {} // code → health of those that do not see
    this.near = new Set() // of what wants attention, the nearest to the most pressing first
    this.chosen = [] // those of what is in front
    this.pins = {} // code → place of those that keep theirs
    this.dead = new Set() // the healths that show nothing
    this.groups = { area: new Map(), road: new Map(), source: new Map() } // kind → code → { name, count }
  }

  setCameras({ cameras, areas, sources, dead, near }) {
    this.dead = new Set(dead)
    this.near = new Set(near)
    this.names = new Map(cameras.map(([code, name]) => [code, name]))
    this.cameras = cameras.map(([code, name, , , area, road, source]) => ({
      code,
      area,
      road,
      source,
      folded: foldText(`${name} ${code} ${road}`),
    }))
    for (const [kind, names] of [
      ["area", areas],
      ["road", null],
      ["source", sources],
    ]) {
      const groups = (this.groups[kind] = new Map())
      for (const camera of this.cameras) {
        const which = camera[kind]
        if (!which) continue
        const group = groups.get(which) ?? { name: names?.[which] ?? which, count: 0 }
        group.count += 1
        groups.set(which, group)
      }
    }
  }

  groupName(group) {
    const [kind, which] = splitGroup(group)
    return this.groups[kind]?.get(which)?.name ?? which
  }

  // The codes of the cameras that a layout wants: those near what wants attention first, the others in the order of the
  // register; those that show nothing come last. `first_page.py` draws the first page by the same rule.
  findCodes({ words, state, group }) {
    const wanted = foldText(words).split(/\s+/).filter(Boolean)
    const [kind, which] = splitGroup(group)
    const cameras = this.cameras.filter(
      (camera) =>
        (!group || camera[kind] === which) && this.matchesState(camera.code, state) && wanted.every((word) => camera.folded.includes(word)),
    )
    const codes = cameras.map(({ code }) => code)
    const pinned = () => Object.keys(this.pins).sort((code, other) => this.pins[code] - this.pins[other])
    const ahead = state === "chosen" ? this.chosen : state === "pinned" ? pinned() : [...this.near]
    const among = new Set(codes)
    const first = ahead.filter((code) => among.has(code))
    const early = new Set(first)
    const ordered = [...first, ...codes.filter((code) => !early.has(code))]
    const showsNothing = (code) => this.dead.has(this.troubles[code])
    return [...ordered.filter((code) => !showsNothing(code)), ...ordered.filter(showsNothing)]
  }

  // How many cameras are in this state; null while that is not known.
  countOf(state) {
    if (!this.cameras.length) return null
    if (state === "all") return this.cameras.length
    if (state === "near") return this.near.size
    if (state === "chosen") return this.chosen.length
    if (state === "pinned") return Object.keys(this.pins).filter((code) => this.names.has(code)).length
    const blind = Object.keys(this.troubles).length
    return state === "trouble" ? blind : this.cameras.length - blind
  }

  matchesState(code, state) {
    if (state === "near") return this.near.has(code)
    if (state === "chosen") return this.chosen.includes(code)
    if (state === "pinned") return code in this.pins
    return state === "all" || (state === "trouble") === code in this.troubles
  }
}

function splitGroup(group) {
  const colon = group.indexOf(":")
  return [group.slice(0, colon), group.slice(colon + 1)]
}
