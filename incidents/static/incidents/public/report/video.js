// Checks a video before it is uploaded; the service checks it again.
//
//   await faultOfVideo(file, { videoBytes, seconds })   what is wrong with it, as a sentence; "" where nothing is

const METADATA_MS = 4000 // a browser that has not said by then how long a video is does not know it

export async function faultOfVideo(file, { videoBytes, seconds }) {
  if (file.size > videoBytes)
    return interpolate(
      gettext("“%(name)s” is larger than %(limit)s MB. Choose a shorter video, or one of lower resolution."),
      { name: file.name, limit: Math.floor(videoBytes / 1e6) },
      true,
    )
  if ((await secondsOf(file)) < seconds + 1) return ""
  return interpolate(
    gettext("“%(name)s” is longer than %(seconds)s seconds. Choose a shorter video, or cut it."),
    { name: file.name, seconds },
    true,
  )
}

// 0 where the browser cannot say.
function secondsOf(file) {
  const video = Object.assign(document.createElement("video"), { preload: "metadata", muted: true })
  return new Promise((resolve) => {
    video.onloadedmetadata = () => resolve(Number.isFinite(video.duration) ? video.duration : 0)
    video.onerror = () => resolve(0)
    setTimeout(() => resolve(0), METADATA_MS)
    video.src = URL.createObjectURL(file)
  }).finally(() => URL.revokeObjectURL(video.src))
}
