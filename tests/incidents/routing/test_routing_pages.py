"""Pages to check, try, change and propose routing rules."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from pytest_django.asserts import assertContains

from incidents import workflow
from incidents.models import Authority, Membership, RoutingRule, RuleProposal
from incidents.routing import proposals
from incidents.templatetags.incident_words import time_element
from tests import factories
from tests.pages import one_line

ROLE = Membership.Role


@pytest.fixture
def dispatcher(town, client):
    """The signed-in dispatcher; the lamp department fills the town's one gap."""
    lamps = Authority.objects.create(code="lamps", kind="LAMP", name="Đèn đường", name_en="Lamp Department")
    RoutingRule.objects.create(category=town.unclear, authority=lamps, reason="Đèn.")
    for unit in Authority.objects.all():
        unit.contacts.create(label="Trực ban", phone="+84280000001")
    person = factories.person("dispatcher", town.desk, ROLE.DISPATCHER)
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (None, 404),
        (ROLE.OFFICER, 404),
        (ROLE.LEADER, 404),
        (ROLE.SUPERVISOR, 404),
        (ROLE.DISPATCHER, 200),
        (ROLE.ADMIN, 200),
    ],
)
def test_only_dispatchers_and_administrators_find_the_pages(town, client, role, status):
    client.force_login(factories.person("somebody", town.desk if role else None, role or ROLE.OFFICER))
    assert [client.get(page).status_code for page in ("/routing/", "/routing/try/")] == [status, status]


def test_a_stranger_is_asked_to_sign_in(town, client):
    assert client.get("/routing/").headers["Location"] == "/sign-in/?next=/routing/"


def test_the_check_says_that_every_point_has_its_unit(dispatcher, client):
    page = client.get("/routing/?check").content.decode()
    assert "Mỗi điểm, mỗi loại việc đều có đúng một đơn vị" in page
    assert "5 loại việc × 2 phần của thành phố = 10 trường hợp" in page


def test_the_check_names_what_is_missing(dispatcher, town, client):
    RoutingRule.objects.filter(category=town.unclear).delete()
    page = client.get("/routing/?check").content.decode()
    assert "Chưa rõ: không có đơn vị nào phụ trách" in page


@pytest.mark.parametrize(
    ("language", "reason"), [("vi", "Việc này do phường xử lý."), ("en", "The ward handles this.")]
)
def test_reasons_of_rules_are_in_the_readers_language(dispatcher, client, language, reason):
    client.cookies["django_language"] = language
    assertContains(client.get("/routing/"), reason)


def test_rules_are_found_without_diacritics(dispatcher, client):
    assert client.get("/routing/?q=cap nuoc").content.decode().count('<td class="small">') == 1
    assert "Không có quy tắc nào" in client.get("/routing/?q=xyz").content.decode()


def row(category="", area="", to="", reason="", reason_en=""):
    return {"category": category, "area": area, "to": to, "reason": reason, "reason_en": reason_en}


def post(client, *rows, **more):
    """Send rows as the page does: each field once for each row."""
    return client.post("/routing/try/", {name: [sent_row[name] for sent_row in rows] for name in row()} | more)


def test_a_change_is_tried_before_it_is_made(dispatcher, town, client):
    incident = factories.incident(town.waste)
    change = row("ST.2", "001", "water", "Rác ở đây do công ty dọn.")
    page = one_line(post(client, change, do="try"))
    assert '<b class="num">1</b> trong <b class="num">1</b> việc' in page
    assert (incident.reference in page, RoutingRule.objects.filter(area=town.old).count()) == (True, 0)
    answer = post(client, change, do="make")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/routing/")
    assert RoutingRule.objects.get(area=town.old).authority == town.water
    assert LogEntry.objects.get().user == dispatcher
    assert factories.incident(town.waste).authority == town.water


def test_a_rule_is_taken_away(dispatcher, town, client):
    RoutingRule.objects.create(category=town.waste, area=town.old, authority=town.water, reason="x")
    post(client, row("ST.2", "001", "-"), row(), do="make")
    assert RoutingRule.objects.filter(area=town.old).count() == 0


def test_a_change_that_leaves_somebody_out_is_refused(dispatcher, town, client):
    answer = post(client, row("WA", to="-"), do="make")
    assert (answer.status_code, RoutingRule.objects.filter(category=town.pipes).count()) == (409, 1)
    assert "Rò rỉ nước: không có đơn vị nào phụ trách" in answer.content.decode()


