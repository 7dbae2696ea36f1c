"""Chats answered by staff: requested, taken by one person, released."""

from uuid import uuid4

import pytest

from incidents.channels.chat import persons
from incidents.models import ChatEvent, Correspondent, Draft, Notice, Report
from tests import factories
from tests.geoapp.crypto.test_fields import stored_values
from tests.incidents.channels.chats import locate_message, photo, work

pytestmark = pytest.mark.django_db
FREE = "Tổng đài viên sẽ trả lời tại đây ngay khi có thể."


@pytest.fixture
def operator(town):
    return factories.person("operator-1")


@pytest.fixture
def writer(says):
    says("Có ổ gà trước cổng")
    says("gặp tổng đài viên")
    return Correspondent.objects.get()


def test_a_person_is_asked_for_and_the_service_is_silent(account, says):
    assert says("Gặp người")[0].split("\n\n")[-1].startswith(FREE)
    assert says("Tôi không biết đó là đường nào") == []
    assert [chat.pk for chat in persons.chats_for_a_person()] == [Correspondent.objects.get().pk]
    assert says("menu")[0].startswith("Hãy cho chúng tôi biết việc cần xử lý")
    assert not persons.chats_for_a_person().exists()


def test_danger_is_answered_beside_a_person(account, says, writer):
    [answer] = says("Đang cháy nhà bên cạnh")
    assert answer.startswith("Có ai đang gặp nguy hiểm không?")


def test_answer_of_a_person_arrives_once_under_their_name(account, says, writer, operator):
    sending = uuid4()
    notices = {
        persons.write_answer(writer, by=operator, text=" Bạn cho xin số nhà. ", sending=sending).pk for _twice in "12"
    }
    assert work(account) == ["Bạn cho xin số nhà."]
    assert [(notice.pk, notice.written_by) for notice in Notice.objects.filter(pk__in=notices).order_by("pk")] == [
        (*notices, operator)
    ]
    says("Số 12")
    lines = [(line.theirs, line.text, line.by) for line in persons.read_chat(writer)]
    assert [line for line in lines if line[0] or line[2]] == [
        (True, "Có ổ gà trước cổng", None),
        (True, "gặp tổng đài viên", None),
        (False, "Bạn cho xin số nhà.", operator),
        (True, "Số 12", None),
    ]


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_answer_that_cannot_be_sent_is_refused(writer, operator, text):
    with pytest.raises(ValueError, match="2000"):
        persons.write_answer(writer, by=operator, text=text, sending=uuid4())
    assert not Notice.objects.exclude(written_by=None).exists()


def test_only_one_person_answers_until_the_chat_is_given_back(says, writer, operator):
    other = factories.person("operator-2")
    persons.take_chat(writer, by=operator)
    for act in (
        lambda: persons.take_chat(writer, by=other),
        lambda: persons.write_answer(writer, by=other, text="Chào bạn", sending=uuid4()),
        lambda: persons.release_chat(writer, by=other),
    ):
        with pytest.raises(persons.AnsweredByAnother):
            act()
    persons.release_chat(writer, by=operator)
    assert says("menu")[0].startswith("Việc xảy ra ở đâu?")  # the draft of before waits for its place


def test_who_waits_longest_comes_first_and_those_in_hand_last(says, operator):
    for user in ("1", "2", "3"):
        says("gặp người", user=user)
    first, second, third = Correspondent.objects.order_by("pk")
    persons.take_chat(first, by=operator)
    assert list(persons.chats_for_a_person()) == [second, third, first]


def test_photos_and_place_wait_in_the_draft_meanwhile(account, says, writer):
    says(**photo(account))
    says(**locate_message())
    draft = Draft.objects.get()
    assert (draft.photos.count(), round(draft.place.x, 4), draft.text) == (1, 10.005, "Có ổ gà trước cổng")
    assert [line.text for line in persons.read_chat(writer) if line.theirs][-2:] == ["📷", "📍 50.005200, 10.005000"]
    assert not Report.objects.exists()


def test_a_pressed_button_is_read_by_its_title(says, writer):
    says("menu")
    says(**locate_message())
    says("#kinds")
    assert ChatEvent.objects.latest("pk").words == "Chọn loại việc khác"


def test_words_of_a_chat_lie_encrypted(says, writer):
    assert ChatEvent.objects.order_by("pk").values_list("words", flat=True)[0] == "Có ổ gà trước cổng"
    assert not any("ổ gà".encode() in stored for stored in stored_values(ChatEvent, "words"))
