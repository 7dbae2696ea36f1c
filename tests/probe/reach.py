"""Request every address with every method, anonymously and by every account."""

from cameras.models import Camera, Evidence, Layout
from cameras.models import Finding as CameraFinding
from gis_data.models import Area, Edition
from incidents.models import Directive, HeldReport, Incident, Notice, Photo, Report, SubjectRequest, User
from tests.every_address import Address, every_address
from tests.probe.visitors import Finding, Visitor

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
EVERYBODY = (
    "ward ward2 department leader ward_leader city_leader supervisor dispatcher operator control control2 technician "
    "gis privacy people admin"
)
# How an address begins, and the accounts of the demo that may open it. All others find nothing there; a stranger may be
# asked to sign in. The longest that fits counts; of what is not named here only errors are noted.
MAY_OPEN = {
    "/admin/": "people admin",  # Django asks what of it each of them may do
    "/cameras/coverage": "control control2 technician people admin",
    "/cameras/health": "control control2 technician people admin",
    "/cameras/import/": "people admin",
    "/cameras/looks.csv": "supervisor admin",
    "/cameras/looks/": "supervisor admin",
    "/cameras/looks/mine/": EVERYBODY,
    "/cameras/register/": "control control2 technician people admin",
    "/cameras/register/new/": "people admin",
    "/control/": "control control2 admin",
    "/desk/": "ward ward2 department leader ward_leader city_leader dispatcher admin",
    "/desk/%(reference)s/": "ward ward2 department leader ward_leader city_leader supervisor dispatcher admin",
    "/directives/new/": "leader ward_leader city_leader admin",
    "/editions/": "gis admin",
    "/lead/": "leader ward_leader city_leader admin",
    "/moderation/": "dispatcher admin",
    "/notices/": "supervisor people admin",
    "/people/": "people admin",
    "/people/me/": EVERYBODY,
    "/privacy/": "privacy people admin",
    "/routing/": "dispatcher people admin",
    "/watch/": "supervisor admin",
}
OPEN_TO_ALL = (
    "/cameras/looks/heads.json",
    "/privacy/views/heads.json",
    "/admin/login/",
    "/admin/jsi18n/",
    "/admin/password_change/",  # leads to the own sign-in
)


def audit_reach(people: list[Visitor]) -> Finding:
    """Only reads an address that the visitor may open; tries all methods on others."""
    finding = Finding("who reaches what")
    addresses = [address for address in every_address(values_of_the_demo()) if "/logout" not in address.route]
    contacts = contacts_of_the_demo()
    for visitor in people:
        for address in addresses:
            may = may_open(address)
            methods = METHODS if may is not None and visitor.name not in may else ("GET",)
            for answer in visitor.ask_many((method, address.path, {}) for method in methods):
                finding.note(answer, fault_of(answer, allowed=methods == ("GET",), contacts=contacts))
    return finding


def may_open(address: Address) -> list[str] | None:
    """Returns the names of the accounts that may open it; None for public addresses, and where it depends on the
    incident.
    """
    begins = [begin for begin in MAY_OPEN if address.route.startswith(begin) and address.route not in OPEN_TO_ALL]
    return MAY_OPEN[max(begins, key=len)].split() if begins else None


def fault_of(answer, allowed, contacts):
    leaked = [contact for contact in contacts if contact in answer.text] if answer.who == "stranger" else []
    if leaked:
        return f"shows {len(leaked)} contacts"
    if allowed or answer.status >= 500:
        return ""
    if answer.status in (404, 405) or (answer.who == "stranger" and answer.asks_to_sign_in):
        return ""
    if answer.path.startswith("/admin/") and answer.status == 302 and "/login/" in answer.headers["location"]:
        return ""
    return "is not refused"


def contacts_of_the_demo() -> list[str]:
    rows = Report.objects.values_list("phone", "email")
    return sorted({contact for row in rows for contact in row if len(contact) > 6})


def values_of_the_demo() -> dict[str, dict[str, object]]:
    """Returns values for the addresses; the incident is one that the public does not see."""
    hidden = Incident.objects.filter(published=False).order_by("pk").first() or Incident.objects.order_by("pk").first()
    report = hidden.reports.order_by("pk").first()
    camera = Camera.objects.order_by("pk").first()
    frame = camera.frames.order_by("-pk").first() if camera else None
    code = camera.code if camera else "none"
    return {
        "/": {"reference": hidden.reference, "z": 14, "x": 13046, "y": 7692, "suffix": "json", "object_id": 1},
        "/f/": {"token": report.token[:-4] + "AAAA"},
        "/desk/": {"step": "accept", "pk": key_of(Photo)},
        "/photo/": {"pk": key_of(Photo), "size": "small"},
        "/moderation/": {"pk": key_of(HeldReport), "size": "small"},
        "/directives/": {"pk": key_of(Directive), "step": "acknowledge"},
        "/editions/": {"code": Edition.objects.order_by("pk").values_list("code", flat=True).first(), "ending": "csv"},
        "/evidence/": {"key": key_of(Evidence), "before": key_of(Evidence), "after": key_of(Evidence)},
        "/notices/": {"pk": key_of(Notice), "key": "received", "medium": "email", "language": "vi"},
        "/people/": {"pk": User.objects.order_by("-pk").values_list("pk", flat=True).first(), "what": "post"},
        "/privacy/": {"pk": key_of(SubjectRequest)},
        "/control/": {"code": code},
        "/control/findings/": {"key": key_of(CameraFinding)},
        "/control/layouts/": {"key": key_of(Layout)},
        "/cameras/": {"code": code, "key": code, "micros": frame.micros if frame else 1},
        "/open511/": {"code": code},
        "/areas/": {"code": Area.objects.order_by("pk").values_list("code", flat=True).first()},
        "/data/": {"name": "areas", "ending": "csv"},
        "/ogc/": {"name": "areas", "key": "1", "nothing": "nothing"},
        "/mapit/": {
            "kind": "latlon", "first": "10.77", "second": "106.70", "srid": 4326, "x": "106.70", "y": "10.77",
            "box": "/box", "form": "json", "pk": key_of(Area), "how": "touches", "which": key_of(Area), "call": "none",
        },
    }  # fmt: skip


def key_of(model):
    return model.objects.order_by("pk").values_list("pk", flat=True).first() or 1
