"""Test that no text is cut off or overflows, from the boxes of the text.

Citizens' pages on a phone in landscape and with letters of twice the size; staff pages at their widths.
"""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from cameras.detection import findings
from cameras.models import Source
from incidents.hotline import calls
from incidents.models import Membership, ProcedureStep
from tests import factories
from tests.browser.conftest import WIDTHS, settle, shoot, without_photo
from tests.cameras.conftest import camera, sees, was

pytestmark = pytest.mark.browser
LYING, UPRIGHT = (844, 390), (390, 844)

# What cannot be read as it stands: cut off, beyond the edge, one over another, broken letter by letter, or covered by
# what sticks to the screen. Letters on the map's ground are not looked at; links of the bar that have no room stand in
# its menu.
UNREADABLE = """() => {
  const found = new Set()
  const wide = document.documentElement.clientWidth
  const nameOf = (one) => `${one.tagName.toLowerCase()} “${one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40)}”`
  const styles = new Map()
  const styleOf = (one) => styles.get(one) ?? styles.set(one, getComputedStyle(one)).get(one)
  const parents = function* (one) { for (let up = one; up && up !== document.body; up = up.parentElement) yield up }
  const isClipped = (one) => [...parents(one)].some((up) => styleOf(up).clipPath === "inset(50%)")
  const isShown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && !one.closest(".sr, .skip, .map, .bar nav, [aria-hidden=true], option, svg, script, style, noscript")
    && !isClipped(one)
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
      const { overflowX, overflowY, textOverflow, position, webkitLineClamp } = styleOf(up)
      if (/auto|scroll/.test(overflowX + overflowY)) break
      const edge = up.getBoundingClientRect()
      const isIn = box.left > edge.left - 2 && box.right < edge.right + 2
        && box.top > edge.top - 4 && box.bottom < edge.bottom + 4
      const endsInDots = textOverflow === "ellipsis" || webkitLineClamp !== "none"
      const cuts = /hidden|clip/.test(overflowX + overflowY) && !endsInDots
      if (cuts && !isIn) found.add(`cut off: ${nameOf(one)}`)
      if (endsInDots) break
      const isOut = up.parentElement === document.body && (box.left < -1 || box.right > wide + 1)
      if (isOut) found.add(`beyond the edge: ${nameOf(one)}`)
      if (position === "fixed") break
    }
  }
  // Of a line that ends in dots, or lies in what scrolls, only what is seen covers others.
  for (const line of boxes) {
    let { left, right, top, bottom, height } = line.box
    for (const up of parents(line.one)) {
      if (!/hidden|clip|auto|scroll/.test(styleOf(up).overflowX + styleOf(up).overflowY)) continue
      const edge = up.getBoundingClientRect()
      left = Math.max(left, edge.left)
      right = Math.min(right, edge.right)
      top = Math.max(top, edge.top)
      bottom = Math.min(bottom, edge.bottom)
    }
    line.box = { left, right, top, bottom, height }
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
    faults = []
    for (width, height), letters in ((LYING, "100%"), (UPRIGHT, "200%")):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
        shoot(page, f"fits-{name}-{letters[0]}")
        faults += [(width, line) for line in page.evaluate(UNREADABLE)]
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.style.fontSize = ''")
    settle(page)
    return faults


@pytest.mark.deep
def test_each_step_of_a_report_fits(visitor, town, tmp_path):
    factories.incident(town.hole)
    page, faults = visitor(390), {}
    page.goto("/report/?lon=10.005&lat=50.005")
    faults["photo"] = unreadable(page, "1-photo")
    (tmp_path / "hole.jpg").write_bytes(factories.jpeg(640, 480))
    page.locator("#camera").set_input_files(tmp_path / "hole.jpg")
    page.get_by_text("Harbour Road, Phường Old Wharf").first.wait_for()
    faults["where"] = unreadable(page, "2-where")
    page.get_by_role("button", name="Đúng chỗ này").click()
    page.locator("#proposed").get_by_role("button", name="Ổ gà").click()
    faults["what"] = unreadable(page, "3-what")
    page.get_by_role("button", name="Tiếp: Ổ gà").click()
    page.locator("#same .near").wait_for()
    faults["details"] = unreadable(page, "4-details")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_role("heading", name="Đã gửi tới UBND Old Wharf").wait_for()
    faults["sent"] = unreadable(page, "5-sent")
    assert {name: lines for name, lines in faults.items() if lines} == {}


@pytest.mark.deep
def test_other_pages_of_citizens_fit(visitor, town):
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    page, faults = visitor(390), {}
    for name, address in (
        ("map", "/"),
        ("incident", f"/i/{incident.reference}/"),
        ("follow", f"/f/{incident.reports.get().token}/"),
        ("mine", "/mine/"),
        ("ask", "/ask/"),
        ("offline", "/offline/"),
    ):
        page.goto(address)
        faults[name] = unreadable(page, name)
    assert {name: lines for name, lines in faults.items() if lines} == {}


@pytest.mark.parametrize("address", [pytest.param("/", marks=pytest.mark.deep), "/report/?lon=10.005&lat=50.005"])
def test_the_map_of_a_phone_that_lies_is_large_enough(visitor, town, address):
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


# Pages of the staff: name, address, who, and the widths for which they are meant.
STAFF_PAGES = [
    ("room", "/control/", "controller", (1440,)),
    ("findings", "/control/findings/", "controller", (1440, 390)),
    ("faults", "/cameras/faults/", "technician", (1440, 390)),
    ("desk", "/desk/{reference}/", "officer", (1440, 390)),
    ("street", "/desk/street/", "officer", (1440, 390)),
    ("operator", "/operator/calls/{call}/", "operator", (1440, 390)),
    ("counter", "/desk/new/", "officer", (1440, 390)),
    ("people", "/people/", "admin", (1440, 390)),
    ("privacy", "/privacy/", "privacy", (1440, 390)),
    ("administration", "/administration/", "admin", (1440, 390)),
]
USUAL = {"room", "faults", "street"}
LONG = "Đường Nguyễn Thị Minh Khai – Cách Mạng Tháng Tám"


@pytest.fixture
def staff(town, officer, operator, controller):
    return {
        "officer": officer, "operator": operator, "controller": controller,
        **{
            role: factories.person(role, town.desk, Membership.Role[role.upper()])
            for role in ("technician", "admin", "privacy")
        },
    }  # fmt: skip


@pytest.fixture
def busy_town(town, site, staff):
    hour, source = timedelta(hours=1), Source.objects.create(code="long", name=f"Tổ camera {LONG}", owner="VNPT")
    for number in range(3):
        sees(camera(f"TTH {number}", lon=10.0052 + number * 0.0009, name=f"{LONG} {number}"))
        since = now() - (number + 2) * hour
        broken = camera(f"HONG {number}", lon=10.006, source=source, health="offline", health_since=since, name=LONG)
        was(broken, "offline", since, why="Unreachable", detail="Connection reset by peer after 3000 ms")
    for number, kind in enumerate(("crowd", "traffic")):
        findings.propose_finding(camera(f"X {number}", name=LONG), kind, now() - timedelta(minutes=4))
    for position, words in enumerate((f"Xem camera ở {LONG}, đường chắn mấy làn, hướng nào?", "Gọi tổ", "Gọi 115")):
        ProcedureStep.objects.create(category=town.leak, position=position, words=words, calls=position > 0)
    for kind, lon in ((town.hole, 10.004), (town.waste, 10.006), (town.leak, 10.005)):
        incident = factories.incident(
            kind, Point(lon, 50.005, srid=4326), text=f"Cháy lớn ở {LONG}, nhiều người bị thương"
        )
    held_incident = factories.incident(town.hole, text="Hố sâu " * 20)
    return {
        "reference": held_incident.reference,
        "call": calls.begin_call(by=staff["operator"]).pk,
        "leak": incident.reference,
    }


@pytest.mark.parametrize("language", ["vi", pytest.param("en", marks=pytest.mark.deep)])
@pytest.mark.parametrize(
    ("name", "address", "who", "widths"),
    [pytest.param(*page, marks=[pytest.mark.deep] * (page[0] not in USUAL), id=page[0]) for page in STAFF_PAGES],
)
def test_page_of_staff_fits(visitor, staff, busy_town, site, name, address, who, widths, language):
    page, cut = visitor(widths[0], user=staff[who], language=language), []
    for width in widths:
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        page.goto(address.format(**busy_town))
        assert page.locator("main").count() == 1
        shoot(page, f"fits-{name}")
        cut += [(width, line) for line in page.evaluate(UNREADABLE)]
    assert cut == []
