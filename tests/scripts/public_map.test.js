import assert from "node:assert/strict"
import { test } from "node:test"
import { fitsFilter, isOpen, leavesMap } from "../../incidents/static/incidents/public/filters.js"
import { boxAbove, centreAbove, viewOf } from "../../incidents/static/incidents/public/view.js"

test("which chip shows an incident", () => {
  const chips = ["open", "new", "working", "resolved", "late", "all"]
  const shownBy = (item) => chips.filter((chip) => fitsFilter(item, chip))
  assert.deepEqual(shownBy({ state: "received", late: false }), ["open", "new", "all"])
  assert.deepEqual(shownBy({ state: "waiting", late: true }), ["open", "late", "all"])
  assert.deepEqual(shownBy({ state: "disputed", late: false }), ["open", "all"])
  assert.deepEqual(shownBy({ state: "closed", late: false }), ["resolved", "all"])
  assert.deepEqual(shownBy({ state: "rejected", late: false }), ["all"])
})

test("what leaves the map, and what is open", () => {
  assert.deepEqual(["received", "hidden", "merged", "resolved"].map(leavesMap), [false, true, true, false])
  assert.deepEqual(["received", "extension", "disputed", "resolved", "rejected"].map(isOpen), [true, true, true, false, false])
})

// One degree is a hundred pixels; the corner of the view is at 10°, 50°.
const map = {
  getSize: () => ({ x: 400, y: 300 }),
  containerPointToLatLng: ([x, y]) => ({ lng: 10 + x / 100, lat: 50 - y / 100 }),
}

test("the box of the view ends above the sheet", () => {
  assert.equal(boxAbove(map, 0), "10.00000,47.00000,14.00000,50.00000")
  assert.equal(boxAbove(map, 100), "10.00000,48.00000,14.00000,50.00000")
})

test("a box never goes beyond the poles and the date line", () => {
  const far = { getSize: map.getSize, containerPointToLatLng: ([x, y]) => ({ lng: x ? 500 : -500, lat: y ? -500 : 500 }) }
  assert.equal(boxAbove(far, 0), "-180.00000,-90.00000,180.00000,90.00000")
})

test("a place is centred in what the sheet leaves free", () => {
  const crs = {
    latLngToPoint: ({ lat, lng }) => ({ x: lng * 100, y: -lat * 100 }),
    pointToLatLng: ({ x, y }) => ({ lng: x / 100, lat: -y / 100 }),
  }
  const place = { lat: 50, lon: 10, zoom: 12 }
  assert.deepEqual(centreAbove(crs, place, 0), [10, 50])
  assert.deepEqual(centreAbove(crs, place, 280), [10, 49])
})

test("an address names a view by zoom, latitude, longitude", () => {
  assert.deepEqual(viewOf("#14/10.77/106.69"), { zoom: 14, centre: [106.69, 10.77] })
  assert.deepEqual(viewOf("#99/-10.5/-70"), { zoom: 19, centre: [-70, -10.5] })
  assert.equal(viewOf("#list"), null)
  assert.equal(viewOf(""), null)
})
