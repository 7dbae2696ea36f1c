// Chats and call-backs of the hotline: refreshes the thread; Ctrl Enter sends, Alt G takes the next one.

const LOOK_EVERY = 4000 // milliseconds, while the page is looked at
const thread = document.getElementById("thread")
const form = document.getElementById("answer")

const showLast = () => thread?.lastElementChild?.scrollIntoView({ block: "nearest" })
showLast()

async function look() {
  if (document.hidden) return
  const answer = await fetch(thread.dataset.lines, {
    headers: { "If-None-Match": thread.dataset.version },
    credentials: "same-origin",
  })
  if (answer.status === 404) return location.reload() // the writer has gone back to the service
  if (answer.status !== 200) return
  thread.innerHTML = await answer.text()
  thread.dataset.version = answer.headers.get("ETag")
  showLast()
}

if (thread) {
  setInterval(() => look().catch(() => {}), LOOK_EVERY)
  document.addEventListener("visibilitychange", () => look().catch(() => {}))
}

document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyG") {
    event.preventDefault()
    document.getElementById("call-next").click()
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault()
    form.requestSubmit()
  }
})
