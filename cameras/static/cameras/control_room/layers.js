// What the map of the room shows: incidents, bursts, cameras, only those with trouble, what each sees. A browser keeps it.

const STORAGE_KEY = "control-layers"

export class Layers {
  constructor(form, city) {
    const menu = form.closest("details")
    const map = city.map.getContainer()
    const boxes = [...form.elements]
    try {
      const kept = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? {}
      for (const box of boxes) if (typeof kept[box.name] === "boolean") box.checked = kept[box.name]
    } catch {
      localStorage.removeItem(STORAGE_KEY)
    }
    const show = () => {
      const on = Object.fromEntries(boxes.map(({ name, checked }) => [name, checked]))
      for (const [name, checked] of Object.entries(on)) map.classList.toggle(`show-${name}`, checked)
      city.lenses.setAllViews(on.views)
      return on
    }
    show()
    form.addEventListener("change", () => localStorage.setItem(STORAGE_KEY, JSON.stringify(show())))
    document.addEventListener("click", ({ target }) => menu.open && !menu.contains(target) && (menu.open = false))
    menu.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return
      menu.open = false
      menu.querySelector("summary").focus()
    })
  }
}
