// Announcements on the public map: their script is loaded once there are some in the list.
//
//   page.announcements = createAnnouncements(page)
//   announcements.refresh()   draws the areas of those that the list holds

export function createAnnouncements(page) {
  const { element, list, map } = page
  const byId = (name) => document.getElementById(name)
  let areas = null // a promise

  async function loadAreas() {
    const { announcedAreas } = await import("../announced-areas.js")
    const { announced: address, announcement } = element.dataset
    return announcedAreas(map, { address, page: announcement, banner: byId("told-banner"), chip: byId("told-shown") })
  }

  async function refresh() {
    const marks = () => list.querySelector(".found").dataset.told ?? ""
    if (!areas && !marks()) return
    try {
      areas ??= loadAreas()
      await (await areas).refresh(marks())
    } catch {
      // announcements stand in the list as well
    }
  }

  return { refresh }
}
