// Puts some pictures of the ward's public cameras on its page, as the page of cameras has them.

const MOST = 4

export async function showCameras(section) {
  const answer = await fetch(section.dataset.page, { credentials: "same-origin" })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const shown = [...page.querySelectorAll(".stills > li")].filter((camera) => camera.querySelector("figure img")).slice(0, MOST)
  const room = section.querySelector(".ward-cameras")
  for (const camera of shown) {
    const figure = document.adoptNode(camera.querySelector("figure"))
    const name = document.createElement("span")
    name.textContent = camera.querySelector("h2").textContent
    figure.querySelector("figcaption")?.prepend(name)
    room.append(figure)
  }
  if (!shown.length) {
    const words = document.createElement("p")
    words.className = "quiet"
    words.textContent = gettext("No camera in this ward has a picture at the moment.")
    room.replaceWith(words)
  }
}
