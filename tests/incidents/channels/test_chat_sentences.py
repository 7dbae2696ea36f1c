"""Chat messages that hold several things at once: place, number, a wish for a person, a change of mind."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents.channels.chat import conversation
from incidents.data_requests import requests
from incidents.models import ChatPhoto, Correspondent, Draft, Enquiry, Report
from tests import factories
from tests.incidents.channels.chats import buttons, photo, work

pytestmark = pytest.mark.django_db


def test_place_of_the_first_message_is_not_asked_again(says):
    [answer] = says("Có ổ gà sâu ở phường Old Wharf")
    draft = Draft.objects.get()
    assert (draft.text, draft.where, draft.ward) == ("Có ổ gà sâu ở phường Old Wharf", "Phường Old Wharf", "001")
    summary = answer[answer.index("Hãy kiểm tra") :].splitlines()
    assert summary[1:3] == ["- Ổ gà", "- Phường Old Wharf"]
    assert summary[4].startswith("- UBND Old Wharf xử lý, hạn ")
    assert [line[3:] for line in summary[-5:]] == [
        "Gửi phản ánh", "Chọn loại việc khác", "Chọn nơi khác", "Thêm ảnh", "Hủy",
    ]  # fmt: skip


def test_a_place_taken_can_be_set_right(says):
    says("Có ổ gà sâu ở phường Old Wharf")
    [question] = says("#place")
    assert question.startswith("Việc xảy ra ở đâu?")


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
    [answer] = says(text)
    assert answer.splitlines()[0] in ("Đã hủy, chưa gửi gì.", "Cancelled; nothing was sent.")
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
        " phản ánh công khai nào mang mã 2611-99999. Bạn xem lại mã, hoặc nhắn “tổng đài viên” để hỏi trực tiếp."
    ] * 2


def test_what_was_given_up_is_brought_back(says):
    says("Có ổ gà sâu ở phường Old Wharf")
    says("mà thôi, không gửi nữa")
    [answer] = says("lấy lại")
    assert answer.startswith("Đã lấy lại.")
    draft = Draft.objects.get()
    assert (draft.text, draft.where, draft.category.code) == (
        "Có ổ gà sâu ở phường Old Wharf", "Phường Old Wharf", "ST.1",
    )  # fmt: skip
    assert says("lấy lại")[0] == "Không có gì để lấy lại."


def test_kind_and_place_are_set_right_in_words(says):
    says("Có ổ gà sâu ở phường Old Wharf")
    [answer] = says("à nhầm, phường New Wharf mới đúng")
    assert answer.startswith("Đã sửa.")
    assert Draft.objects.get().where == "Phường New Wharf"
    says("không phải ổ gà, là rác thải")
    draft = Draft.objects.get()
    assert (draft.category.code, draft.where) == ("ST.2", "Phường New Wharf")


def test_several_matters_are_sent_one_by_one(account, says, town):
    [first] = says("1. Ổ gà sâu ở phường Old Wharf. 2. Rò rỉ nước ở phường New Wharf.")
    assert first.startswith("Sự cố Wharf")
    assert "chúng tôi gửi từng việc một" in first
    [received, second] = sorted(says("gửi"), key=lambda text: "Việc tiếp theo" in text)
    assert "Việc tiếp theo: “" in second
    assert Report.objects.get().incident.reference in received
    says("gửi")
    assert sorted(Report.objects.values_list("incident__category__code", flat=True)) == ["ST.1", "WA.1"]


def test_abuse_is_no_report_and_keeps_nothing(says):
    [answer] = says("lũ vô dụng, ngu như bò")
    assert "Ở đâu" not in answer
    assert (Draft.objects.count(), Report.objects.count(), Enquiry.objects.count()) == (0, 0, 0)


def test_another_language_hears_what_is_spoken_here(says):
    [answer] = says("Bonjour, il y a un trou dans la rue devant mon hôtel")
    assert "Ici, on parle vietnamien et anglais." in answer
    assert "in English or Vietnamese" in answer
    assert not Draft.objects.exists()


def test_two_failures_offer_the_form_and_a_person(says):
    says("Xin giúp với nha")
    [answer] = says("Xyzzy Plugh")
    assert "/report/" in answer
    assert "“tổng đài viên”" in answer
    assert "/report/" not in says("Old Wharf")[0]


@pytest.mark.parametrize("text", ["cảm ơn", "ok cảm ơn em nhiều nha", "thank you so much"])
def test_courtesies_are_no_place_and_no_kind(says, text):
    says("Có ổ gà sâu")
    before = Draft.objects.values("text", "place", "category").get()
    says(text)
    assert Draft.objects.values("text", "place", "category").get() == before


def test_a_question_that_nobody_confirms_is_sent_later(account, says):
    says("Cho tôi hỏi phường Old Wharf làm việc mấy giờ?")
    conversation.send_waiting_enquiries(now() + timedelta(minutes=9))
    assert not Enquiry.objects.exists()
    for _twice in "12":
        conversation.send_waiting_enquiries(now() + timedelta(minutes=11))
    assert Enquiry.objects.get().kind == "question"
    assert Enquiry.objects.get().reference in work(account)[0]
    assert not Draft.objects.exists()


def test_a_question_beside_a_report_keeps_the_report(says):
    says("Có ổ gà sâu ở phường Old Wharf")
    says("Cho tôi hỏi thủ tục làm giấy khai sinh cần giấy tờ gì?")
    says("1")
    assert Enquiry.objects.get().kind == "question"
    says("lấy lại")
    says("gửi")
    assert Report.objects.get().text == "Có ổ gà sâu ở phường Old Wharf"


def test_a_prank_of_danger_sends_nothing(says):
    [answer] = says("Cháy nhà ở phường Old Wharf")
    assert answer.startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 113 (Công an)")
    says("đùa thôi")
    assert not Report.objects.exists()


@pytest.mark.parametrize("dropped_by", ["mà thôi, không gửi nữa", "#cancel", "mới"])
def test_photos_are_brought_back_with_the_draft(account, says, dropped_by):
    says("Có ổ gà sâu ở phường Old Wharf")
    says(None, **photo(account))
    says(None, **photo(account, path="/p/2.jpg"))
    says(dropped_by)
    assert not Draft.objects.filter(photos__isnull=False).exists()
    assert "2 ảnh" in says("lấy lại")[0]
    says("gửi")
    assert (Report.objects.get().photos.count(), ChatPhoto.objects.count()) == (2, 0)


def test_photos_set_aside_for_a_question_come_back(account, says):
    says("Có ổ gà sâu ở phường Old Wharf")
    says(None, **photo(account))
    says("Cho tôi hỏi thủ tục làm giấy khai sinh cần giấy tờ gì?")
    says("1")
    says("lấy lại")
    says("gửi")
    assert Report.objects.get().photos.count() == 1


def test_photos_given_up_are_deleted_after_a_day(account, says):
    says("Có ổ gà sâu ở phường Old Wharf")
    says(None, **photo(account))
    says("hủy")
    requests.delete_old_chats(now() + timedelta(hours=23))
    assert ChatPhoto.objects.count() == 1
    requests.delete_old_chats(now() + timedelta(hours=25))
    assert ChatPhoto.objects.count() == 0


def test_a_second_draft_given_up_replaces_the_photos(account, says):
    for _twice in "12":
        says("Có ổ gà sâu ở phường Old Wharf")
        says(None, **photo(account))
        says("hủy")
    assert ChatPhoto.objects.count() == 1


@pytest.mark.parametrize(
    "words", ["#called", "Đã gọi xong", "gọi rồi nha", "dạ em gọi 114 rồi", "I have called", "called already"]
)
def test_after_the_call_the_report_goes_on(account, says, words):
    says("Cháy nhà ở phường Old Wharf")
    assert {"Đã gọi xong", "Không khẩn cấp"} <= set(buttons(account))
    [answer] = says(words)
    assert answer.startswith(("Cảm ơn bạn đã gọi.", "Thank you for calling."))
    assert not {"Đã gọi xong", "I have called", "Không khẩn cấp", "Not an emergency"} & set(buttons(account))
    draft = Draft.objects.get()
    assert (draft.text, draft.where) == ("Cháy nhà ở phường Old Wharf", "Phường Old Wharf")


@pytest.mark.parametrize("words", ["#calm", "Không khẩn cấp", "không phải việc khẩn cấp đâu", "it's not an emergency"])
def test_no_emergency_becomes_an_ordinary_report(account, says, town, words):
    town.leak.emergency = True
    town.leak.save()
    says("Cháy nhà ở phường Old Wharf")
    [answer] = says(words)
    assert answer.startswith(("Phản ánh được xử lý như việc thông thường.", "It is handled as an ordinary report."))
    assert "113 (" not in answer
    draft = Draft.objects.get()
    assert draft.category is None
    assert draft.text.splitlines()[1] in ("Không khẩn cấp", "Not an emergency")
    says("#kind ST.1")
    assert not {"Đã gọi xong", "I have called"} & set(buttons(account))


def test_a_report_sent_says_that_it_is_no_emergency(account, says):
    says("Cháy nhà ở phường Old Wharf")
    says("Không khẩn cấp")
    says("ổ gà")
    says("1")
    says("gửi")
    assert "Không khẩn cấp" in Report.objects.get().text
