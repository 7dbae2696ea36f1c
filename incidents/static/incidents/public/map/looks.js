// How the public map shows incidents: as pins, areas coloured by count or share, density, or a period that is played. The
// scripts for what is not asked for at first are loaded when it is.
//
//   page.looks = createLooks(page)
//   looks.read()     takes the look and the moment from the address
//   looks.show()     shows the look of `page.state`
//   looks.showTitle()
//   looks.leave()    goes back to pins where a table stands in the place of the list

import { toast } from "../../../look/page.js"
import { addTools } from "../../../map/city-map.js"

const byId = (name) => document.getElementById(name)

export function createLooks(page) {
  const { element, map, tiles, title, list, state } = page
  const box = byId("looks")
  const loaded = {} // by the file that draws it: what draws it

  const showsAreas = () => state.look === "count" || state.look === "share"
  const showsDensity = () => state.look === "time" || state.look === "density"

  function read() {
    const query = new URLSearchParams(location.search)
    state.look = query.get("look") ?? ""
    state.moment = query.get("at") ?? ""
  }

  async function show() {
    box.querySelector(`input[value="${CSS.escape(state.look)}"]`).checked = true
    tiles.hide(state.look !== "")
    list.hidden = showsAreas() || state.look === "time"
    showTitle()
    if (!showsAreas()) loaded.areas?.hide()
    if (state.look !== "time") loaded.time?.hide()
    if (!showsDensity()) loaded.heat?.hide()
    if (showsAreas()) await showAreas()
    if (showsDensity()) await showDensity()
  }

  async function showAreas() {
    const { areaLook } = await import("../area-look.js")
    loaded.areas ??= areaLook(map, byId("areas"), { notify: toast })
    if (showsAreas()) loaded.areas.show(state.look, state.wanted)
  }

  async function showDensity() {
    const [{ density }, { timeBar }] = await Promise.all([import("../density.js"), import("../time-bar.js")])
    loaded.heat ??= density(map, element.dataset.density, { notify: toast })
    loaded.time ??= timeBar(byId("time-bar"), byId("steps"), {
      heat: loaded.heat,
      filter: page.setFilters,
      moved: (from) => {
        state.moment = from
        page.rememberView()
      },
      announce: (sentence) => (page.spoken.textContent = sentence),
    })
    if (state.look === "time") loaded.time.show(state.wanted, state.moment)
    else if (state.look === "density") loaded.heat.show(state.wanted)
  }

  function showTitle() {
    const region = showsAreas() ? "areas" : state.look === "time" && "steps"
    const plain = region ? byId(region).dataset.title : title.dataset.plain
    title.textContent = (state.wanted.get("area") && map.lit?.title) || plain
  }

  function toggle(button) {
    box.hidden = !box.hidden
    button.setAttribute("aria-expanded", String(!box.hidden))
    if (!box.hidden) box.querySelector("input:checked").focus()
  }

  async function shareView() {
    page.rememberView()
    const { share } = await import("../share.js")
    share(byId("share"), { notify: toast })
  }

  addTools(map, "locate", [
    ["i-layers", gettext("Display"), toggle],
    ["i-share", gettext("Share this view"), shareView],
  ])
  const opener = element.querySelector(".map-tools.locate button:nth-child(2)")
  opener.setAttribute("aria-expanded", "false")
  box.addEventListener("change", ({ target }) => {
    state.look = target.value
    show()
    page.rememberView("pushState")
  })
  function close() {
    box.hidden = true
    opener.setAttribute("aria-expanded", "false")
    opener.focus()
  }

  box.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") close()
  })
  // On a phone the menu lies over the panel of what was chosen by a finger; keys go on through the list.
  box.addEventListener("click", ({ detail, target }) => {
    if (detail && target.closest("label") && !matchMedia("(min-width: 64rem)").matches) close()
  })
  byId("areas").addEventListener("area", ({ detail }) => {
    state.look = ""
    page.filterByArea(detail)
  })

  // The list shows again, with pins: for what is to be read in it.
  function leave() {
    if (!list.hidden) return
    state.look = ""
    show()
  }

  return { read, show, showTitle, leave }
}
