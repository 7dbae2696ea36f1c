"""The page of the own sign-in: password, factors, recovery codes, sessions."""

import json
import re

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from django.utils import translation

from geoapp.http.session_store import SessionStore, stored_key
from incidents.accounts import sessions
from incidents.accounts.devices import device_name
from incidents.models import AccountLine, RecoveryCode, SecondFactor, SignIn, User
from tests.fakes.passkey import Authenticator
from tests.incidents.accounts.conftest import PASSWORD, age_proof, code_of, enter, give_app, running, sign_in

PAGE = "/people/me/sign-in/"
NEW = "deep-water-harbour-7"


def change_password(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post(f"{PAGE}password/", {"old_password": old, "new_password1": new, "new_password2": again})


def test_a_new_password_ends_all_other_sessions(officer):
    here, elsewhere = sign_in(officer), sign_in(officer)
    assert running(officer) == 2
    assert change_password(here).url == PAGE
    assert here.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 302
    assert (enter()[1].status_code, enter(password=NEW)[1].status_code) == (200, 302)
    assert list(AccountLine.objects.values_list("kind", "by", "person")) == [("password", "officer", "officer")]


@pytest.mark.parametrize("fields", [
    {"old": "wrong"}, {"new": "short", "again": "short"}, {"again": "another-one-7"},
    {"new": "password1234", "again": "password1234"}, {"new": "12345678901234", "again": "12345678901234"},
])  # fmt: skip
def test_a_password_that_is_no_good_is_refused(officer, fields):
    client = sign_in(officer)
    answer = change_password(client, **fields)
    assert answer.status_code == 400
    assert answer.content.decode().count('aria-invalid="true"') == 1
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


def test_the_first_app_comes_with_recovery_codes(officer):
    client, elsewhere = sign_in(officer), sign_in(officer)
    page = client.get(f"{PAGE}app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert "data:image/svg+xml" in page
    assert client.post(f"{PAGE}app/", {"app-code": "000000"}).status_code == 400
    page = client.post(f"{PAGE}app/", {"app-code": code_of(secret)}).content.decode()
    assert len(re.findall(r"<code>[a-z2-7]{4}(?:-[a-z2-7]{4}){3}</code>", page)) == 10
    assert RecoveryCode.objects.filter(user=officer).count() == 10
    assert elsewhere.get("/desk/").status_code == 302, "the other sessions were begun without it"
    assert client.get("/desk/").status_code == 200


def test_a_passkey_is_added_and_named(officer):
    client, device = sign_in(officer), Authenticator()
    options = json.loads(client.post(f"{PAGE}passkey/").content)
    assert options["user"]["name"] == "officer"
    client.post(f"{PAGE}passkey/", {"made": device.create(options), "name": "  Office   key "})
    assert list(SecondFactor.objects.values_list("kind", "name")) == [("passkey", "Office key")]
    options = json.loads(client.post(f"{PAGE}passkey/").content)
    assert len(options["excludeCredentials"]) == 1


@pytest.mark.parametrize("origin", ["https://testserver", "http://evil.example"])
def test_a_passkey_of_another_site_is_not_kept(officer, origin):
    client, device = sign_in(officer), Authenticator(origin)
    options = json.loads(client.post(f"{PAGE}passkey/").content)
    assert client.post(f"{PAGE}passkey/", {"made": device.create(options)}).status_code == 400
    assert not SecondFactor.objects.exists()


def test_factors_are_changed_only_after_a_fresh_proof(officer):
    client = sign_in(officer)
    secret = give_app(officer)
    factor = SecondFactor.objects.get()
    age_proof(client)
    for path in (f"{PAGE}codes/", f"{PAGE}password/", f"{PAGE}factors/{factor.pk}/remove/", f"{PAGE}passkey/"):
        assert client.post(path).status_code == 403
    assert client.get(f"{PAGE}app/").url == "/sign-in/again/?next=%2Fpeople%2Fme%2Fsign-in%2Fapp%2F"
    client.post(f"{PAGE}factors/{factor.pk}/remove/", {"factor-code": code_of(secret)})
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert list(AccountLine.objects.values_list("kind", flat=True)) == ["removed", "factor"]


def test_nobody_touches_the_factors_of_others(officer, outsider):
    give_app(outsider)
    client = sign_in(officer)
    factor = SecondFactor.objects.get()
    assert client.post(f"{PAGE}factors/{factor.pk}/remove/").status_code == 404


# ---- sessions ----


def test_the_own_sessions_are_seen_and_ended(officer, outsider):
    here, elsewhere, theirs = sign_in(officer), sign_in(officer), sign_in(outsider)
    page = here.get(PAGE).content.decode()
    assert page.count("127.0.0.1") == 2
    other = SignIn.objects.get(session=stored_key(elsewhere.session.session_key))
    assert here.post(f"{PAGE}sessions/{other.pk}/end/").url == PAGE
    assert elsewhere.get("/desk/").status_code == 302
    foreign = SignIn.objects.get(user=outsider)
    assert here.post(f"{PAGE}sessions/{foreign.pk}/end/").status_code == 404
    assert theirs.get("/desk/").status_code == 200
    sign_in(officer), sign_in(officer)
    here.post(f"{PAGE}sessions/end/")
    assert (running(officer), running(outsider)) == (1, 1)


def test_database_keeps_no_key_of_a_session(officer):
    client = sign_in(officer)
    (row,) = Session.objects.all()
    assert client.cookies["sessionid"].value not in str(Session.objects.values()) + str(SignIn.objects.values())
    client.cookies["sessionid"] = row.session_key  # as who has read the table
    assert client.get("/desk/").status_code == 302
    assert running(officer) == 1


def test_session_is_the_same_for_asynchronous_code(officer):
    async def tell(store):
        await store.acreate()
        await store.aset("seen", 1)
        await store.asave()
        stored = await SessionStore(store.session_key).aget("seen")
        await store.adelete()
        return stored, await store.aexists(store.session_key)

    assert async_to_sync(tell)(SessionStore()) == (1, False)


def test_a_session_without_its_row_is_over(officer):
    client = sign_in(officer)
    SignIn.objects.all().delete()
    assert client.get("/desk/").status_code == 302


def test_an_ended_session_ends_its_streams(officer):
    client = sign_in(officer)
    request = RequestFactory().get("/live/desk/")
    request.session = client.session
    assert sessions.current_user(request) == officer
    sessions.end_sessions(SignIn.objects.all())
    assert sessions.current_user(request).is_anonymous


@pytest.mark.parametrize(("agent", "name"), [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome, Windows"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
    ("curl/8.5.0 more", "curl/8.5.0"),
    ("", "unknown device"),
])  # fmt: skip
def test_devices_are_named_as_people_call_them(agent, name):

    with translation.override("en"):
        assert device_name(agent) == name
