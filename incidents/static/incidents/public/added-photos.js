// Photos that are added to a report, to an answer or to an objection are made small before they go over.

import { smallerPhoto } from "./photo-file.js"

for (const input of document.querySelectorAll("input[data-shrink]"))
  input.addEventListener("change", async () => {
    const small = new DataTransfer()
    for (const file of input.files) small.items.add(file.type.startsWith("image/") ? await smallerPhoto(file) : file)
    input.files = small.files
  })
