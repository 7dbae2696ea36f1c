// The cameras with public pictures on the public map; each marker is a link to its masked picture.
//
//   showPublicCameras(map, { list, page, link })   `list` is the address of [[code, name, lon, lat], …], `page` that of the
//                                              pictures; `link`, hidden so far, leads there, too.

import { icon } from "../../map/city-map.js"
import { request } from "../../look/request.js"

const CAMERAS_FROM = 14 // from this zoom on; further away they would hide the incidents

export async function showPublicCameras(map, { list, page, link }) {
  const { cameras } = await request(list)
  if (!cameras.length) return
  link.hidden = false
  map.createPane("eyes").style.zIndex = 540 // below the incidents
  const drawn = new Map()

  function drawCameras() {
    const view = map.getBounds().pad(0.05)
    for (const [code, name, lon, lat] of cameras) {
      const wanted = map.getZoom() >= CAMERAS_FROM && view.contains([lat, lon])
      if (wanted === drawn.has(code)) continue
      if (wanted) drawn.set(code, marker(code, name, [lat, lon]).addTo(map))
      else {
        drawn.get(code).remove()
        drawn.delete(code)
      }
    }
  }

  function marker(code, name, at) {
    const eye = document.createElement("a")
    eye.className = "eye public-eye"
    eye.href = `${page}#${encodeURIComponent(code)}`
    eye.title = interpolate(gettext("Picture from camera %s"), [name])
    eye.setAttribute("aria-label", eye.title)
    eye.append(icon(map, "i-camera"))
    L.DomEvent.disableClickPropagation(eye)
    return L.marker(at, {
      pane: "eyes",
      keyboard: false,
      interactive: false,
      icon: L.divIcon({ className: "", iconSize: [0, 0], html: eye }),
    })
  }

  map.on("moveend zoomend", drawCameras)
  drawCameras()
}
