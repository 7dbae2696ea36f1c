// Shows emergency numbers while typed words speak of danger, as `/report/danger/` decides.

const TYPING_WAIT = 250 // milliseconds after the last letter
const MIN_LETTERS = 3
const MAX_WORDS = 500 // letters

// show(numbers): the numbers to call, the first ones first; none where the words speak of no danger.
export function watchDanger(field, address, show) {
  let timer = 0
  let lastWords = ""
  const ask = async () => {
    const words = field.value.trim().slice(-MAX_WORDS)
    if (words === lastWords) return
    lastWords = words
    if (words.length < MIN_LETTERS) return show([])
    const response = await fetch(`${address}?${new URLSearchParams({ words })}`).catch(() => null)
    const numbers = response?.ok ? (await response.json()).numbers : null
    if (words !== lastWords) return
    if (numbers && words === field.value.trim().slice(-MAX_WORDS)) show(numbers)
    else lastWords = "" // no answer to what stands there now: asked again after the next letter
  }
  field.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, TYPING_WAIT)
  })
  if (field.value.trim()) ask()
}

// Put the numbers of a notice in this order.
export function orderNumbers(notice, numbers) {
  const list = notice.querySelector(".calls")
  for (const { number } of numbers) {
    const line = [...list.children].find((call) => call.querySelector("a").textContent === number)
    if (line) list.append(line)
  }
}

export function showDanger(field, address, notice) {
  if (!notice) return
  watchDanger(field, address, (numbers) => {
    orderNumbers(notice, numbers)
    notice.hidden = !numbers.length
  })
}
