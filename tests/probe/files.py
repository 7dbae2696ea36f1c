"""Send hostile files as photos of a report: each must be refused or re-encoded while pages stay quick."""

from tests import hostile_pictures
from tests.probe.floods import WatchedPages
from tests.probe.visitors import Finding, Visitor

FETCHED = 150  # of the broken pictures of other projects


def audit_files(home: str, sender: Visitor) -> Finding:
    """Sends them with an incomplete form, so that nothing is stored. `sender`: a signed-in visitor."""
    finding = Finding("hostile files")
    sent = list(hostile_pictures.make_files().items())
    sent += [(path.name, path.read_bytes()) for path in list(hostile_pictures.find_broken())[:FETCHED]]
    sender.ask("GET", "/report/")
    with WatchedPages(home) as pages:
        requests = [
            ("POST", "/report/", {"data": {"text": name}, "files": {"photos": ("photo.jpg", data, "image/jpeg")}})
            for name, data in sent
        ]
        for answer in sender.ask_many(requests):
            finding.note(answer, "" if answer.status in (400, 413, 429, 503) else "is not refused")
    return pages.judge(finding)