def fields_of(answer):
    """{field: value} of each row of the page."""
    rows = one_line(answer).split("<fieldset")[1:]
    return [
        {name: (re.search(rf'name="{name}".*?</select>', row)[0].split('" selected')[0].rpartition('"')[2]
                if " selected" in re.search(rf'name="{name}".*?</select>', row)[0] else "")
         for name in ("category", "area", "to")}
        | {"reason": re.search(r'name="reason" value="(.*?)"', row)[1]}
        for row in rows
    ]  # fmt: skip


def test_rows_are_added_and_left_out_and_begin_as_a_rule_is(dispatcher, town, client):
    rule = RoutingRule.objects.create(category=town.waste, area=town.old, authority=town.water, reason="Vì thế")
    stands = {"category": "ST.2", "area": "001", "to": "water", "reason": "Vì thế"}
    empty = dict.fromkeys(stands, "")
    assert fields_of(client.get(f"/routing/try/?rule={rule.pk}")) == [stands]
    assert fields_of(client.get("/routing/try/?rule=x&rule=99999999999999999999")) == [empty]
    assert fields_of(post(client, row("ST.2", "001", "water", "Vì thế"), do="add")) == [stands, empty]
    assert fields_of(post(client, row("WA"), row("ST.2", "001", "water", "Vì thế"), drop="1")) == [stands]
    assert fields_of(post(client, row("WA"), drop="1")) == [empty]


@pytest.mark.parametrize(("rows", "faults"), [
    ([], ["Hãy nhập ít nhất một thay đổi."]),
    ([row()], ["Hãy nhập ít nhất một thay đổi."]),
    ([row("ST.7", "999", "nobody", "Vì thế")],
     ["Không có lĩnh vực này.", "Không có khu vực này.", "Không có đơn vị này."]),
    ([row("ST.2")], ["Hãy chọn đơn vị.", "Hãy nhập lý do: người dân đọc được."]),
    ([row("ST.2", to="water", reason="a"), row("ST.2", to="local", reason="b")],
     ["Rác thải × toàn thành phố → đơn vị tại chỗ được ghi hơn một lần."]),
    ([row("ST.2", to="water", reason="x" * 201)], ["Lý do dài hơn 200 ký tự."]),
    ([row("ST.2", to="water", reason="a")] * 21, ["Mỗi lần tối đa 20 quy tắc."]),
])  # fmt: skip
def test_faulty_rows_are_refused_each_with_its_sentence(dispatcher, client, rows, faults):
    before = list(RoutingRule.objects.values_list("pk", "authority"))
    answer = post(client, *rows, do="make")
    messages = re.findall(r'class="error".*?<span>(.*?)</span>', one_line(answer))
    assert (answer.status_code, list(RoutingRule.objects.values_list("pk", "authority"))) == (400, before)
    assert messages[: len(faults)] == faults


def test_proposal_is_accepted_once_with_a_reason_for_citizens(dispatcher, town, client, officer):
    for _n in range(5):
        incident = factories.incident(town.waste)
        workflow.move(incident, "hand_over", by=officer, to=town.water, note="Không phải việc của phường")
    (proposal,) = proposals.propose_rules()
    page = one_line(client.get("/routing/"))
    assert "Rác thải × Phường Old Wharf → Cấp nước" in page
    assert f"Đề xuất {time_element(proposal.proposed_at)}" in page
    refused = client.post(f"/routing/proposals/{proposal.pk}/accept/", {"reason": ""})
    assert (refused.status_code, "Hãy nhập lý do: người dân đọc được." in refused.content.decode()) == (400, True)
    client.post(f"/routing/proposals/{proposal.pk}/accept/", {"reason": "Công ty dọn rác ở đây."})
    assert RoutingRule.objects.get(area=town.old).reason == "Công ty dọn rác ở đây."
    late = client.post(f"/routing/proposals/{proposal.pk}/dismiss/")
    assert (late.status_code, RuleProposal.objects.get().state) == (409, "accepted")


def test_administration_refuses_a_rule_for_an_area_not_in_force(town, client):
    client.force_login(factories.superuser("root"))
    draft = factories.redrawn_town(town)
    rule = {"category": town.hole.pk, "authority": town.water.pk, "reason": "Vì thế"}
    refused = client.post("/admin/incidents/routingrule/add/", rule | {"area": draft.middle.pk})
    assert "Địa bàn này hôm nay không có hiệu lực" in refused.content.decode()
    answer = client.post("/admin/incidents/routingrule/add/", rule | {"area": town.old.pk}, follow=True)
    assert 'href="/routing/?check"' in answer.content.decode()
    assert list(RoutingRule.objects.filter(area__isnull=False).values_list("area__code", flat=True)) == ["001"]
