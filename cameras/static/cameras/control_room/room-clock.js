// The clock in the bar of the room: the server's time, in the city's zone. Beside the wall the page says that time once
// (`data-now`) and the clock goes by itself; on the wall each answer of the server sets it.

const clock = document.getElementById("clock")
const { zone: timeZone, now } = clock.dataset
export const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
let offset = 0 // ms by which the server is ahead of this device

// `at`: the server's time, in ms since 1970.
export function setClock(at) {
  offset = at - Date.now()
}

export const serverNow = () => Date.now() + offset

export function showClock() {
  const at = new Date(serverNow())
  clock.textContent = clockFormat.format(at)
  clock.dateTime = at.toISOString()
}

if (now) {
  setClock(Number(now) * 1000)
  showClock()
  setInterval(showClock, 1000)
}
