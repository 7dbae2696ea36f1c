// The report form with scripts: one question on the screen at a time. Without scripts it is one page.
//
// `page` is passed to each part, which finds in it the elements, the state of the form, and the other parts.

import { draftPhotos } from "../offline/draft-photos.js"
import { showQueuedReports } from "../offline/report-list.js"
import { sendQueuedReports } from "../offline/report-queue.js"
import { createCategory } from "./report/category.js"
import { createDraft } from "./report/draft.js"
import { createPhotos } from "./report/photos.js"
import { createPlace } from "./report/place.js"
import { createQueued } from "./report/queued.js"
import { stepOfAddress, stepToResume } from "./report/rules.js"
import { createSending } from "./report/sending.js"
import { createSteps } from "./report/steps.js"
import { createWords } from "./report/words.js"

const flow = document.querySelector(".flow")
const form = flow.querySelector("main form")

const page = {
  flow,
  form,
  field: (name) => form.elements.namedItem(name),
  icon,
  stepOfField: JSON.parse(form.dataset.steps), // the step that asks for a field, by its name
  state: {
    place: null, // see report/place.js
    photos: [], // { key, file }
    returnsToDetails: false, // whether the step of photos was entered from the last one
    busy: false, // whether it is being sent
    sent: false, // or queued: nothing is stored of it any more
    queuedAs: "", // the number under which what is in the form waits in the queue
  },
}
page.steps = createSteps(page)
page.draft = createDraft(page)
page.place = createPlace(page)
page.category = createCategory(page)
page.photos = createPhotos(page)
page.words = createWords(page)
page.sending = createSending(page)
page.queued = createQueued(page)
page.steps.addNext({ photo: page.photos.confirm, where: page.place.confirm, what: page.category.confirm })

function icon(name) {
  const drawn = flow.querySelector(".icon").cloneNode(true)
  drawn.setAttribute("class", "icon ")
  const use = drawn.querySelector("use")
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`))
  return drawn
}

function begin() {
  const summary = document.querySelector("#summary .notice")
  // A page that comes from the cache has the number of a sending that may be over.
  if (crypto.randomUUID && !summary) page.field("sending").value = crypto.randomUUID()
  const draft = page.draft.restore()
  page.place.showFields()
  if (page.state.place && draft.fromPhoto) page.place.setFromPhoto(draft.fromPhoto)
  page.category.mark()
  page.words.showLength()
  page.photos.show()
  history.replaceState({ step: "photo" }, "")
  page.steps.show("photo", { focus: false })
  const step = stepToResume(draft.step ? draft : stepOfAddress(location.search), Boolean(page.state.place))
  if (page.steps.faultyFields().length) page.steps.focusFirstFault()
  else if (summary) summary.focus()
  else if (step === "details" && !page.category.chosenCode()) page.steps.go("what")
  else if (step) page.steps.go(step)
  if (page.steps.current() === "details") page.category.loadNear(page.category.chosenCode()).catch(() => {}) // asked again on sending
  document.documentElement.dataset.ready = "yes"
}

addEventListener("pageshow", (event) => event.persisted && page.state.sent && location.reload())
begin()
showQueuedReports({ open: page.queued.open }).catch(() => {}) // a browser that stores nothing has nothing to show
sendQueuedReports().catch(() => {})
draftPhotos("").catch(() => {}) // deletes what was begun days ago
