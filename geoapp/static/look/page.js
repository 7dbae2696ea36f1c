// Parts of every page: toasts that disappear, and a menu that closes.

const toasts = document.getElementById("toasts")

export function toast(words) {
  const line = document.createElement("p")
  line.className = "toast"
  line.textContent = words
  toasts.append(line)
  removeLater(line)
}

function removeLater(line) {
  let timer = setTimeout(() => line.remove(), 6000)
  for (const [stay, go] of [
    ["pointerenter", "pointerleave"],
    ["focusin", "focusout"],
  ]) {
    line.addEventListener(stay, () => clearTimeout(timer))
    line.addEventListener(go, () => (timer = setTimeout(() => line.remove(), 3000)))
  }
}

for (const line of toasts?.children ?? []) removeLater(line)

// The bar scrolls to a focused link that has no room; afterwards it scrolls back.
const bar = document.querySelector(".bar nav")
bar?.addEventListener("focusout", () => (bar.scrollTop = 0))

const menu = document.querySelector("details.menu")
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false
})
document.addEventListener("keydown", (event) => {
  if (menu?.open && event.key === "Escape") {
    menu.open = false
    menu.querySelector("summary").focus()
  }
})
