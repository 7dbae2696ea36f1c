// The form for questions: words of danger have the numbers stand out, those first that they ask for.

import { orderNumbers, watchDanger } from "./danger.js"

const notice = document.getElementById("emergency")
const text = document.getElementById("text")
if (notice) {
  watchDanger(text, text.dataset.danger, (numbers) => {
    const urgent = numbers.length > 0
    orderNumbers(notice, numbers)
    notice.classList.toggle("now", urgent)
    notice.querySelector(".stronger").hidden = !urgent
    if (urgent) notice.scrollIntoView({ block: "nearest" })
  })
}
