// The form for questions: highlights the emergency numbers when words speak of danger, the fitting ones first.

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
