// The pool of the wall: all cameras of the city, and which of them a layout wants.

const foldWords = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase()

export class Pool {
  constructor() {
    this.cameras = []
    this.names = new Map()
    this.troubles = {} // code → health of those that do not see
    this.near = new Set() // of what wants attention
    this.dead = new Set() // the healths that show nothing
    this.groups = { area: new Map(), road: new Map(), source: new Map() } // kind → code → { name, count }
  }

  setCameras({ cameras, areas, sources, dead }) {
    this.dead = new Set(dead)
    this.names = new Map(cameras.map(([code, name]) => [code, name]))
    this.cameras = cameras.map(([code, name, , , area, road, source]) => ({
      code,
      area,
      road,
      source,
      folded: foldWords(`${name} ${code} ${road}`),
    }))
    for (const [kind, names] of [
      ["area", areas],
      ["road", null],
      ["source", sources],
    ]) {
      const found = (this.groups[kind] = new Map())
      for (const camera of this.cameras) {
        const which = camera[kind]
        if (!which) continue
        const group = found.get(which) ?? { name: names?.[which] ?? which, count: 0 }
        group.count += 1
        found.set(which, group)
      }
    }
  }

  groupName(group) {
    const [kind, which] = splitGroup(group)
    return this.groups[kind]?.get(which)?.name ?? which
  }

  // The codes of the cameras that a layout wants, by name; those that show nothing come last.
  findCodes({ words, state, group }) {
    const wanted = foldWords(words).split(/\s+/).filter(Boolean)
    const [kind, which] = splitGroup(group)
    const found = this.cameras.filter(
      (camera) =>
        (!group || camera[kind] === which) && this.matchesState(camera.code, state) && wanted.every((word) => camera.folded.includes(word)),
    )
    const showsNothing = ({ code }) => this.dead.has(this.troubles[code])
    return [...found.filter((camera) => !showsNothing(camera)), ...found.filter(showsNothing)].map(({ code }) => code)
  }

  matchesState(code, state) {
    if (state === "near") return this.near.has(code)
    return state === "all" || (state === "trouble") === code in this.troubles
  }
}

function splitGroup(group) {
  const colon = group.indexOf(":")
  return [group.slice(0, colon), group.slice(colon + 1)]
}
