// Before the first paint: with scripts the form shows one question at a time. Should the rest fail to load, all of it.
if ("noModule" in HTMLScriptElement.prototype) {
  const root = document.documentElement
  root.classList.add("scripted")
  setTimeout(() => root.dataset.ready || root.classList.remove("scripted"), 8000)
}
