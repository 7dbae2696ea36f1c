"""Test that showing private data leaves a record: every address, every role, with planted secrets."""

import asyncio
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from incidents import notify, photos
from incidents.casework import corrections
from incidents.disclosure import register, shown
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea
from incidents.models import Authority, ChatEvent, Contact, Enquiry, Notice, PersonalDataView, RoutingRule
from incidents.partners import letters
from incidents.reporting.sender import Sender
from tests import factories
from tests.every_address import Address, every_address, is_of_a_model, people_of, values_of
from tests.incidents.map.test_live import news, open_stream, signed_in

WORDS, MAIL, PHONE = "Zyxwvut hits the children", "zyxwvut@example.org", "+84987650321"
How = PersonalDataView.How
READ_BY_OTHERS = ("/sign-out/", "/live/", "/control/live/")  # streams: see below


@pytest.fixture
def town_with_secrets(town, monkeypatch):
    """Returns (people, addresses, {secret: field and key of the record that showing it must leave})."""
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    monkeypatch.setattr("geoapp.urls.handler404", lambda request, exception: HttpResponse(status=404), raising=False)
    people = people_of(town)
    values = values_of(town, people)
    shot = photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg(colour="red")))
    hidden = factories.incident(town.secret, text=WORDS, phone=PHONE, email=MAIL, pictures=[shot])
    for event in hidden.timeline.all():
        notify.announce_event(event.pk)
    photo = hidden.photos.get()
    secrets: dict[bytes, tuple[str, int | None]] = {
        WORDS.encode(): ("incident", hidden.pk),
        PHONE[3:].encode(): ("incident", hidden.pk),
        MAIL.encode(): ("incident", hidden.pk),
        Path(photo.picture.path).read_bytes(): ("incident", hidden.pk),
        Path(photo.small.path).read_bytes(): ("incident", hidden.pk),
    }
    more = []
    for number, kind in enumerate(("question", "thanks", "complaint", "complaint")):
        enquiry = receive_enquiry(IncomingEnquiry("web", kind, f"Wvutsrq {number}"))
        secrets[f"Wvutsrq {number}".encode()] = ("enquiry", enquiry.pk)
        more.append(f"/enquiries/{enquiry.reference}/")
    idea = receive_idea(IncomingIdea("Wkqzj", "Qponmlk", Person("email", "z@example.org")), Sender(network="n"))
    secrets[b"Qponmlk"] = ("idea", idea.pk)
    more.append(f"/enquiries/ideas/{idea.pk}/")
    Enquiry.objects.filter(pk=enquiry.pk).update(state="passed_on", authority=town.office)
    ChatEvent.objects.create(user="webchat:k3", event_id="1", words="Vutsrqp", at=now(), taken_at=now())
    secrets[b"Vutsrqp"] = ("incident", None)
    for values_of_route in values.values():
        if "reference" in values_of_route:
            values_of_route["reference"] = hidden.reference
    values["/enquiries/"] = {"reference": enquiry.reference, "step": "answer"}
    values["/notices/"]["pk"] = Notice.objects.filter(report=hidden.reports.get()).first().pk
    values["/photo/"] = {"pk": photo.pk, "size": "small"}
    values["/desk/"]["pk"] = photo.pk
    values["/admin/incidents/incident/"] = {"object_id": hidden.pk}
    values["/admin/incidents/report/"] = {"object_id": hidden.reports.get().pk}
    values["/admin/incidents/photo/"] = {"object_id": photo.pk}
    values["/admin/incidents/notice/"] = {"object_id": values["/notices/"]["pk"]}
    more += [
        "/desk/?part=queue", f"/desk/?q={WORDS[:7]}", f"/desk/?q={hidden.reference}", "/desk/?show=all",
        f"/desk/{hidden.reference}/?part=detail", f"/desk/{hidden.reference}/?all", "/desk/?part=outlook",
        f"/desk/orders/?of={hidden.reference}", f"/control/search/?q={WORDS[:7]}", "/control/queue/?all=1",
        f"/control/search/?q={hidden.reference}", f"/control/?incident={hidden.reference}", "/lead/open/?late",
        f"/photo/{photo.pk}/large.jpg", f"/notices/?q={hidden.reference}", "/enquiries/?show=held", "/list/?show=all",
        "/control/tiles/14/8647/5556.json",
    ]  # fmt: skip
    addresses = every_address(values) + [Address("/", path) for path in more]
    return people, [address for address in addresses if not address.path.startswith(READ_BY_OTHERS)], secrets


def read_page(client, path):
    answer = client.get(path)
    if answer.status_code >= 400 or getattr(answer, "is_async", False):
        return b""
    return b"".join(answer) if answer.streaming else answer.content


def missing_lines(who, person, path, body, secrets):
    """Returns the secrets that were shown without a record of the person, the object and the address."""
    of_page = PersonalDataView.objects.filter(by=person, address=path.partition("?")[0])
    for secret, (field, key) in secrets.items():
        if secret in body and not of_page.filter(**{field: key}).exists() and not is_echoed(path, secret):
            yield who, path, secret[:20], field


def is_echoed(path, secret):
    return secret.startswith(WORDS[:7].encode()) and secret.decode() in path


