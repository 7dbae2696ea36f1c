// The way to a place by the maps of this device.
//
//   pointThere(link)   gives the link (`data-lat`, `data-lon`) the address that this device understands. Only Android knows
//                      geo: addresses; Apple's devices have their own, and a desk opens the directions of the web.

export function pointThere(link) {
  const { lat, lon } = link.dataset
  if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) link.href = `https://maps.apple.com/?daddr=${lat},${lon}`
  else if (!/Android/.test(navigator.userAgent)) link.href = `https://www.openstreetmap.org/directions?to=${lat},${lon}`
}
