// Clusters of incidents that would lie on one another on a map.
//
//   clusterOverlaps(map, items)   items of map/pins.js, pins and clusters, as few enough that none covers another. Each
//                                 cluster made here knows the pins in it as `members`; every incident is counted once.

export const MIN_DISTANCE = 30 // pixels between two pins below which they become a cluster
const clusterRadius = (n) => (n < 10 ? 17 : n < 100 ? 20 : n < 1000 ? 24 : 28) + 7

// What would lie on one another becomes one cluster, the larger ones first; every incident is counted once.
export function clusterOverlaps(map, items) {
  const asCluster = (item) =>
    item.n
      ? { ...item, members: [] }
      : {
          n: 1,
          mix: { [item.late ? "late" : item.state]: 1 },
          lon: item.lon,
          lat: item.lat,
          bounds: [item.lon, item.lat, item.lon, item.lat],
          members: [item],
        }
  let groups = items.map(asCluster)
  let before
  do {
    before = groups.length
    groups = mergeOnce(map, groups)
  } while (groups.length < before) // a cluster that grew has moved, and may touch the next
  return groups.map(({ at, ...cluster }) => (cluster.n === 1 ? cluster.members[0] : cluster))
}

function mergeOnce(map, items) {
  const groups = []
  for (const one of items.sort((a, b) => b.n - a.n)) {
    one.at = drawnMiddle(map, one)
    const near = groups.find((group) => {
      const apart = one.n === 1 && group.n === 1 ? MIN_DISTANCE : clusterRadius(group.n) + (one.n === 1 ? 8 : clusterRadius(one.n) - 6)
      return group.at.distanceTo(one.at) < apart
    })
    if (near) addToCluster(near, one)
    else groups.push(one)
  }
  return groups
}

// The middle of what is drawn: a pin stands above its place.
function drawnMiddle(map, { n, lon, lat }) {
  return map.project([lat, lon]).subtract([0, n === 1 ? 22 : 0])
}

function addToCluster(group, one) {
  const n = group.n + one.n
  const mix = { ...group.mix }
  for (const [state, count] of Object.entries(one.mix)) mix[state] = (mix[state] ?? 0) + count
  const [a, b] = [group.bounds, one.bounds]
  Object.assign(group, {
    n,
    mix,
    members: [...group.members, ...one.members],
    lon: (group.lon * group.n + one.lon * one.n) / n,
    lat: (group.lat * group.n + one.lat * one.n) / n,
    bounds: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])],
  })
}
