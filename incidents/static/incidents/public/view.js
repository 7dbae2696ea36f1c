// The part of the map that an address names after its #: zoom/latitude/longitude.
//
//   viewOf("#14/10.77/106.69")   { zoom, centre: [lon, lat] } as city-map.js takes it, or null

export function viewOf(hash) {
  const [, zoom, lat, lon] = hash.match(/^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/) ?? []
  return zoom === undefined ? null : { zoom: Math.min(Number(zoom), 19), centre: [Number(lon), Number(lat)] }
}
