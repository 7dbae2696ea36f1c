// The step "photo": photos and videos are chosen or taken, checked, made smaller, and shown.
//
//   page.photos = createPhotos(page)
//   photos.files()           the Files, in their order
//   photos.replace(files)    shows these in the place of all
//   photos.restore()         those of the draft, once others that are being added are done
//   photos.added()           fulfilled once all that were chosen are added
//   photos.confirm()         leads on from this step, or back to the last one
//   photos.show() · photos.showGathered()   the buttons and the thumbnail · what is known already, on the last step
//   `page.state.photos` is [{ key, file }].

import { draftPhotos, storeDraftPhotos } from "../../offline/draft-photos.js"
import { placeOfPhoto, smallerPhoto } from "../photo-file.js"
import { progressLine } from "./progress.js"
import { isImage, isVideo, keyOf } from "./rules.js"
import { faultOfVideo } from "./video.js"

export function createPhotos(page) {
  const { flow, field, state } = page
  const input = field("photos")
  const camera = document.getElementById("camera")
  const previews = document.getElementById("previews")
  const addButton = previews.querySelector(".add")
  const countLine = document.getElementById("photo-said")
  const shrinking = document.getElementById("shrinking")
  const cameraButton = flow.querySelector("[data-camera]")
  const atDesk = matchMedia("(hover: hover) and (pointer: fine)").matches // without a camera to point at the street
  const limits = {
    count: Number(input.dataset.max),
    bytes: Number(input.dataset.bytes),
    videoBytes: Number(input.dataset.videoBytes),
    seconds: Number(input.dataset.seconds),
  }
  let adding = Promise.resolve() // they are made smaller one after the other
  let thumbAddress = ""

  function showShrinking(n, all) {
    if (n === all) return shrinking.replaceChildren()
    if (!shrinking.firstChild) shrinking.append(...progressLine(gettext("Photos")))
    const [line, bar] = shrinking.children
    line.textContent = interpolate(gettext("Making photo %(n)s of %(all)s smaller …"), { n: n + 1, all }, true)
    bar.value = (n + 0.5) / all
  }

  async function add(files) {
    const faults = []
    for (const [n, file] of files.entries()) {
      showShrinking(n, files.length)
      if (state.photos.some(({ key }) => key === keyOf(file))) continue
      const { fault, smaller } = await checkFile(file)
      if (fault) faults.push(fault)
      else state.photos.push({ key: keyOf(file), file: smaller })
    }
    showShrinking(files.length, files.length)
    update()
    page.steps.showFaults("photos", ...faults)
  }

  // { smaller: the file to send } or { fault }.
  async function checkFile(file) {
    if (!isImage(file) && !isVideo(file))
      return { fault: interpolate(gettext("“%s” is neither a photo nor a video. Choose another file."), [file.name]) }
    if (state.photos.length >= limits.count)
      return {
        fault: interpolate(gettext("Only %(max)s photos: “%(name)s” was left out."), { max: input.dataset.max, name: file.name }, true),
      }
    if (isVideo(file)) return { fault: await faultOfVideo(file, limits), smaller: file }
    const place = await placeOfPhoto(file)
    if (place) page.place.offer(place)
    const smaller = await smallerPhoto(file)
    if (smaller.size <= limits.bytes) return { smaller }
    return {
      fault: interpolate(
        gettext("“%(name)s” is larger than %(limit)s MB. Choose a smaller photo."),
        { name: file.name, limit: Math.floor(limits.bytes / 1e6) },
        true,
      ),
    }
  }

  const files = () => state.photos.map(({ file }) => file)
  const countInWords = () =>
    state.photos.length
      ? interpolate(ngettext("%s photo is attached.", "%s photos are attached.", state.photos.length), [state.photos.length])
      : ""

  function update() {
    const transfer = new DataTransfer()
    for (const file of files()) transfer.items.add(file)
    input.files = transfer.files
    for (const old of previews.querySelectorAll(".preview")) old.remove()
    addButton.before(...files().map(previewElement))
    countLine.textContent = countInWords()
    show()
    if (!state.sent) storeDraftPhotos(field("sending").value, files()).catch(() => {}) // a reload loses them
  }

  function cameraWords() {
    if (atDesk) return gettext("Choose photos or a video")
    return state.photos.length ? gettext("Take another photo") : gettext("Take a photo")
  }

  function nextWords(count) {
    if (count > 1) return interpolate(ngettext("Use this %s photo", "Use these %s photos", count), [count])
    return count ? gettext("Use this photo") : gettext("Continue without a photo")
  }

  function show() {
    const count = state.photos.length
    flow.classList.toggle("with-photos", count > 0)
    addButton.hidden = atDesk || count >= limits.count // at a desk the large button does the same
    const next = flow.querySelector("[data-photo-next]")
    next.textContent = nextWords(count)
    next.closest("button").classList.toggle("primary", count > 0)
    cameraButton.classList.toggle("primary", !count)
    cameraButton.hidden = count >= limits.count
    cameraButton.querySelector("[data-take]").textContent = cameraWords()
    const first = files().find((file) => !isVideo(file))
    if (thumbAddress) URL.revokeObjectURL(thumbAddress)
    thumbAddress = first ? URL.createObjectURL(first) : ""
    for (const image of flow.querySelectorAll("[data-thumb]")) {
      if (first) image.src = thumbAddress
      else image.removeAttribute("src")
      image.hidden = !first
    }
    showGathered()
  }

  function showGathered() {
    const box = document.getElementById("gathered")
    box.querySelector("[data-kind]").textContent = page.category.chosenTitle()
    box.querySelector("[data-rest]").textContent = [page.place.inWords(), countInWords()].filter(Boolean).join(" · ")
  }

  const photoPreview = (file, index) =>
    Object.assign(document.createElement("img"), {
      alt: interpolate(gettext("Photo %(n)s: %(name)s"), { n: index + 1, name: file.name }, true),
    })

  function videoPreview(file, index) {
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto" })
    video.setAttribute("aria-label", interpolate(gettext("Video %(n)s: %(name)s"), { n: index + 1, name: file.name }, true))
    return video
  }

  function previewElement(file, index) {
    const box = Object.assign(document.createElement("div"), { className: "preview" })
    const image = isVideo(file) ? videoPreview(file, index) : photoPreview(file, index)
    image.src = URL.createObjectURL(file)
    image.addEventListener(isVideo(file) ? "loadeddata" : "load", () => URL.revokeObjectURL(image.src))
    // A browser that cannot show the format (HEIC) still sends it.
    image.addEventListener("error", () => image.replaceWith(Object.assign(document.createElement("span"), { textContent: file.name })))
    const button = Object.assign(document.createElement("button"), { type: "button", className: "remove" })
    button.setAttribute("aria-label", interpolate(gettext("Remove photo %s"), [index + 1]))
    button.append(page.icon("i-close"))
    button.addEventListener("click", () => remove(file, index))
    box.append(image, button)
    return box
  }

  function remove(file, index) {
    state.photos = state.photos.filter((photo) => photo.file !== file)
    page.steps.showFaults("photos")
    update()
    ;(previews.querySelectorAll(".remove")[Math.min(index, state.photos.length - 1)] ?? cameraButton).focus()
  }

  function confirm() {
    page.steps.go(state.returnsToDetails ? "details" : "where")
    state.returnsToDetails = false
  }

  function replace(photos) {
    state.photos = photos
    update()
  }

  async function restoreFiles(unchecked) {
    const stored = await draftPhotos(field("sending").value)
    return unchecked ? add(stored) : replace(stored.map((file) => ({ key: keyOf(file), file })))
  }

  // `unchecked`: they come as they were taken, from the box of another page.
  function restore({ unchecked = false } = {}) {
    adding = adding.then(() => restoreFiles(unchecked)).catch(() => {}) // a browser that stores nothing has none
  }

  addButton.addEventListener("click", () => input.click())
  cameraButton.addEventListener("click", () => (atDesk ? input : camera).click())
  input.tabIndex = -1
  for (const source of [input, camera])
    source.addEventListener("change", () => {
      const chosen = [...source.files]
      if (source === camera) source.value = "" // the same name again is another photo
      const isFirst = source === camera && !state.photos.length && page.steps.current() === "photo"
      adding = adding.then(() => add(chosen)).then(() => isFirst && state.photos.length && page.steps.current() === "photo" && confirm())
    })
  flow.querySelector("[data-more-photos]").addEventListener("click", () => {
    state.returnsToDetails = true
    page.steps.go("photo")
  })

  return { files, replace, restore, confirm, show, showGathered, added: () => adding }
}
