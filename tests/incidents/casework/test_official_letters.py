"""Official letters of units: on the private page, by e-mail and on paper."""

import pytest

from incidents import jobs, workflow
from incidents.casework.official_letters import letter_of
from incidents.models import Authority, CoveredNote, Notice
from tests import factories


@pytest.fixture
def writes(town):
    Authority.objects.filter(pk=town.office.pk).update(
        letters=True, letter_head="CỘNG HÒA\nĐộc lập", letter_signature="TM. ỦY BAN\nCHỦ TỊCH"
    )


def end_incident(town, officer, step="resolve"):
    incident = factories.incident(town.hole, email="an@example.org")
    workflow.move(incident, step, by=officer, note="Đã vá mặt đường.")
    return incident


def mail_of(incident):
    line = incident.timeline.filter(kind__in=["resolved", "rejected"]).get()
    jobs.announce(line.pk)
    return Notice.objects.get(event=line, medium="email")


@pytest.mark.parametrize(("step", "key"), [("resolve", "resolved_letter"), ("reject", "rejected_letter")])
def test_an_e_mail_greets_and_is_signed(town, writes, officer, step, key):
    notice = mail_of(end_incident(town, officer, step))
    lines = [line for line in notice.text.splitlines() if line]
    assert notice.template == key
    assert lines[:2] + lines[-3:] == [
        "UBND Old Wharf", "Kính gửi: Ông/Bà", "Trân trọng.", "TM. ỦY BAN", "CHỦ TỊCH",
    ]  # fmt: skip
    assert "Đã vá mặt đường." in lines


def test_a_unit_that_does_not_want_it_writes_as_before(client, town, officer):
    incident = end_incident(town, officer)
    assert (letter_of(incident), mail_of(incident).template) == (None, "resolved")
    token = incident.reports.get().token
    assert client.get(f"/f/{token}/").context["letter"] is None
    assert client.get(f"/f/{token}/letter/").status_code == 404


def test_the_reporter_and_the_desk_read_the_letter(client, town, writes, officer, outsider):
    incident = end_incident(town, officer)
    token = incident.reports.get().token
    assert f"/f/{token}/letter/" in client.get(f"/f/{token}/").content.decode()
    page = client.get(f"/f/{token}/letter/")
    words = page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert all(phrase in words for phrase in ("CỘNG HÒA", "Kính gửi: Ông/Bà", "Đã vá mặt đường.", "CHỦ TỊCH"))
    assert "an@example.org" not in words
    client.force_login(officer)
    assert client.get(f"/desk/{incident.reference}/letter/").context["letter"] == letter_of(incident)
    client.force_login(outsider)
    assert client.get(f"/desk/{incident.reference}/letter/").status_code == 404


def test_a_letter_says_what_all_read_and_ends_with_the_result(town, writes, officer):
    incident = end_incident(town, officer)
    CoveredNote.objects.create(event=incident.timeline.get(kind="resolved"), text="Đã vá.", by=officer)
    letter = letter_of(incident)
    assert (letter.words, letter.signature) == ("Đã vá.", ["TM. ỦY BAN", "CHỦ TỊCH"])
    workflow.move(incident, "reopen", by=officer, note="Again")
    assert letter_of(incident) is None


def test_without_a_signature_the_unit_signs(town, writes, officer):
    Authority.objects.update(letter_signature="")
    assert letter_of(end_incident(town, officer)).signature == ["UBND Old Wharf"]
