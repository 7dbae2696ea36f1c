// Lays the photo before over the photo after, as clear as the slider says: does the new one show the same view?

const slider = document.getElementById("ghost-strength")
const ghost = document.querySelector("#after .ghost")

slider.closest("label").hidden = false
slider.addEventListener("input", () => {
  const before = document.querySelector("#before img").src
  if (ghost.src !== before) ghost.src = before
  ghost.hidden = false
  ghost.style.setProperty("opacity", String(Number(slider.value) / 100))
})
slider.closest("dialog").addEventListener("close", () => {
  slider.value = "0"
  ghost.hidden = true
  ghost.removeAttribute("src")
})
