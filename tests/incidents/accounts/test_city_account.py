"""Staff signs in by the city's OpenID provider, and is out here within a minute of being removed there."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils.timezone import now

from geoapp.http import openid
from incidents.accounts import factors, sessions
from incidents.models import Membership, SignIn, User
from tests import factories
from tests.fakes.openid import CLIENT, SECRET, Provider
from tests.incidents.accounts.conftest import (
    age_proof,
    code_of,
    enter,
    give_app,
    give_passkey,
    new_client,
    sign_in,
)

RS = "RS256"


@pytest.fixture
def provider(settings, monkeypatch, town):
    openid.PAGES.documents.clear()
    openid.PAGES.silent_until = 0.0
    monkeypatch.setattr(openid, "TIMEOUT_S", 60.0)  # however busy the machine is
    with Provider() as served:
        settings.OUTBOUND_ALLOWED = {"sign-in": ["private"]}
        settings.OIDC_ISSUER, settings.OIDC_NAME = served.url, "City ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        yield served


def come_in(provider, client=None, name="lan", purpose="", **query):
    """A browser that went to the provider and came back, and what was answered."""
    client = client or new_client()
    redirect = client.get("/sign-in/city/", {"for": purpose or "in"} | query)
    assert redirect.url.startswith(f"{provider.url}/auth?"), redirect.url
    return client, client.get(provider.agree(redirect.url, name))


def half_a_minute_later():
    SignIn.objects.update(checked_at=now() - timedelta(seconds=31))


def test_the_city_account_signs_in(provider):
    page = new_client().get("/sign-in/?next=/desk/").content.decode()
    assert "Sign in with City ID" in page
    client, answer = come_in(provider, next="/people/me/")
    assert answer.url == "/people/me/"
    assert client.get("/people/me/").status_code == 200
    person = User.objects.get(username="lan")
    assert (person.subject, person.has_usable_password()) == ("s-lan", False)
    row = SignIn.objects.get()
    assert (row.method, row.provider_session) == ("city", "sid-lan")
    assert row.refresh_token not in provider.tokens, "it is kept locked"
    assert provider.asked[0]["code_challenge_method"] == "S256"


def test_the_same_person_comes_back_to_the_same_account(provider):
    come_in(provider)
    provider.people["lan"]["preferred_username"] = "renamed"
    come_in(provider)
    assert list(User.objects.values_list("username", flat=True)) == ["lan"]


def test_a_name_that_is_taken_here_is_not_taken_over(provider, officer):
    provider.people["lan"]["preferred_username"] = "officer"
    client, _ = come_in(provider)
    assert client.get("/desk/").status_code == 404
    assert User.objects.get(subject="s-lan").username == "officer.2"
    officer.refresh_from_db()
    assert officer.subject is None


def test_who_is_removed_there_is_out_here(provider):
    client, _ = come_in(provider)
    half_a_minute_later()
    assert client.get("/people/me/").status_code == 200, "the token was renewed"
    del provider.people["lan"]
    assert client.get("/people/me/").status_code == 200, "asked a moment ago"
    half_a_minute_later()
    assert client.get("/people/me/").status_code == 302
    assert not SignIn.objects.exists()


def test_streams_of_who_is_removed_end(provider):
    client, _ = come_in(provider)
    request = RequestFactory().get("/live/desk/")
    request.session = client.session
    assert sessions.current_user(request).username == "lan"
    del provider.people["lan"]
    half_a_minute_later()
    assert sessions.current_user(request).is_anonymous


def test_while_the_provider_is_down_sessions_go_on(provider):
    client, _ = come_in(provider)
    provider.down = True
    half_a_minute_later()
    assert client.get("/people/me/").status_code == 200
    openid.PAGES.documents.clear()
    answer = new_client().get("/sign-in/city/")
    assert (answer.status_code, "City ID does not answer." in answer.content.decode()) == (503, True)
    provider.down = False
    del provider.people["lan"]
    half_a_minute_later()
    assert client.get("/people/me/").status_code == 302


def test_of_many_requests_one_asks_the_provider(provider):
    client, _ = come_in(provider)
    before = dict(provider.tokens)
    for _number in range(5):
        client.get("/people/me/")
    assert provider.tokens == before


# ---- posts by groups ----


def test_groups_give_posts_and_take_them(provider, town):
    factories.group_post(group="ward-001", authority=town.office, role="officer")
    factories.group_post(group="wall", authority=town.desk, role="control")
    provider.people["lan"]["groups"] = ["ward-001", "wall", "unknown"]
    client, _ = come_in(provider)
    posts = Membership.objects.order_by("role").values_list("role", "group", "waiting")
    assert list(posts) == [("control", "wall", True), ("officer", "ward-001", False)]
    assert client.get("/desk/").status_code == 200
    provider.people["lan"]["groups"] = ["wall"]
    half_a_minute_later()
    client.get("/people/me/")
    assert client.get("/desk/").status_code == 404
    assert list(Membership.objects.values_list("role", flat=True)) == ["control"]


def test_posts_by_hand_stay_whatever_the_groups(provider, town):
    come_in(provider)
    factories.post(user=User.objects.get(), authority=town.office, role="officer")
    come_in(provider)
    assert Membership.objects.count() == 1


# ---- second factors ----


@pytest.mark.parametrize(("amr", "home"), [(["pwd", "otp"], "/desk/"), (["pwd"], "/people/me/sign-in/")])
def test_the_providers_second_factor_counts(provider, town, settings, amr, home):
    factories.group_post(group="ward-001", authority=town.office, role="officer")
    provider.people["lan"]["groups"], provider.amr = ["ward-001"], amr
    settings.SECOND_FACTOR_ROLES = ["officer"]
    client, _ = come_in(provider)
    assert client.get("/after-sign-in/", follow=True).redirect_chain[-1][0] == home


def test_an_own_factor_is_asked_where_the_provider_had_none(provider):
    come_in(provider)
    secret = give_app(User.objects.get())
    SignIn.objects.all().delete()
    client, answer = come_in(provider)
    assert answer.url == "/sign-in/second/?next=%2Fafter-sign-in%2F"
    client.post("/sign-in/second/", {"factor-code": code_of(secret)})
    assert SignIn.objects.get().method == "city"
    del provider.people["lan"]
    half_a_minute_later()
    assert client.get("/people/me/").status_code == 302


def test_what_is_delicate_asks_to_sign_in_there_again(provider, town):
    client, _ = come_in(provider)
    factories.post(User.objects.get(), town.desk, "admin")
    age_proof(client)
    path = "/admin/incidents/routingrule/add/"
    page = client.get(path, follow=True)
    assert f"/sign-in/city/?for=again&amp;next={path}" in page.content.decode()
    _, answer = come_in(provider, client, purpose="again", next=path)
    assert provider.asked[-1]["prompt"] == "login"
    assert (answer.url, client.get(path).status_code) == (path, 200)


@pytest.mark.parametrize("fault", ["old", "somebody else"])
def test_an_old_proof_or_another_person_is_none(provider, town, fault):
    client, _ = come_in(provider)
    age_proof(client)
    provider.people["nam"] = {"sub": "s-nam", "preferred_username": "nam"}
    provider.auth_time = 1_700_000_000 if fault == "old" else None
    come_in(provider, client, purpose="again", name="lan" if fault == "old" else "nam")
    request = RequestFactory().get("/")
    request.session, request.user = client.session, User.objects.get(username="lan")
    assert sessions.must_ask_again(request)


def test_an_account_is_linked_by_its_owner(provider, officer):
    client = sign_in(officer)
    assert "Link with City ID" in client.get("/people/me/sign-in/").content.decode()
    come_in(provider, client, purpose="link")
    officer.refresh_from_db()
    assert (officer.subject, officer.has_usable_password()) == ("s-lan", False)
    assert client.get("/desk/").status_code == 200
    other, _ = come_in(provider)
    assert other.get("/desk/").status_code == 200


def test_linked_accounts_have_no_other_way_in(provider, officer):
    device = give_passkey(officer)
    client = sign_in_with(device)
    assert client.get("/desk/").status_code == 200
    User.objects.update(subject="s-lan")
    assert sign_in_with(device).get("/desk/").status_code == 302
    factors.remove_all_factors(officer)
    assert enter()[1].status_code == 200


def sign_in_with(device):
    client = new_client()
    options = client.post("/sign-in/passkey/").json()
    client.post("/sign-in/", {"factor-passkey": device.get(options)})
    return client


# ---- what is refused ----


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("fault", [
    "other state", "no state", "twice", "denied", "nonce", "issuer", "audience", "expired", "other key", "no algorithm",
    "closed", "no refresh token", "verifier",
])  # fmt: skip
def test_what_is_not_as_documented_signs_nobody_in(provider, fault, monkeypatch):
    client = new_client()
    back = provider.agree(client.get("/sign-in/city/").url)
    now_s = int(now().timestamp())
    claims = {
        "nonce": {"nonce": "other"}, "issuer": {"iss": "https://evil.example"}, "audience": {"aud": "other"},
        "expired": {"iat": now_s - 900, "exp": now_s - 600},
    }  # fmt: skip
    if fault in claims:
        usual = provider.claims
        monkeypatch.setattr(provider, "claims", lambda name, **more: usual(name, **more) | claims[fault])
    elif fault == "other state":
        back = back.replace("state=", "state=x")
    elif fault == "no state":
        client = new_client()
    elif fault == "denied":
        back = "/sign-in/city/back/?error=access_denied&state=x"
    elif fault == "verifier":
        provider.codes[next(iter(provider.codes))]["code_challenge"] = "other"
    elif fault == "other key":
        usual, stranger = provider.sign, Provider()
        stranger.server.server_close()
        stranger.renew_key()
        monkeypatch.setattr(provider, "sign", lambda claims: usual(claims, stranger.key, kid=provider.key.kid))
    elif fault == "no algorithm":
        monkeypatch.setattr(provider, "sign", lambda claims: "eyJhbGciOiJub25lIn0.e30.")
    elif fault == "closed":
        User.objects.create(username="lan", subject="s-lan", is_active=False)
    elif fault == "no refresh token":
        provider.refreshing = False
    elif fault == "twice":
        client.get(back)
        client.post("/sign-out/")
        client.get("/sign-in/city/")
    answer = client.get(back)
    assert answer.status_code == (503 if fault == "no refresh token" else 403)
    assert client.get("/people/me/").status_code == 302


def test_new_keys_of_the_provider_are_fetched(provider, monkeypatch):
    come_in(provider)
    provider.renew_key()
    monkeypatch.setattr(openid, "ASK_AGAIN_S", 0)
    assert come_in(provider)[1].status_code == 302


def test_secrets_may_go_in_the_form(provider):
    provider.methods = ["client_secret_post"]
    assert come_in(provider)[1].status_code == 302


def test_without_a_provider_there_is_no_such_address(client, town):
    assert client.get("/sign-in/city/").status_code == 404
    assert client.post("/sign-in/city/sign-out/").status_code == 404


# ---- notices of signing out ----


@pytest.mark.parametrize("named", [{}, {"sid": None}, {"sub": None}])
def test_a_notice_of_the_provider_ends_sessions(provider, named):
    client, _ = come_in(provider)
    answer = new_client().post("/sign-in/city/sign-out/", {"logout_token": provider.notice(**named)})
    assert answer.status_code == 200
    assert client.get("/people/me/").status_code == 302


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("change", "status"), [
    ({"iss": "https://evil.example"}, 400), ({"aud": "other"}, 400), ({"nonce": "x"}, 400), ({"events": {}}, 400),
    ({"sub": None, "sid": None}, 400), ({"iat": 1_700_000_000}, 400), ({"sid": "another"}, 200),
])  # fmt: skip
def test_what_is_no_such_notice_ends_nothing(provider, change, status):
    client, _ = come_in(provider)
    answer = new_client().post("/sign-in/city/sign-out/", {"logout_token": provider.notice(**change)})
    assert answer.status_code == status
    assert client.get("/people/me/").status_code == 200
