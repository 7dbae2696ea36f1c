// Stores the photos of a report that is being written on this device for a day, so that neither a reload loses them nor a phone
// that closes the page while its camera is open.
//
//   await storeDraftPhotos(sending, files)   replaces those of this form; an empty list deletes them
//   await draftPhotos(sending)               Files in their order; [] where there are none
// Both are rejected by a browser that stores nothing.

import { objectStore } from "./object-store.js"

const DAY_MS = 86_400_000
const drafts = objectStore({ database: "report-photos", store: "drafts", keyPath: "sending" })

export const storeDraftPhotos = (sending, files) =>
  files.length ? drafts.put({ sending, files, kept_at: Date.now() }) : drafts.delete(sending)

export async function draftPhotos(sending) {
  const rows = await drafts.all()
  const isOver = ({ kept_at }) => Date.now() - kept_at > DAY_MS
  for (const old of rows.filter(isOver)) await drafts.delete(old.sending)
  return rows.find((row) => row.sending === sending && !isOver(row))?.files ?? []
}
