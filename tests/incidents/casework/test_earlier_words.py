"""Earlier answers of a unit are offered again: only public ones that stand."""

import pytest
from django.utils.timezone import now

from incidents import workflow
from incidents.casework import undoing
from incidents.casework.earlier_words import earlier_words
from incidents.models import CoveredNote, Event
from tests import factories


def resolve(kind, words, officer, step="resolve"):
    incident = factories.incident(kind)
    workflow.move(incident, step, by=officer, note=words)
    return incident


def offered_words(town, kind=None, step="resolve"):
    kind = kind or town.hole
    return [(answer.text, answer.times) for answer in earlier_words(town.office.pk, [kind.pk], step).get(kind.pk, [])]


def test_the_most_frequent_stand_first_three_at_most(town, officer):
    for words in ("Đã vá.", "Đã lấp tạm.", "Đã vá.", "Đã rải nhựa.", "Khác"):
        resolve(town.hole, words, officer)
    resolve(town.waste, "Đã dọn.", officer)
    resolve(town.hole, "Đất tư.", officer, step="reject")
    assert offered_words(town) == [("Đã vá.", 2), ("Khác", 1), ("Đã rải nhựa.", 1)]
    assert offered_words(town, town.waste) == [("Đã dọn.", 1)]
    assert offered_words(town, step="reject") == [("Đất tư.", 1)]


def test_words_of_another_unit_are_not_offered(town, officer, outsider):
    resolve(town.leak, "Đã khóa van.", outsider)
    assert offered_words(town, town.leak) == []


@pytest.mark.parametrize("words", ["Gọi 0903 123 456 để hỏi.", "Thư tới an@example.org", "Dài. " * 90])
def test_words_with_a_contact_or_too_long_are_left_out(town, officer, words):
    resolve(town.hole, words, officer)
    assert offered_words(town) == []


def test_what_nobody_else_reads_is_not_offered(town, officer):
    hidden, covered, undone = (resolve(town.hole, "Đã vá.", officer) for _n in range(3))
    factories.change(hidden, published=False)
    CoveredNote.objects.create(event=covered.timeline.get(kind=Event.Kind.RESOLVED), text="…", by=officer)
    workflow.move(undone, "reopen", by=officer, note="Again")
    with undoing.undoable(undone, "resolve", officer) as steps:
        workflow.move(undone, "resolve", by=officer, note="Đã trám.")
    undoing.undo_step(steps[0].pk, by=officer, at=now())
    assert offered_words(town) == []


def test_a_form_offers_them_and_takes_them_without_a_script(client, town, incident, officer):
    resolve(town.hole, "Đã vá xong.", officer)
    client.force_login(officer)
    form = client.get(f"/desk/{incident.reference}/resolve/?part=form").context["form"]
    (offer,) = form.earlier()
    again = client.post(f"/desk/{incident.reference}/resolve/", {"note": "Chào.", "earlier": offer.event})
    assert 'rows="4"' in (page := again.content.decode())
    assert "Chào.\nĐã vá xong.</textarea>" in page
    assert client.post(f"/desk/{incident.reference}/resolve/", {"note": "", "earlier": "1"}).status_code == 200
