// Merges incidents that would overlap on a map into clusters.
//
//   clusterOverlaps(map, items, apart)   items of map/pins.js, pins and clusters, as few enough that none covers another. Each
//                                 cluster made here knows the pins in it as `members`; every incident is counted once.

export const MIN_DISTANCE = 30 // pixels between two pins below which they become a cluster
const clusterRadius = (n) => (n < 10 ? 17 : n < 100 ? 20 : n < 1000 ? 24 : 28) + 7

// What would lie on one another becomes one cluster, the larger ones first; every incident is counted once.
// `apart`: pixels between two below which they become one, where that is more than what they cover.
export function clusterOverlaps(map, items, apart = MIN_DISTANCE) {
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
    groups = mergeOnce(map, groups, apart)
  } while (groups.length < before) // a cluster that grew has moved, and may touch the next
  return groups.map(({ at, ...cluster }) => (cluster.n === 1 ? cluster.members[0] : cluster))
}

function mergeOnce(map, items, least) {
  const groups = []
  for (const item of items.sort((a, b) => b.n - a.n)) {
    item.at = drawnMiddle(map, item)
    const near = groups.find((group) => {
      const covered = item.n === 1 && group.n === 1 ? MIN_DISTANCE : clusterRadius(group.n) + (item.n === 1 ? 8 : clusterRadius(item.n) - 6)
      return group.at.distanceTo(item.at) < Math.max(covered, least)
    })
    if (near) addToCluster(near, item)
    else groups.push(item)
  }
  return groups
}

// The middle of what is drawn: a pin stands above its place.
function drawnMiddle(map, { n, lon, lat }) {
  return map.project([lat, lon]).subtract([0, n === 1 ? 22 : 0])
}

function addToCluster(group, item) {
  const n = group.n + item.n
  const mix = { ...group.mix }
  for (const [state, count] of Object.entries(item.mix)) mix[state] = (mix[state] ?? 0) + count
  const [a, b] = [group.bounds, item.bounds]
  Object.assign(group, {
    n,
    mix,
    members: [...group.members, ...item.members],
    lon: (group.lon * group.n + item.lon * item.n) / n,
    lat: (group.lat * group.n + item.lat * item.n) / n,
    bounds: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])],
  })
}
