// devicePosition() resolves to the coordinates of the device, and rejects where it has none or its user refuses.

const OPTIONS = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 }

export const devicePosition = () =>
  navigator.geolocation
    ? new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(({ coords }) => resolve(coords), reject, OPTIONS))
    : Promise.reject(new Error("no geolocation"))
