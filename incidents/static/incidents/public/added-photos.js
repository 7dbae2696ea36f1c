// Makes photos that are added to a report, an answer or an objection smaller before they are uploaded.
//
// A browser names its own field for files in its own language: a button of ours stands in its place.

import { smallerPhoto } from "./photo-file.js"

for (const input of document.querySelectorAll("input[data-shrink]")) {
  const chooser = input.nextElementSibling
  const names = chooser.querySelector("output")
  const show = () => (names.textContent = [...input.files].map(({ name }) => name).join(", "))
  input.classList.replace("input", "sr")
  chooser.hidden = false
  input.closest(".field").classList.add("by-button")
  show() // a browser that goes back keeps what was chosen
  input.addEventListener("change", async () => {
    show()
    const small = new DataTransfer()
    for (const file of input.files) small.items.add(file.type.startsWith("image/") ? await smallerPhoto(file) : file)
    input.files = small.files
  })
}
