// The clock in the bar of pages beside the wall: the server's time, in the city's zone.

const clock = document.getElementById("room-clock")
const { zone: timeZone, now } = clock.dataset
const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
const offset = Number(now) * 1000 - Date.now()

function showTime() {
  const at = new Date(Date.now() + offset)
  clock.textContent = format.format(at)
  clock.dateTime = at.toISOString()
}

showTime()
setInterval(showTime, 1000)
