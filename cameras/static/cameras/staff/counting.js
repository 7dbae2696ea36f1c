// Polls the progress while the detection model is built, and removes the hint when it is ready.

const EACH_MS = 4000

async function renew() {
  const shown = document.getElementById("counting-model")
  if (!shown?.dataset.again) return
  try {
    const answer = await fetch(shown.dataset.again)
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      shown.replaceWith(...page.body.childNodes)
    }
  } catch {
    // Without a connection it is asked again.
  }
  setTimeout(renew, EACH_MS)
}

setTimeout(renew, EACH_MS)
