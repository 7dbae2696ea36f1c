"""Send forged messages of gateways, partners, signed links and browsers."""

from collections.abc import Iterator
from typing import NamedTuple

from incidents.models import Contact, Event, Incident, Notice, Report, StoredSms
from incidents.notify import opt_outs
from incidents.partners import letters
from tests.probe.visitors import Finding, Visitor

FORGED = {"X-ZEvent-Signature": "mac=" + "0" * 64, "X-ZEvent-Timestamp": "1"}
EVENT = '{"event_name": "user_send_text", "sender": {"id": "1"}, "message": {"text": "x", "msg_id": "1"}}'


class Forgery(NamedTuple):
    what: str
    method: str
    path: str
    more: dict
    answers: tuple[int, ...]


def forgeries() -> Iterator[Forgery]:
    sms = {"from": "0901234567", "to": "1022", "content": "xong", "SmsStatus": "5"}
    for provider in ("esms", "speedsms", "none"):
        for kind in ("receipt", "inbound"):
            yield Forgery("gateway", "POST", f"/hooks/sms/{provider}/{'0' * 32}/{kind}/", {"data": sms}, (404,))
    yield Forgery("Zalo, unsigned", "POST", "/hooks/zalo/", {"content": EVENT}, (403, 404))
    yield Forgery("Zalo, forged", "POST", "/hooks/zalo/", {"content": EVENT, "headers": FORGED}, (403, 404))
    place = {"service_code": "x", "lat": "10.77", "long": "106.70", "description": "x"}
    for key in ("", "0" * 40, "' OR 1=1 --"):
        yield Forgery(
            "Open311 key", "POST", "/open311/v2/requests.json", {"data": place | {"api_key": key}}, (400, 401, 403)
        )
        yield Forgery(
            "Open311 update", "POST", "/open311/v2/servicerequestupdates.json", {"data": {"api_key": key}},
            (400, 401, 403, 404, 405),
        )  # fmt: skip
    for session in ("0" * 32, "../../etc/passwd", "a" * 5000):
        yield Forgery("session", "GET", "/desk/", {"headers": {"Cookie": f"sessionid={session}"}}, (302, 400, 404, 431))
    yield Forgery("host", "GET", "/", {"headers": {"Host": "evil.example"}}, (400,))
    yield Forgery("city account", "GET", "/sign-in/city/back/?state=x&code=y", {}, (400, 403, 404))
    yield from altered_links()


def altered_links():
    incident = Incident.objects.order_by("-pk").first()
    event, contact = incident.timeline.order_by("pk").first(), Contact.objects.order_by("pk").first()
    links = {"/stop/": opt_outs.sign_address("email", "an@example.org")}
    if event and contact:
        links["/w/"] = letters.sign_link(event, contact)
    if report := Report.objects.order_by("-pk").first():
        links["/f/"] = report.token
    for begin, token in links.items():
        for at in range(0, len(token), max(1, len(token) // 12)):
            other = "A" if token[at] != "A" else "B"
            yield Forgery("signed link", "GET", f"{begin}{token[:at]}{other}{token[at + 1 :]}/", {}, (301, 404, 410))


def audit_forgeries(home: str) -> Finding:
    """Sends each; none may store anything."""
    finding, stranger = Finding("forged messages"), Visitor(home)
    before = count_rows()
    for forgery in forgeries():
        answer = stranger.ask(forgery.method, forgery.path, **forgery.more)
        refused = answer.status in forgery.answers and (answer.status != 302 or answer.asks_to_sign_in)
        finding.note(answer, "" if refused or answer.status == 429 else f"{forgery.what} was believed")
    if count_rows() != before:
        finding.wrong.append("something was stored")
    return finding


def count_rows():
    return [model.objects.count() for model in (Report, Event, Notice, StoredSms)]


def audit_csrf(visitor: Visitor) -> Finding:
    finding = Finding("forms of other pages")
    reference = Incident.objects.order_by("-pk").values_list("reference", flat=True).first()
    paths = [f"/desk/{reference}/{step}/" for step in ("accept", "resolve", "reject", "note")]
    for path in [*paths, "/people/me/", "/sign-out/", "/people/me/sign-in/password/"]:
        headers = {"X-CSRFToken": "", "Referer": "https://evil.example/", "Origin": "https://evil.example"}
        answer = visitor.ask("POST", path, headers=headers)
        finding.note(answer, "" if answer.status in (403, 404, 405) else "is not refused")
    return finding
