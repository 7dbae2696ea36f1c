"""The page of one person, the form of a new one, the overview of the administration, and the header of staff."""

import re

import pytest
from django.urls import reverse

from incidents.models import AccountLine, Membership, SignIn, User
from incidents.people import staff_accounts
from tests import factories
from tests.incidents.accounts.conftest import give_app
from tests.incidents.people.test_people import client_of
from tests.pages import one_line

ROLE = Membership.Role
PASSWORD = "harbour-lantern-9"


@pytest.fixture
def chief(town):
    return factories.person("chief", town.desk, ROLE.ADMIN)


@pytest.fixture
def browser(chief):
    return client_of(chief)


def kinds(person):
    return list(AccountLine.objects.filter(person_key=person.pk).order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize(("language", "name"), [("vi", "Nguyễn Thị Hạnh"), ("en", "Hạnh Nguyễn Thị")])
def test_full_name_follows_order_of_citys_language(settings, language, name):
    settings.LANGUAGE_CODE = language
    assert User(last_name="Nguyễn Thị", first_name="Hạnh").get_full_name() == name
    assert [User(last_name="Hạnh").get_full_name(), User(first_name="Hạnh").get_full_name()] == ["Hạnh", "Hạnh"]


def test_name_in_the_list_opens_page_without_password_fields(town, browser, officer):
    User.objects.filter(pk=officer.pk).update(last_name="Nguyễn Thị", first_name="Hạnh", email="hanh@city.example")
    give_app(officer)
    assert f'href="/people/{officer.pk}/"' in browser.get("/people/").text
    page = one_line(browser.get(f"/people/{officer.pk}/"))
    assert "<h1>Nguyễn Thị Hạnh</h1>" in page
    for words in (
        "Family and middle names",
        "Officer, Old Wharf Office",
        "current",
        "Code from an app",
        "Lock the account",
    ):
        assert words in page, words
    assert re.search(r"pbkdf2|argon2|scrypt|md5\$|salt|/admin/", page) is None


def test_raw_administration_shows_no_hash_and_lists_no_accounts(admin_client, town, officer):
    page = admin_client.get(f"/admin/incidents/user/{officer.pk}/change/").text
    assert "id_password" not in page
    assert officer.password.split("$")[-1][:6] not in page
    assert 'href="/admin/incidents/user/"' not in admin_client.get("/admin/").text


def test_new_person_is_opened_and_given_a_post(town, browser):
    fields = {"username": "lan", "last_name": "Trần", "first_name": "Lan", "language": "vi", "password": PASSWORD}
    answer = browser.post("/people/new/", fields)
    person = User.objects.get(username="lan")
    assert (answer.url, person.get_full_name(), person.check_password(PASSWORD)) == (
        f"/people/{person.pk}/", "Trần Lan", True,
    )  # fmt: skip
    post = {"role": "officer", "authority": town.office.pk}
    assert browser.post(f"/people/{person.pk}/posts/", post).status_code == 302
    again = browser.post(f"/people/{person.pk}/posts/", post)
    assert (again.status_code, "already holds this post" in again.text) == (400, True)
    membership = person.memberships.get()
    assert (membership.waiting, membership.asked_by.username) == (True, "chief")
    assert browser.post(f"/people/{person.pk}/posts/{membership.pk}/end/").status_code == 302
    assert kinds(person) == ["opened", "asked", "ended"]


def test_powerful_post_stands_there_as_waiting(town, browser, officer):
    answer = browser.post(f"/people/{officer.pk}/posts/", {"role": "control", "authority": town.desk.pk}, follow=True)
    assert "waiting for approval" in one_line(answer)
    assert officer.memberships.get(role="control").waiting


@pytest.mark.parametrize(("path", "fields", "faults"), [
    ("/people/new/", {"username": "", "email": "x", "phone": "12", "password": "short", "language": "vi"}, 4),
    ("/people/new/", {"username": "officer", "language": "xx"}, 2),
    ("/people/%d/change/", {"email": "no", "phone": "abc", "language": "vi"}, 2),
    ("/people/%d/posts/", {"role": "king", "authority": "9" * 30, "area": "x", "starts": "soon"}, 4),
    ("/people/%d/posts/", {"role": "officer", "starts": "2026-05-02", "ends": "2026-05-01"}, 2),
    ("/people/%d/password/", {"password": ""}, 1),
    ("/people/%d/password/", {"password": "123"}, 1),
])  # fmt: skip
def test_faulty_forms_are_told_by_their_fields(town, browser, officer, path, fields, faults):
    answer = browser.post(path.replace("%d", str(officer.pk)), fields)
    assert answer.status_code == 400
    assert answer.text.count('aria-invalid="true"') == faults


def test_locked_person_is_signed_out_until_unlocked(town, browser, officer, client):
    assert client.post("/sign-in/", {"username": "officer", "password": "secret-harbour"}).status_code == 302
    assert client.get("/desk/").status_code == 200
    browser.post(f"/people/{officer.pk}/lock/")
    officer.refresh_from_db()
    assert (officer.is_active, SignIn.objects.filter(user=officer).count()) == (False, 0)
    assert client.get("/desk/").status_code == 302
    page = one_line(browser.get(f"/people/{officer.pk}/"))
    assert ("Unlock the account" in page, "locked" in page, "Assign a post" in page) == (True, True, False)
    assert staff_accounts.account_state(officer) == "locked"
    browser.post(f"/people/{officer.pk}/unlock/")
    assert client.post("/sign-in/", {"username": "officer", "password": "secret-harbour"}).status_code == 302
    browser.post(f"/people/{officer.pk}/sign-out/")
    assert not SignIn.objects.filter(user=officer).exists()
    assert kinds(officer) == ["locked", "unlocked", "signed_out"]


def test_set_password_ends_sessions_and_is_never_shown(town, browser, officer, client):
    client.post("/sign-in/", {"username": "officer", "password": "secret-harbour"})
    answer = browser.post(f"/people/{officer.pk}/password/", {"password": PASSWORD}, follow=True)
    officer.refresh_from_db()
    assert (officer.check_password(PASSWORD), PASSWORD in answer.text) == (True, False)
    assert not SignIn.objects.filter(user=officer).exists()
    assert kinds(officer) == ["password"]


@pytest.mark.parametrize("path", ["lock/", "unlock/", "sign-out/", "password/", "change/"])
def test_account_of_who_may_do_everything_is_not_touched(town, browser, admin_user, path):
    before = User.objects.values().get(pk=admin_user.pk)
    fields = {"password": PASSWORD, "last_name": "Other", "language": "vi"}
    assert browser.post(f"/people/{admin_user.pk}/{path}", fields).status_code == 302
    assert User.objects.values().get(pk=admin_user.pk) == before
    assert kinds(admin_user) == []


def test_nobody_locks_the_own_account(town, browser, chief):
    browser.post(f"/people/{chief.pk}/lock/")
    chief.refresh_from_db()
    assert chief.is_active


def test_changed_fields_stand_in_the_ledger_by_name_only(town, browser, officer):
    fields = {"last_name": "Lê", "first_name": "An", "phone": "", "email": "an@city.example", "language": "vi"}
    browser.post(f"/people/{officer.pk}/change/", fields)
    line = AccountLine.objects.get(person_key=officer.pk)
    assert (line.kind, line.what) == ("changed", "email, first_name, last_name")
    browser.post(f"/people/{officer.pk}/change/", fields)
    assert AccountLine.objects.filter(person_key=officer.pk).count() == 1


def test_others_find_no_such_pages(town, officer):
    for path in ("/administration/", "/people/new/", f"/people/{officer.pk}/", f"/people/{officer.pk}/lock/"):
        browser = client_of(officer)
        assert {browser.get(path).status_code, browser.post(path).status_code} <= {404, 405}, path


# ---- the overview and the header ----


def test_overview_leads_to_pages_that_open_and_counts_what_waits(town, browser, officer):
    browser.post(f"/people/{officer.pk}/posts/", {"role": "control", "authority": town.desk.pk})
    page = browser.get("/administration/")
    addresses = re.findall(r'<li>\s*<a href="([^"]+)"', page.text)
    assert {"/people/", "/privacy/", "/privacy/views/", "/routing/", "/cameras/faults/", "/admin/"} <= set(addresses)
    assert {address: browser.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
    assert '<span class="count hot num">1' in one_line(page)


@pytest.mark.parametrize(("role", "paths"), [
    (ROLE.ADMIN, ["people", "privacy", "personal-views", "routing", "notices", "people-me", "security"]),
    (ROLE.SUPERVISOR, ["watch", "desk-enquiries", "looks"]),
    (ROLE.LEADER, ["lead", "directives", "desk-crews", "announcing"]),
    (ROLE.DISPATCHER, ["moderation", "routing"]),
    (ROLE.TECHNICIAN, ["camera-faults", "camera-health", "register", "coverage"]),
    (ROLE.GIS, ["editions"]),
])  # fmt: skip
def test_pages_of_staff_wear_the_header_of_staff(town, role, paths):
    person = factories.person("one", town.desk, role)
    browser = client_of(person)
    for name in paths:
        answer = browser.get(reverse(name))
        bar = answer.text[answer.text.index('class="bar') : answer.text.index("</header>")]
        assert ("staff-bar" in bar, 'href="/report/"' in bar, ">one<" in bar) == (True, False, True), name
    public = browser.get("/stats/").text
    assert ("staff-bar" in public, 'href="/report/"' in public) == (False, True)


def test_raw_administration_wears_the_header_of_staff(town, browser):
    page = browser.get("/admin/incidents/category/").text
    bar = page[page.index('class="bar staff-bar"') : page.index("</header>")]
    assert [address in bar for address in ('"/administration/"', '"/people/"', '"/sign-out/"', ">chief<")] == [True] * 4
    assert "/admin/password_change/" not in page
