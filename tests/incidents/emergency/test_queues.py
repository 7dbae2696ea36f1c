"""Test who is told first, the queue of the emergency at desk and control room, and the report afterwards."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents import workflow
from incidents.channels.chat import conversation
from incidents.channels.chat_input import ChatInput
from incidents.emergency import reviewing, switching
from incidents.models import Correspondent, Incident, Membership
from tests import factories


@pytest.fixture
def four_incidents(emergency, flood, town):
    """Three floods, two of them in Old Wharf, and a pothole."""
    return {
        "new": factories.incident(flood, text="Nước vào nhà"),
        "done": factories.incident(flood, text="Ngập hẻm"),
        "elsewhere": factories.incident(flood, factories.IN_NEW),
        "hole": factories.incident(town.hole),
    }


def references(answer):
    return [row.reference for _name, rows in answer.context["groups"] for row in rows]


def test_desk_has_a_queue_of_the_emergency(client, four_incidents, town):
    client.force_login(factories.person("plumber", town.water))
    answer = client.get("/desk/?show=emergency")
    assert set(references(answer)) == {four_incidents["new"].reference, four_incidents["done"].reference}
    client.force_login(factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER))
    assert set(references(client.get("/desk/?show=emergency"))) == set(references(answer))


def test_queue_goes_with_the_emergency(client, four_incidents, town, emergency, controller):
    switching.switch_off(emergency, by=controller, seen=emergency.lines.get().pk)
    client.force_login(factories.person("plumber", town.water))
    tabs = [tab["name"] for tab in client.get("/desk/").context["tabs"]]
    assert ("emergency" in tabs, references(client.get("/desk/?show=emergency"))) == (False, [])


def test_control_room_narrows_its_list_to_the_emergency(client, four_incidents, controller):
    client.force_login(controller)
    narrowed = client.get("/control/queue/?only=mode")
    shown = {line.incident.reference for line in narrowed.context["lines"]}
    assert shown == {four_incidents["new"].reference, four_incidents["done"].reference}
    assert 'data-only="mode"' in client.get("/control/queue/").text


def test_chat_says_it_first_and_once(emergency):
    writer = Correspondent.objects.create(user="webchat:k3emergency")

    def say(words):
        heard = ChatInput("sent", event_id=words, user=writer.user, at=now(), text=words)
        return conversation.answer_message(writer, heard, []).text

    first, second = say("xin chào"), say("giúp")
    assert (first.startswith("Mưa rất to, triều cường."), "Mưa rất to" in second) == (True, False)


def test_operators_read_it_to_callers_first(client, emergency, town):
    client.force_login(factories.person("operator", town.desk, Membership.Role.OPERATOR))
    page = client.get("/operator/").text
    assert ("Đọc trước tiên:" in page, "Lên chỗ cao." in page) == (True, True)


def test_box_says_it_before_the_answer(client, emergency):
    card = client.get("/box/?q=ổ+gà+ở+Harbour+Road").text
    assert card.index("Mưa rất to, triều cường") < card.index("reading-title", card.index("<p"))


def test_review_counts_by_kind_ward_and_first_answer(four_incidents, emergency, town):
    plumber = factories.person("plumber", town.water)
    workflow.move(four_incidents["done"], "accept", by=plumber)
    workflow.move(four_incidents["done"], "resolve", by=plumber, note="Đã bơm")
    figures = reviewing.review(emergency, Incident.objects.all())
    total = figures.total
    assert (total.reports, total.incidents, total.open, total.done, total.answered) == (2, 2, 1, 1, 1)
    assert [(row.name, row.incidents) for row in figures.kinds] == [(("Rò rỉ nước", "Water leak"), 2)]
    assert [(row.name[0], row.incidents) for row in figures.wards] == [("Phường Old Wharf", 2)]
    assert (total.first_answer < timedelta(minutes=5), sum(row.incidents for row in figures.hours)) == (True, 2)


def test_report_afterwards_is_a_page_and_a_file(client, four_incidents, emergency, controller):
    client.force_login(controller)
    page = client.get(f"/emergencies/{emergency.pk}/report/")
    assert (page.status_code, "Rò rỉ nước" in page.text, four_incidents["new"].reference in page.text) == (
        200,
        True,
        True,
    )
    lines = client.get(f"/emergencies/{emergency.pk}/report.csv").text.lstrip("\ufeff").splitlines()
    assert (lines[0].split(",")[:3], len(lines)) == (["Bảng", "Tên", "Số phản ánh"], 5)
