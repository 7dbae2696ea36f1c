"""Chat messages that hold several things at once: place, number, a wish for a person, a change of mind."""

import pytest

from incidents.models import Correspondent, Draft, Report
from tests import factories

pytestmark = pytest.mark.django_db


def test_place_of_the_first_message_is_not_asked_again(says):
    [answer] = says("Có ổ gà sâu ở phường Old Wharf")
    draft = Draft.objects.get()
    assert (draft.text, draft.where, draft.ward) == ("Có ổ gà sâu ở phường Old Wharf", "Phường Old Wharf", "001")
    assert answer.splitlines()[-3:] == ["Phản ánh về việc gì?", "1. Ổ gà", "2. Việc khác"]
    [summary] = says("1")
    assert summary.splitlines()[2] == "- Phường Old Wharf"


def test_a_place_taken_can_be_set_right(says):
    says("Có ổ gà sâu ở phường Old Wharf")
    says("1")
    [question] = says("#place")
    assert question.startswith("Sự cố ở đâu?")


def test_a_question_that_names_a_ward_stays_a_question(says):
    says("Cho tôi hỏi phường Old Wharf làm việc mấy giờ?")
    assert (Draft.objects.get().place, Draft.objects.get().step) == (None, "enquiry")


@pytest.mark.parametrize(
    "text",
    ["cho em gặp tổng đài viên với ạ", "Tôi muốn gặp nhân viên", "I want to talk to a real person please"],
)
def test_a_person_is_asked_for_inside_a_sentence(says, text):
    assert len(says(text)) == 1
    assert Correspondent.objects.get().asked_at is not None
    assert not Draft.objects.exists()


@pytest.mark.parametrize("text", ["Thôi", "khỏi.", "thôi không cần nữa", "never mind"])
def test_a_change_of_mind_drops_the_draft(says, text):
    says("Có ổ gà sâu trước cổng")
    assert says(text) == ["Đã bỏ, không gửi gì cả."]
    assert (Draft.objects.count(), Report.objects.count()) == (0, 0)


@pytest.mark.parametrize("text", ["Khói", "thối", "Tôi gặp nhân viên quét rác bỏ dở"])
def test_smoke_and_stench_are_no_change_of_mind(says, text):
    says("Có đống rác trước cổng")
    says(text)
    assert Draft.objects.count() == 1
    assert Correspondent.objects.get().asked_at is None


def test_a_number_is_answered_by_its_state(account, says, town):
    incident = factories.incident(town.hole)
    [answer] = says(f"{incident.reference} tới đâu rồi?")
    assert incident.reference in answer
    assert f"/i/{incident.reference}/" in answer
    assert not Draft.objects.exists()


def test_a_number_that_is_not_public_tells_nothing(account, says, town):
    incident = factories.change(factories.incident(town.hole), published=False)
    answers = [says(f"số {number} tới đâu rồi")[-1] for number in (incident.reference, "2611-99999")]
    assert [answer.split("Không có")[-1].replace(incident.reference, "2611-99999") for answer in answers] == [
        " phản ánh công khai nào mang số 2611-99999. Bạn xem lại số, hoặc nhắn “tổng đài viên” để hỏi một người."
    ] * 2
