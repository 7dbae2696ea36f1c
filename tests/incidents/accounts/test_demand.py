"""A city demands a second factor of some posts: nothing else is reachable before."""

import re

import pytest
from django.test import RequestFactory

from incidents.accounts import factors, sessions
from incidents.models import Membership
from tests import factories
from tests.incidents.accounts.conftest import code_of, enter, give_app, new_client, sign_in


@pytest.fixture
def demand_second_factor(settings):
    settings.SECOND_FACTOR_ROLES = ["officer"]


@pytest.mark.parametrize(("roles", "role", "mighty", "owes"), [
    ([], "officer", False, False),
    ([], "officer", True, False),
    (["officer"], "officer", False, True),
    (["admin", "control"], "officer", False, False),
    (["admin", "control"], "control", False, True),
    (["admin"], "officer", True, True),
    (["all"], "gis", False, True),
])  # fmt: skip
def test_of_whom_it_is_demanded(town, roles, role, mighty, owes):
    person = factories.person("one", town.desk, role)
    if mighty:
        factories.mighty(person)
    assert factors.is_demanded(person, roles) == owes


def test_who_has_none_is_led_to_set_one_up(demand_second_factor, officer):
    client, answer = enter()
    assert answer.url == "/after-sign-in/"
    answer = client.get("/after-sign-in/", follow=True)
    assert answer.redirect_chain[-1][0] == "/people/me/sign-in/"
    assert "Your posts require a second factor" in answer.content.decode()


@pytest.mark.parametrize(("path", "status"), [
    ("/desk/", 302), ("/live/desk/", 302), ("/people/me/", 302), ("/directives/", 302), ("/admin/", 302),
    ("/people/me/sign-in/", 200), ("/people/me/sign-in/app/", 200), ("/", 200), ("/sign-in/", 302),
])  # fmt: skip
def test_nothing_else_is_reachable_before(demand_second_factor, officer, path, status):
    client = sign_in(officer)
    assert client.get(path).status_code == status


def test_streams_end_for_who_owes_a_factor(officer, settings):
    client = sign_in(officer)
    request = RequestFactory().get("/live/desk/")
    request.session = client.session
    assert sessions.current_user(request) == officer
    settings.SECOND_FACTOR_ROLES = ["officer"]
    assert sessions.current_user(request).is_anonymous


def test_after_setting_one_up_all_is_reachable(demand_second_factor, officer):
    client = sign_in(officer)
    page = client.get("/people/me/sign-in/app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    client.post("/people/me/sign-in/app/", {"app-code": code_of(secret)})
    assert client.get("/desk/").status_code == 200


def test_a_session_from_before_the_demand_gives_the_factor(officer, settings):
    client = sign_in(officer)
    secret = give_app(officer)
    settings.SECOND_FACTOR_ROLES = ["officer"]
    answer = client.get("/desk/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/again/?next=%2Fdesk%2F"
    answer = client.post("/sign-in/again/", {"factor-code": code_of(secret), "next": "/desk/"}, follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/desk/", 302)], 200)


def test_a_demanded_factor_is_not_the_last_to_go(demand_second_factor, officer):
    secret = give_app(officer)
    client, _ = enter()
    client.post("/sign-in/second/", {"factor-code": code_of(secret)})
    client.post(f"/people/me/sign-in/factors/{factors.factors_of(officer).get().pk}/remove/")
    assert factors.has_factor(officer)


def test_a_deputy_owes_what_the_post_demands(demand_second_factor, officer, town, today):
    deputy = factories.person("deputy", town.office, Membership.Role.OPERATOR)
    assert not factors.is_demanded(deputy, ["officer"])
    factories.absence(officer, deputy, starts=today, ends=today)
    assert factors.is_demanded(deputy, ["officer"])


def test_forced_sessions_owe_it_too(demand_second_factor, officer):
    client = new_client()
    client.force_login(officer)
    assert client.get("/desk/").url == "/sign-in/?next=/desk/"
