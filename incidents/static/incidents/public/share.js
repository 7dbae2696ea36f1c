// The dialog with the link to exactly this view, and the code that puts the same map into another page.
//
//   share(dialog, { notify })   opens <dialog id="share"> with data-embed (the address of the map alone) and a choice of its
//                             language; `notify(words)` shows that something was copied

export function share(dialog, { notify }) {
  const [link, code] = ["share-link", "share-code"].map((name) => dialog.querySelector(`#${name}`))
  link.value = location.href
  if (code) writeCode()

  function writeCode() {
    const embed = new URL(dialog.dataset.embed, location.href)
    const query = new URLSearchParams(location.search)
    query.set("lang", dialog.querySelector("#share-lang").value) // a page of others gives the map no cookie that says it
    embed.search = query
    embed.hash = location.hash
    const frame = document.createElement("iframe")
    for (const [name, value] of Object.entries({ src: embed.href, title: document.title, width: "100%", height: "480", loading: "lazy" }))
      frame.setAttribute(name, value)
    code.value = frame.outerHTML
  }

  if (!dialog.dataset.ready) {
    dialog.dataset.ready = "yes"
    if (code) dialog.querySelector("#share-lang").addEventListener("change", writeCode)
    dialog.addEventListener("click", async ({ target }) => {
      const field = dialog.querySelector(`#${target.dataset?.copies ?? "none"}`)
      if (!field) return
      field.select()
      try {
        await navigator.clipboard.writeText(field.value)
        notify(gettext("Copied"))
      } catch {
        notify(gettext("Your browser cannot copy automatically: press Ctrl+C.")) // it is selected
      }
    })
  }
  dialog.showModal()
}
