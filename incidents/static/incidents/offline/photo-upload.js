// Uploads the photos of a report one by one before the report, each again where the signal breaks. For pages and the service worker.
//
//   await uploadPhotos({ sending, photos, token, progress })   gives { uploaded: their SHA-256 digests, token: the CSRF token that
//                             was accepted last }. Those that the service has already are not sent again. `progress(n, part)`: how
//                             much of the nth has gone over. Throws Refused (with `faults`) for one that is not accepted.
//   await fetchData(address, init)   fetch() for JSON, with the time limit of a weak signal

import { hex } from "../public/puzzle.js"

const PHOTOS_ADDRESS = "/report/photos/"
const UPLOAD_TRIES = 3
const SENDING_MS = 300_000 // on a weak signal photos take minutes
const SLOWEST_BYTES_PER_MS = 25 // as slowly as the service lets a file come
const JSON_HEADERS = { Accept: "application/json" }

export const fetchData = (address, init = {}) =>
  fetch(address, {
    headers: JSON_HEADERS,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(SENDING_MS),
    ...init,
  })

export class Refused extends Error {
  constructor(faults) {
    super("refused")
    this.faults = faults
  }
}

export async function uploadPhotos({ sending, photos, token, progress = () => {} }) {
  const uploaded = []
  if (!photos.length) return { uploaded, token }
  const storedDigests = (await (await fetchData(`${PHOTOS_ADDRESS}?sending=${sending}`)).json()).photos
  for (const [n, photo] of photos.entries()) {
    const digest = hex(await crypto.subtle.digest("SHA-256", await photo.arrayBuffer()))
    if (!storedDigests.includes(digest)) token = await uploadPhoto({ sending, photo, token, progress: (part) => progress(n + 1, part) })
    progress(n + 1, 1)
    uploaded.push(digest)
  }
  return { uploaded, token }
}

// Returns the CSRF token that was accepted.
async function uploadPhoto({ sending, photo, token, progress }) {
  for (let tries = 1; ; tries++) {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", token)
    body.set("sending", sending)
    body.set("photo", photo, photo.name || "photo.jpg")
    let answer
    try {
      answer = await postPhoto(body, progress)
    } catch (error) {
      if (tries === UPLOAD_TRIES) throw error
      continue
    }
    if (answer.status === 201) return token
    if (answer.status === 400) throw new Refused(answer.content.faults)
    if (answer.status === 413) throw new Refused({ photos: [] })
    if (answer.status !== 403 || tries === UPLOAD_TRIES) throw new Error(answer.status)
    token = answer.content.token
  }
}

const uploadMs = (file) => SENDING_MS + file.size / SLOWEST_BYTES_PER_MS

// A page reports the progress by XMLHttpRequest, which the service worker does not have.
function postPhoto(body, progress) {
  if (!self.XMLHttpRequest)
    return fetchData(PHOTOS_ADDRESS, { method: "POST", body, signal: AbortSignal.timeout(uploadMs(body.get("photo"))) }).then(
      async (answer) => ({ status: answer.status, content: await answer.json().catch(() => null) }),
    )
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest()
    upload.open("POST", PHOTOS_ADDRESS)
    upload.setRequestHeader("Accept", JSON_HEADERS.Accept)
    upload.responseType = "json"
    upload.timeout = uploadMs(body.get("photo"))
    upload.upload.onprogress = ({ loaded, total }) => progress(Math.min(loaded / total, 0.99))
    upload.onerror = upload.ontimeout = () => reject(new TypeError("no connection"))
    upload.onload = () => resolve({ status: upload.status, content: upload.response })
    upload.send(body)
  })
}
