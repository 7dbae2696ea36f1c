// Links to directions in the map application of this device.
//
//   linkDirections(link)   gives the link (`data-lat`, `data-lon`) the address that this device opens. Only Android knows
//                      geo: addresses; Apple's devices have their own, and a desk opens the directions of the web.

export function linkDirections(link) {
  const { lat, lon } = link.dataset
  if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) link.href = `https://maps.apple.com/?daddr=${lat},${lon}`
  else if (!/Android/.test(navigator.userAgent)) link.href = `https://www.openstreetmap.org/directions?to=${lat},${lon}`
}
