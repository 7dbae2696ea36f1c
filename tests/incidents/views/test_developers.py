"""Test that every documented API call answers as documented, and the way of a key from form to use."""

import json
import re

import pytest
from django.conf import settings as project
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.timezone import localdate, now
from openapi_spec_validator import OpenAPIV31SpecValidator
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.http.token_bucket import Limit
from incidents import developers
from incidents.models import ApiKey, KeyRequest, KeyUse, Webhook
from incidents.views.api import documents
from incidents.views.public.developers import limit_words
from tests import factories, puzzles

ASKED = {
    "system": "Ward app",
    "organisation": "Ward 1",
    "purpose": "Reports of our citizens",
    "email": "dev@ward.example",
}
CALLS = [
    pytest.param(api, call, id=f"{api.name}-{call.number}")
    for api in documents.APIS.values()
    for call in api.calls
    if call.method == "GET" and not call.key
]


def in_english():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def city(town):
    factories.incident(town.hole)
    return town


# ---- documents ----


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("name", documents.APIS)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_document_is_openapi(client, db, name, language):
    client.cookies["django_language"] = language
    answer = client.get(f"/developers/openapi/{name}.json")
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json;version=3.1"
    document = answer.json()
    assert [str(error.message) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    with translation.override(language):
        assert document["info"]["title"] == str(documents.APIS[name].title)


@pytest.mark.usual_rows(12)
@pytest.mark.parametrize(("api", "call"), CALLS)
def test_call_answers_as_it_is_documented(client, city, api, call):
    values = documents.examples()
    request_data = {
        param.name: documents.fill_in(param.example, values)
        for param in call.params
        if param.where == "query" and param.example
    }
    answer = client.get(documents.example_path(call, values), request_data)
    kind = answer["Content-Type"].partition(";")[0]
    assert (answer.status_code, kind) == (call.status, call.gives[0])
    if kind == documents.JSON:
        assert type(answer.json()) is {"object": dict, "array": list}[call.shape]


@pytest.mark.parametrize("call", [*documents.WEBHOOKS.calls, *documents.REPORTS.calls], ids=lambda call: call.number)
def test_calls_with_a_key_want_it(client, city, call):
    path = documents.example_path(call, documents.examples())
    assert client.generic(call.method, path).status_code == 401


def test_trial_report_answers_as_it_is_documented(client, city):
    secret = "a key"
    ApiKey.objects.create(name="Ward app", sha256=developers.hashlib.sha256(secret.encode()).hexdigest())
    call = next(call for call in documents.OPEN311.calls if call.path.startswith("/open311/test/"))
    values = documents.examples()
    fields = {param.name: documents.fill_in(param.example, values) for param in call.params if param.where == "form"}
    answer = client.post(documents.example_path(call, values), fields | {"api_key": secret})
    assert (answer.status_code, list(answer.json()[0])) == (
        call.status,
        ["service_request_id", "service_notice", "account_id"],
    )


def test_examples_of_reports_and_webhooks_are_taken(client, city):
    ApiKey.objects.create(name="Ward app", sha256=developers.hashlib.sha256(b"a key").hexdigest())
    headers, values = {"Authorization": "Bearer a key"}, documents.examples()
    for call in (call for api in (documents.REPORTS, documents.WEBHOOKS) for call in api.calls):
        path = documents.example_path(call, values)
        if call.path.startswith("/webhooks/{"):
            path = path.replace("/1/", f"/{Webhook.objects.get().pk}/")
        body = "".join(documents.fill_in(param.example, values) for param in call.params if param.where == "body")
        answer = client.generic(call.method, path, body, content_type=documents.JSON, headers=headers)
        assert answer.status_code == call.status, (call.number, answer.content)


def test_examples_are_there_before_anything_was_reported(client, town):
    values = documents.examples()
    assert (values["reference"], values["category"], values["area"]) == ("", town.hole.code, "001")
    assert [client.get(f"/developers/apis/{name}/").status_code for name in documents.APIS] == [200] * len(
        documents.APIS
    )


def test_numbers_of_calls_are_one_of_each():
    for api in documents.APIS.values():
        numbers = [call.number for call in api.calls]
        assert sorted(set(numbers)) == sorted(numbers)


def test_page_names_every_api_and_its_limit(city):
    page = in_english().get("/developers/").content.decode()
    for name in documents.APIS:
        assert f'href="/developers/apis/{name}/"' in page
        assert f'href="/developers/openapi/{name}.json"' in page
    assert "3000 in an hour" in page
    assert in_english().get("/developers/apis/moon/").status_code == 404


@pytest.mark.parametrize(
    ("limit", "words"),
    [(Limit(10, 60), "10 in a minute"), (Limit(5, 900), "5 in 900 seconds"), (Limit(100, 0), "100 at a time")],
)
def test_limits_are_told_in_words(limit, words):
    with translation.override("en"):
        assert limit_words(limit) == words


# ---- keys ----


def ask(**more):
    return in_english().post("/developers/keys/new/", ASKED | more)


def letter():
    for job in ProcrastinateJob.objects.filter(task_name=developers.MAIL).order_by("pk"):
        if job.pk > letter.sent:
            letter.sent = job.pk
            developers.send_letter(**job.args)
    text = mail.outbox[-1].body
    return (re.findall(r"https?://[^/]+(/developers/keys/\S+/)", text) or [""])[0], text


@pytest.fixture(autouse=True)
def no_letters():
    letter.sent = 0


def test_key_goes_from_the_form_to_its_use(city):
    admin = factories.person("admin", city.desk, "admin")
    assert ask()["Location"] == "/developers/keys/asked/"
    link, _text = letter()
    assert [letter_sent.to for letter_sent in mail.outbox] == [["dev@ward.example"]]
    client, staff = in_english(), in_english()
    staff.force_login(admin)
    assert "Ward app" not in staff.get("/developers/requests/").content.decode()  # not confirmed yet
    assert "Yes, confirm" in client.get(link).content.decode()
    client.post(f"{link}confirm/")
    assert client.post(f"{link}show/").content.decode().count('id="secret"') == 0  # nobody has agreed
    key_request = KeyRequest.objects.get()
    assert "Reports of our citizens" in staff.get("/developers/requests/").content.decode()
    assert staff.post(f"/developers/requests/{key_request.pk}/", {"agree": "1"}).status_code == 302
    link, _text = letter()
    page = client.post(f"{link}show/").content.decode()
    (secret,) = re.findall(r'<code id="secret">([^<]+)</code>', page)
    assert secret not in client.get(link).content.decode()
    key = ApiKey.objects.opened_by(secret).get()
    assert (key.name, key.email, secret in str(ApiKey.objects.values())) == ("Ward app", "dev@ward.example", False)
    sent = {"api_key": secret, "service_code": city.hole.code, "lat": "50.005", "long": "10.005"}
    assert client.post("/open311/v2/requests.json", sent).status_code == 200
    assert list(KeyUse.objects.values_list("key", "day", "calls", "refused")) == [(key.pk, localdate(), 1, 0)]
    assert '<td class="num">1</td>' in client.get(link).content.decode()


def test_lost_key_is_replaced_and_opens_nothing_any_more(city):
    key_request = agree_to_key(city)
    old, new = developers.issue_key(key_request), developers.issue_key(key_request)
    assert (ApiKey.objects.opened_by(old).exists(), ApiKey.objects.opened_by(new).count()) == (False, 1)
    ApiKey.objects.update(active=False)
    assert developers.issue_key(key_request) is None


def agree_to_key(city, **more):
    developers.ask_for_key(**ASKED | more, language="en", network="203.0.113.7")
    key_request = KeyRequest.objects.latest("pk")
    developers.confirm_address(key_request)
    return developers.decide_request(
        key_request.pk, agreed=True, by=factories.person(f"admin{key_request.pk}", city.desk, "admin")
    )


def test_two_systems_of_one_name_have_two_keys(city):
    for _n in range(2):
        developers.issue_key(agree_to_key(city))
    assert sorted(ApiKey.objects.values_list("name", flat=True)) == ["Ward app", "Ward app (2)"]


def test_refusal_is_told_with_its_reason(city):
    ask()
    link, _text = letter()
    in_english().post(f"{link}confirm/")
    staff = in_english()
    staff.force_login(factories.person("admin", city.desk, "admin"))
    address = f"/developers/requests/{KeyRequest.objects.get().pk}/"
    assert staff.post(address).status_code == 400  # without a reason
    assert staff.post(address, {"why": "Use the web form"}).status_code == 302
    assert staff.post(address, {"agree": "1"}).status_code == 409
    assert "Use the web form" in letter()[1]
    assert developers.issue_key(KeyRequest.objects.get()) is None


def test_unconfirmed_request_cannot_be_decided_and_goes(city, moment):
    ask()
    key_request = KeyRequest.objects.get()
    with pytest.raises(developers.NotDecidable):
        developers.decide_request(key_request.pk, agreed=True, by=factories.person("admin", city.desk, "admin"))
    KeyRequest.objects.update(asked_at=now() - developers.UNCONFIRMED_FOR)
    developers.forget_old_requests()
    assert not KeyRequest.objects.exists()


@pytest.mark.parametrize(
    ("more", "faulty"),
    [
        ({"system": ""}, 1),
        ({"purpose": ""}, 1),
        ({"email": "nobody"}, 1),
        ({"system": "a" * 81, "purpose": "b" * 1001}, 2),
    ],
)
def test_bad_form_is_told_all_that_is_wrong(db, more, faulty):
    answer = ask(**more)
    assert (answer.status_code, answer.content.decode().count('class="error"')) == (400, faulty)
    assert not KeyRequest.objects.exists()


def test_letters_to_one_address_are_few(db, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(1, 86_400), "code:to-puzzled": Limit(1, 86_400)}
    owner = in_english()
    assert owner.post("/developers/keys/new/", ASKED).status_code == 302
    link = developers.private_link(KeyRequest.objects.get()).removeprefix(project.SITE_URL)
    assert owner.post(f"{link}confirm/").status_code == 302
    refused = ask()
    assert (refused.status_code, ask(**solved_question(refused)).status_code) == (429, 302)
    again = ask()
    assert ask(**solved_question(again)).status_code == 429
    assert owner.post("/developers/keys/new/", ASKED).status_code == 302
    assert KeyRequest.objects.count() == 3


def solved_question(refused):
    return {"puzzle": puzzles.solve(json.loads(refused.context["question"]["work"]))}


def test_one_of_a_shared_network_bars_no_other_developer(db, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"code:address": Limit(2, 86_400)}
    assert [ask(email=f"dev{n}@ward.example").status_code for n in range(3)] == [302, 302, 429]
    refused = ask(email="other@ward.example")
    assert ask(email="other@ward.example", **solved_question(refused)).status_code == 302


@pytest.mark.parametrize("token", ["x", "x:y:z", "é", "1"])
def test_made_up_links_lead_nowhere(db, token):
    for path in ("", "confirm/", "show/"):
        answer = (in_english().post if path else in_english().get)(f"/developers/keys/{token}/{path}")
        assert answer.status_code == 404


def test_only_who_administers_decides(city):
    ask()
    key_request = KeyRequest.objects.get()
    developers.confirm_address(key_request)
    for user in (factories.person("officer", city.office), factories.person("nobody")):
        client = in_english()
        client.force_login(user)
        assert client.get("/developers/requests/").status_code == 404
        assert client.post(f"/developers/requests/{key_request.pk}/", {"agree": "1"}).status_code == 404
    key_request.refresh_from_db()
    assert key_request.agreed is None


def test_uses_are_counted_in_one_statement(db, django_assert_num_queries):
    first, other = (ApiKey.objects.create(name=name, sha256=name * 64) for name in "ab")
    with django_assert_num_queries(2):
        developers.count_uses([(first.pk, False), (other.pk, True), (first.pk, True)])
        developers.count_uses([(first.pk, False)])
    counts = {use.key_id: (use.calls, use.refused) for use in KeyUse.objects.all()}
    assert counts == {first.pk: (3, 1), other.pk: (1, 1)}