def those_who_ask(people, number):
    others = sorted({*people} - {"mighty"})
    return {"mighty", *(others[(number + step) % len(others)] for step in (0, 4, 8))}


@pytest.mark.parametrize("everybody", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_what_is_shown_leaves_a_line(town_with_secrets, everybody):
    people, addresses, secrets = town_with_secrets
    clients = {who: Client(raise_request_exception=False) for who in people}
    for who, client in clients.items():
        client.force_login(people[who], "django.contrib.auth.backends.ModelBackend")
    missing, shown_routes = [], set()
    for number, address in enumerate(addresses):
        if is_of_a_model(address) and not everybody and not address.route.startswith("/admin/incidents/"):
            continue
        asking = people if everybody else those_who_ask(people, number)
        complete = True
        for who in sorted(asking, key="mighty".__ne__):
            if not (complete or everybody):  # who may do all finds nothing there
                break
            with transaction.atomic():
                body = read_page(clients[who], address.path)
                complete = complete and bool(body)
                missing += missing_lines(who, people[who], address.path, body, secrets)
                shown_routes |= {address.route for secret in secrets if secret in body}
                transaction.set_rollback(True)
    assert missing == []
    assert len(shown_routes) > 12, shown_routes  # secrets were shown at all


@pytest.mark.django_db(transaction=True)
def test_live_news_of_what_is_hidden_leave_a_line(town, officer):
    async def listen():
        lines = await open_stream(await signed_in(officer), "/live/desk/?after=0")
        await sync_to_async(factories.incident)(town.hole)
        incident = await sync_to_async(factories.incident)(town.secret)
        while (await news(lines))["reference"] != incident.reference:
            assert not await sync_to_async(PersonalDataView.objects.exists)()
        return incident

    incident = asyncio.run(listen())
    line = PersonalDataView.objects.get()
    assert (line.by, line.incident, line.address) == (officer, incident, "/live/desk/")


def test_a_list_is_recorded_with_a_fixed_number_of_statements(town, officer, client):
    client.force_login(officer)

    def count(address):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    factories.incident(town.hole)
    plain = count("/desk/?part=queue")
    for _n in range(3):
        factories.incident(town.secret)
    few = count("/desk/?part=queue")
    for _n in range(20):
        factories.incident(town.secret)
    many = count("/desk/list.csv?"), count("/desk/?part=queue")
    assert PersonalDataView.objects.filter(address="/desk/").count() == 23
    assert many[1] <= few <= plain + 12, (plain, few, many)
    assert count("/desk/?part=queue") <= plain + 4  # within a quarter of an hour the line of before is enough
    assert PersonalDataView.objects.filter(address="/desk/").count() == 23


def test_public_incidents_leave_no_line(town, officer, client):
    factories.incident(town.hole)
    client.force_login(officer)
    for address in ("/desk/", "/desk/list.csv", "/"):
        assert client.get(address).status_code == 200
    assert not PersonalDataView.objects.exists()


def test_a_number_that_is_only_echoed_leaves_no_line(town, outsider, client):
    hidden = factories.incident(town.secret)
    client.force_login(outsider)
    assert hidden.reference in client.get(f"/desk/?q={hidden.reference}").text
    assert not PersonalDataView.objects.exists()


def test_what_came_in_as_hidden_leaves_a_line_after_a_correction(town, officer, client):
    hidden = factories.incident(town.secret)
    corrections.correct_category(hidden, category=town.hole, by=officer, reason="It is a hole")
    client.force_login(officer)
    assert client.get("/desk/list.csv").status_code == 200
    assert PersonalDataView.objects.get().incident == hidden


def test_a_unit_outside_leaves_a_line_by_its_link(town, client):
    RoutingRule.objects.filter(category=town.secret).update(authority=town.water)
    Authority.objects.filter(pk=town.water.pk).update(works=Authority.Works.EMAIL)
    hidden = factories.incident(town.secret, text=WORDS)
    water = Contact.objects.create(authority=town.water, label="Desk", email="desk@water.example")
    address = f"/w/{letters.sign_link(hidden.timeline.get(kind='assigned'), water)}/"
    assert hidden.reference in client.get(address).text
    line = PersonalDataView.objects.get()
    assert (line.authority, line.incident, line.address) == (town.water, hidden, "/w/…/")


def test_a_streamed_answer_is_recorded_before_each_part_goes_out(town, officer, rf):
    first, other = factories.incident(town.secret), factories.incident(town.secret)
    request = rf.get("/desk/list.csv")
    request.user, request.resolver_match = officer, None
    edge = [f"a,{first.reference[:6]}".encode(), f"{first.reference[6:]},b".encode(), other.reference.encode()]
    parts, lines = shown.recorded_parts(request, edge), []
    for _part in parts:
        lines.append([line.incident for line in PersonalDataView.objects.order_by("pk")])
    assert lines == [[], [first], [first, other]]


def test_the_seal_covers_the_address(officer):
    register.record_views(How.MAIL, (), by=officer, address="/mails/1/")
    line = PersonalDataView.objects.get()
    assert register.PERSONAL_VIEWS.sealed_fields(line)[-1] == {"address": "/mails/1/"}
    assert not register.PERSONAL_VIEWS.verify().fault


def test_every_traced_kind_is_a_kind_of_the_register():
    assert {how for _what, _known, how in shown.TRACED} < {*How.values}
