// While the model that counts is made, how far it is comes anew each few seconds; when it is there, the hint goes.

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
