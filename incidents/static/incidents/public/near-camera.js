// Shows the picture of the traffic camera nearest to an incident, where there is a public one close by.

const NEAR_M = 150

const figure = document.getElementById("near-camera")
if (figure) showNearest(figure)

async function showNearest(figure) {
  const { places, still, lon, lat } = figure.dataset
  const answer = await fetch(places).catch(() => null)
  if (!answer?.ok) return
  const { cameras } = await answer.json()
  const scale = Math.cos((Number(lat) * Math.PI) / 180)
  const metresTo = ([, , x, y]) => Math.hypot((x - Number(lon)) * scale, y - Number(lat)) * 111_195
  const nearest = cameras.map((camera) => [metresTo(camera), camera]).sort(([near], [far]) => near - far)[0]
  if (!nearest || nearest[0] > NEAR_M) return
  const [metres, [code, name]] = nearest
  const picture = figure.querySelector("img")
  picture.addEventListener("load", () => {
    figure.hidden = false
  })
  picture.alt = interpolate(gettext("Picture of the camera %s"), [name])
  picture.src = still.replace("CAMERA", encodeURIComponent(code))
  figure.querySelector("figcaption").textContent = interpolate(
    gettext("Camera %(name)s, %(metres)s m away, live"),
    { name, metres: Math.round(metres) },
    true,
  )
}
