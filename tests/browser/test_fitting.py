"""Citizens' pages on a phone that lies, and with letters of twice the size: read from the boxes of what is written."""

import pytest

from tests import factories
from tests.browser.conftest import settle, shoot, without_photo

pytestmark = pytest.mark.browser
LYING, UPRIGHT = (844, 390), (390, 844)

# What cannot be read as it stands: cut off, beyond the edge, one over another, broken letter by letter, or covered by
# what sticks to the screen. Letters on the map's ground are not looked at.
UNREADABLE = """() => {
  const found = new Set()
  const wide = document.documentElement.clientWidth
  const nameOf = (one) => `${one.tagName.toLowerCase()} “${one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40)}”`
  const isShown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && !one.closest(".sr, .skip, .map, [aria-hidden=true], option, svg, script, style, noscript")
  const styles = new Map()
  const styleOf = (one) => styles.get(one) ?? styles.set(one, getComputedStyle(one)).get(one)
  const parents = function* (one) { for (let up = one; up && up !== document.body; up = up.parentElement) yield up }
  const sticksTo = (one) => [...parents(one)].find((up) => /fixed|sticky|absolute/.test(styleOf(up).position)) ?? null

  if (document.documentElement.scrollWidth > innerWidth) found.add("the page scrolls sideways")
  const boxes = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walker.nextNode()); ) {
    const one = node.parentElement
    if (!node.data.trim() || !isShown(one)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const lines = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1)
    const narrow = lines.filter((box) => box.width < 1.3 * parseFloat(styleOf(one).fontSize))
    if (lines.length > 4 && narrow.length > lines.length / 2) found.add(`letter by letter: ${nameOf(one)}`)
    for (const box of lines) boxes.push({ one, box, layer: sticksTo(one) })
  }
  for (const { one, box } of boxes) {
    for (const up of parents(one)) {
      const { overflowX, overflowY, textOverflow, position } = styleOf(up)
      if (/auto|scroll/.test(overflowX + overflowY)) break
      const edge = up.getBoundingClientRect()
      const isIn = box.left > edge.left - 2 && box.right < edge.right + 2
        && box.top > edge.top - 4 && box.bottom < edge.bottom + 4
      const cuts = /hidden|clip/.test(overflowX + overflowY) && textOverflow !== "ellipsis"
      if (cuts && !isIn) found.add(`cut off: ${nameOf(one)}`)
      const isOut = up.parentElement === document.body && (box.left < -1 || box.right > wide + 1)
      if (isOut) found.add(`beyond the edge: ${nameOf(one)}`)
      if (position === "fixed") break
    }
  }
  for (const [n, a] of boxes.entries())
    for (const b of boxes.slice(n + 1)) {
      if (a.one === b.one || a.layer !== b.layer) continue
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      const covers = across > 2 && down > 0.4 * Math.min(a.box.height, b.box.height)
      if (covers) found.add(`over another: ${nameOf(a.one)} / ${nameOf(b.one)}`)
    }
  for (const one of document.querySelectorAll("body *")) {
    if (!/fixed|sticky/.test(styleOf(one).position) || !isShown(one)) continue
    const { width, height } = one.getBoundingClientRect()
    if (width > 0.6 * wide && height > 0.4 * innerHeight) found.add(`sticks over much of the screen: ${nameOf(one)}`)
  }
  return [...found]
}"""


def unreadable(page, name):
    """What cannot be read on the page, on a phone that lies and with letters of twice the size: (screen, what)."""
    found = []
    for (width, height), letters in ((LYING, "100%"), (UPRIGHT, "200%")):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
        shoot(page, f"fits-{name}-{letters[0]}")
        found += [(width, line) for line in page.evaluate(UNREADABLE)]
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.style.fontSize = ''")
    settle(page)
    return found


@pytest.mark.deep
def test_each_step_of_a_report_fits(visitor, town, tmp_path):
    factories.incident(town.hole)
    page, found = visitor(390), {}
    page.goto("/report/?lon=10.005&lat=50.005")
    found["photo"] = unreadable(page, "1-photo")
    (tmp_path / "hole.jpg").write_bytes(factories.jpeg(640, 480))
    page.locator("#camera").set_input_files(tmp_path / "hole.jpg")
    page.get_by_text("Harbour Road, Phường Old Wharf").first.wait_for()
    found["where"] = unreadable(page, "2-where")
    page.get_by_role("button", name="Đúng chỗ này").click()
    page.locator("#proposed").get_by_role("button", name="Ổ gà").click()
    found["what"] = unreadable(page, "3-what")
    page.get_by_role("button", name="Tiếp: Ổ gà").click()
    page.locator("#same .near").wait_for()
    found["details"] = unreadable(page, "4-details")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_role("heading", name="Đã gửi tới UBND Old Wharf").wait_for()
    found["sent"] = unreadable(page, "5-sent")
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.deep
def test_other_pages_of_citizens_fit(visitor, town):
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    page, found = visitor(390), {}
    for name, address in (
        ("map", "/"),
        ("incident", f"/i/{incident.reference}/"),
        ("follow", f"/f/{incident.reports.get().token}/"),
        ("mine", "/mine/"),
        ("ask", "/ask/"),
        ("offline", "/offline/"),
    ):
        page.goto(address)
        found[name] = unreadable(page, name)
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("address", [pytest.param("/", marks=pytest.mark.deep), "/report/?lon=10.005&lat=50.005"])
def test_the_map_of_a_phone_that_lies_is_large_enough(visitor, town, address):
    """At least half as wide as the screen and nearly as high, with nothing over it but its own tools."""
    page = visitor(390)
    page.set_viewport_size({"width": 844, "height": 390})
    page.goto(address)
    if "report" in address:
        without_photo(page)
    settle(page)
    box = page.locator(".map").bounding_box()
    assert (box["width"] >= 420, box["height"] >= 240) == (True, True)
    assert page.evaluate("""() => {
      const { left, top, width, height } = document.querySelector(".map").getBoundingClientRect()
      const at = document.elementFromPoint(left + width / 2, top + height / 2)
      return Boolean(at.closest(".map"))
    }""")
