// What the public map shows: the view that an address names after its #, and where things lie on a map whose foot a sheet covers.
//
//   viewOf("#14/10.77/106.69")   { zoom, centre: [lon, lat] } as city-map.js takes it, or null
//   boxAbove(map, covered)       [west, south, east, north] of what shows, as text; `covered`: pixels under the sheet
//   centreAbove(crs, { lat, lon, zoom }, covered, top)   the centre of a view that shows this place in the middle of what is free

const [MAX_LON, MAX_LAT] = [180, 90]
const clamp = (value, most) => Math.min(Math.max(value, -most), most).toFixed(5)

export function viewOf(hash) {
  const [, zoom, lat, lon] = hash.match(/^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/) ?? []
  return zoom === undefined ? null : { zoom: Math.min(Number(zoom), 19), centre: [Number(lon), Number(lat)] }
}

// In whole hundred-thousandths of a degree. `map` is Leaflet's.
export function boxAbove(map, covered) {
  const { x, y } = map.getSize()
  const [southWest, northEast] = [map.containerPointToLatLng([0, y - covered]), map.containerPointToLatLng([x, 0])]
  return [clamp(southWest.lng, MAX_LON), clamp(southWest.lat, MAX_LAT), clamp(northEast.lng, MAX_LON), clamp(northEast.lat, MAX_LAT)].join(
    ",",
  )
}

// `crs` is Leaflet's L.CRS.EPSG3857.
// `top`: pixels that something lies over its upper edge.
export function centreAbove(crs, { lat, lon, zoom }, covered, top = 80) {
  const under = covered && (covered - top) / 2
  const { x, y } = crs.latLngToPoint({ lat, lng: lon }, zoom)
  const { lng, lat: centreLat } = crs.pointToLatLng({ x, y: y + under }, zoom)
  return [lng, centreLat]
}
