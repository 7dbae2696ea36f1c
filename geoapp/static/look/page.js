// Scripts of every page: toasts, cards for tables on a phone, and the menu.

const toasts = document.getElementById("toasts")

// `act`: { words, key, run, seconds } is a button in it, which takes the toast away.
export function toast(words, act) {
  const line = document.createElement("p")
  line.className = "toast"
  line.textContent = words
  if (act) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "button small"
    button.textContent = act.words
    const key = document.createElement("kbd")
    key.textContent = act.key
    button.append(" ", key)
    button.addEventListener("click", () => {
      line.remove()
      act.run()
    })
    line.append(button)
  }
  toasts.append(line)
  removeLater(line, act ? act.seconds * 1000 : 6000)
  return line
}

function removeLater(line, time = 6000) {
  let timer = setTimeout(() => line.remove(), time)
  for (const [stay, go] of [
    ["pointerenter", "pointerleave"],
    ["focusin", "focusout"],
  ]) {
    line.addEventListener(stay, () => clearTimeout(timer))
    line.addEventListener(go, () => (timer = setTimeout(() => line.remove(), 3000)))
  }
}

for (const line of toasts?.children ?? []) removeLater(line)

// Tables are cards on a phone; who turns or widens it later gets them then.
const narrow = matchMedia("(max-width: 40rem)")
const showCards = () => narrow.matches && document.querySelector("table.table") && import("./table-cards.js")
showCards()
narrow.addEventListener("change", showCards)

// The bar of staff scrolls to a focused link that has no room; afterwards it scrolls back.
const bar = document.querySelector(".bar:not(.public-bar) nav")
bar?.addEventListener("focusout", () => (bar.scrollTop = 0))

const menus = document.querySelectorAll(".bar details.menu")
const openMenus = () => [...menus].filter((menu) => menu.open)
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false
})
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return
  for (const menu of openMenus()) {
    menu.open = false
    menu.querySelector("summary").focus()
  }
})
// Whoever goes on by the keyboard leaves a menu of the header closed behind.
document.querySelector(".public-bar")?.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest("details.menu")
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false
})
