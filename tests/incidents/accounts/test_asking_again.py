"""What is delicate asks for the second factor again: exports of personal data, rules, people and posts."""

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse

from incidents.models import Category, Membership, RoutingRule, SubjectRequest
from incidents.page_access import AsksAgain
from tests import factories
from tests.incidents.accounts.conftest import age_proof, code_of, give_app, give_passkey, new_client

ADMIN = {  # what is changed on these pages of the administration
    "user", "membership", "grouppost", "authority", "category", "calendarday", "servicelevel", "routingrule",
    "escalationstep", "apikey", "enquiryterm",
}  # fmt: skip
PAGES = {  # the addresses that ask for the second factor again, by their names
    "people-leave", "people-lost", "people-decide", "person-new", "person-change", "person-password", "person-lock",
    "person-unlock", "person-sign-out", "person-post", "person-post-end",
    "privacy-data", "privacy-data-json", "privacy-done", "evidence-export", "looks-csv", "watch-changes-csv",
    "routing-accept", "edition-enact", "edition-take-back",
    "security-password", "security-app", "security-passkey", "security-codes", "security-remove",
}  # fmt: skip
PARTS = {"pk": 1, "code": "x", "reference": "A1", "what": "post", "post": 1}


@pytest.fixture
def mighty(db):
    return factories.mighty(factories.person("mighty"))


@pytest.fixture
def stale(mighty):
    """A browser of somebody who may do everything, has a second factor, and gave it a while ago."""
    mighty.secret = give_app(mighty)
    client = new_client()
    client.force_login(mighty)
    age_proof(client)
    client.person = mighty
    return client


def test_which_addresses_ask_again():
    views = [pattern for part in get_resolver().url_patterns for pattern in getattr(part, "url_patterns", [part])]
    assert {view.name for view in views if getattr(view.callback, "asks_again", False)} == PAGES
    administered = {
        model._meta.model_name for model, page in admin.site._registry.items() if isinstance(page, AsksAgain)
    }
    assert administered == ADMIN


@pytest.mark.usual_rows(9)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_of_them_asks(stale, town, name):
    parts = get_resolver().reverse_dict[name][0][0][1]
    path = reverse(name, kwargs={part: PARTS[part] for part in parts})
    answers = [stale.get(path), stale.post(path)]
    is_asked = [answer.status_code == 302 and answer.url.startswith("/sign-in/again/") for answer in answers]
    is_asked += [b"needs your second factor again" in answer.content for answer in answers]
    assert any(is_asked)


@pytest.mark.parametrize("page", ["add/", "1/change/", "1/delete/", "1/password/"])
def test_pages_of_people_ask(stale, town, page):
    assert stale.get(f"/admin/incidents/user/{page}").url.startswith("/sign-in/again/")


def test_actions_on_lists_ask(stale, town):
    answer = stale.post("/admin/incidents/membership/", {"action": "delete_selected", "_selected_action": 1})
    assert answer.status_code == 403


def test_a_page_asks_and_goes_on(stale, town):
    answer = stale.get("/admin/incidents/routingrule/add/")
    assert answer.url == "/sign-in/again/?next=%2Fadmin%2Fincidents%2Froutingrule%2Fadd%2F"
    assert "Is it you?" in stale.get(answer.url).content.decode()
    fields = {"factor-code": code_of(stale.person.secret), "next": "/admin/incidents/routingrule/add/"}
    answer = stale.post("/sign-in/again/", fields)
    assert answer.url == "/admin/incidents/routingrule/add/"
    assert stale.get(answer.url).status_code == 200


def test_what_a_form_sent_is_kept_and_sent_with_the_code(stale, town):
    path = "/admin/incidents/routingrule/add/"
    rule = {"category": town.pipes.pk, "area": town.old.pk, "authority": town.water.pk, "reason": "By law"}
    before = RoutingRule.objects.count()
    page = stale.post(path, rule)
    assert (page.status_code, RoutingRule.objects.count()) == (403, before)
    assert '<input type="hidden" name="reason" value="By law">' in page.content.decode()
    assert stale.post(path, rule | {"factor-code": "000000"}).status_code == 403
    assert stale.post(path, rule | {"factor-code": code_of(stale.person.secret)}).status_code == 302
    assert RoutingRule.objects.count() == before + 1


def test_a_passkey_proves_it_again(mighty, town):
    device = give_passkey(mighty)
    client = new_client()
    client.force_login(mighty)
    answer = client.get("/admin/incidents/category/add/")
    options = client.post("/sign-in/passkey/").json()
    client.post("/sign-in/again/", {"factor-passkey": device.get(options)})
    assert answer.status_code == 302
    assert client.get("/admin/incidents/category/add/").status_code == 200


def test_a_proof_counts_a_quarter_of_an_hour(stale, town):
    age_proof(stale, 14 * 60)
    assert stale.get("/admin/incidents/category/add/").status_code == 200
    age_proof(stale, 15 * 60 + 1)
    assert stale.get("/admin/incidents/category/add/").status_code == 302


def test_the_field_code_of_a_category_is_no_proof(stale, town):
    answer = stale.post("/admin/incidents/category/add/", {"code": code_of(stale.person.secret)})
    assert answer.status_code == 403
    assert not Category.objects.filter(code=code_of(stale.person.secret)).exists()


def test_an_export_of_personal_data_asks_again(town, moment, stale):
    subject_request = SubjectRequest.objects.create(
        kind="access", phone="+84901234567", answer_by=moment, done_by=moment
    )
    path = f"/privacy/{subject_request.pk}/data.json"
    assert stale.post(path).status_code == 403
    answer = stale.post(path, {"factor-code": code_of(stale.person.secret)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_who_has_no_factor_is_not_asked(town):
    admin = factories.person("admin", town.desk, Membership.Role.ADMIN)
    client = new_client()
    client.force_login(admin)
    assert client.get("/admin/incidents/routingrule/add/").status_code == 200
