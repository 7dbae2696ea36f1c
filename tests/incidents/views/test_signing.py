import pytest
from django.test import Client

from geoapp.http.token_bucket import Limit
from incidents.models import Membership, User
from tests import factories


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def sign_in(client, name="officer", password="secret-harbour", **more):
    return client.post("/sign-in/", {"username": name, "password": password} | more)


@pytest.mark.parametrize(("role", "staff", "home"), [
    (Membership.Role.OFFICER, False, "/desk/"),
    (Membership.Role.LEADER, False, "/lead/"),
    (Membership.Role.CONTROL, False, "/control/"),
    (Membership.Role.SUPERVISOR, False, "/watch/"),
    (Membership.Role.DISPATCHER, False, "/desk/"),
    (Membership.Role.OPERATOR, False, "/operator/"),
    (Membership.Role.TECHNICIAN, False, "/cameras/health/"),
    (Membership.Role.GIS, False, "/editions/"),
    (Membership.Role.PRIVACY, False, "/privacy/"),
    (Membership.Role.ADMIN, False, "/administration/"),
    (None, True, "/admin/"),
    (None, False, "/"),
])  # fmt: skip
def test_signing_in_leads_to_ones_work(client, town, role, staff, home):
    person = factories.person("officer", town.office if role else None, role or Membership.Role.OFFICER)
    User.objects.filter(pk=person.pk).update(is_staff=staff)
    assert sign_in(client).url == "/after-sign-in/"
    assert client.get("/after-sign-in/").url == home


def test_the_page_that_was_asked_for_goes_on(client, incident, officer):
    wanted = f"/desk/{incident.reference}/resolve/"
    answer = client.get(wanted)
    assert answer.url == f"/sign-in/?next={wanted}"
    assert "Your draft is saved on this device." in client.get(answer.url).content.decode()
    assert sign_in(client, next=wanted).url == wanted
    assert client.get(wanted).context["form"].name == "resolve"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", "\\\\example.org"]
)
def test_nobody_is_led_elsewhere(client, officer, elsewhere):
    assert sign_in(client, next=elsewhere).url == "/after-sign-in/"


@pytest.mark.parametrize(("values", "message", "wrong"), [
    ({"username": "", "password": "x"}, "Enter your user name", 1),
    ({"username": "officer", "password": ""}, "Enter your password", 1),
    ({"username": "", "password": ""}, "Something is missing. Check the highlighted fields.", 2),
    ({"username": "officer", "password": "wrong"}, "The name or the password is incorrect.", 1),
    ({"username": "nobody", "password": "wrong"}, "The name or the password is incorrect.", 1),
    ({"username": "a\x07b", "password": "wrong"}, "The name or the password is incorrect.", 1),
])  # fmt: skip
def test_what_is_wrong_is_said(client, officer, values, message, wrong):
    answer = client.post("/sign-in/", values)
    page = answer.content.decode()
    assert (answer.status_code, message in page, page.count('aria-invalid="true"')) == (200, True, wrong)
    assert page.count('role="alert"') == 1
    assert f'value="{values["username"]}"' in page


def test_closed_account_gets_the_message_of_a_wrong_password(client, officer):
    User.objects.update(is_active=False)
    assert "The name or the password is incorrect." in sign_in(client).content.decode()


def test_guessing_is_locked_out_and_told_so(client, officer, settings):
    settings.LIMITS = settings.LIMITS | {"sign-in:pair": Limit(3, 900)}
    assert "2 attempts left, then you will have to wait." in sign_in(client, password="a").content.decode()
    assert "1 attempt left, then you will have to wait." in sign_in(client, password="b").content.decode()
    answer = sign_in(client, password="c")
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    assert sign_in(client).status_code == 429, "even with the right password"
    assert (
        Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/", {"username": "officer", "password": "secret-harbour"}).url
        == "/after-sign-in/"
    ), "the officer elsewhere is not locked out by a stranger's guesses"


def test_who_is_signed_in_needs_not_do_it_again(client, officer):
    client.force_login(officer)
    assert client.get("/sign-in/").url == "/after-sign-in/"


def test_signing_out_is_a_button_not_a_link(client, officer):
    client.force_login(officer)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/"
    assert client.get("/desk/").url == "/sign-in/?next=/desk/"
    assert client.post("/sign-out/").url == "/", "again does no harm"


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/?next=/desk/"])
def test_the_page_forbids_scripts_of_others(client, db, path):
    assert "script-src 'self'" in client.get(path).headers["Content-Security-Policy"]
