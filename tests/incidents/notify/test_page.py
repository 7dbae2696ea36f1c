"""The pages of messages: what failed and why, sending again, looking at an address, and texts of the city's own."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils.timezone import now, timedelta

from incidents.models import Event, Membership, MessageTemplate, Notice
from incidents.notify import Recipient, create_notices, deliver_notice
from tests import factories
from tests.incidents.test_at_once import together

S = Notice.State
OWN = "/notices/texts/resolved/sms/en/"


@pytest.fixture
def admin(town):
    return factories.person("admin", town.desk, Membership.Role.ADMIN)


@pytest.fixture
def supervisor(town):
    return factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR)


def client_of(user):
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    if user:
        client.force_login(user)
    return client


def make_failed(number=1, state=S.FAILED, fault="108 no such number", **more):
    values = {"reference": f"2611-{number:05}", "unit": "Office", "link": "https://wharf.example/t/Abc-123/"}
    [notice] = create_notices(
        "resolved", f"event:{number}", [Recipient("sms", f"+8490{number:07}", "en")], values, **more
    )
    Notice.objects.filter(pk=notice.pk).update(state=state, fault=fault, tries=3)
    return notice


@pytest.mark.parametrize(("who", "seen", "writes"), [
    ("admin", 200, 200), ("supervisor", 200, 404), ("officer", 404, 404), ("operator", 404, 404), (None, 302, 302),
])  # fmt: skip
def test_who_watches_over_messages(request, town, who, seen, writes):
    client, notice = client_of(who and request.getfixturevalue(who)), make_failed()
    for path in ("/notices/", f"/notices/{notice.pk}/", "/notices/texts/", "/notices/texts/resolved/"):
        assert client.get(path).status_code == seen
    assert client.get(OWN).status_code == writes
    assert client.post("/notices/again/", {"notice": notice.pk}).status_code == (302 if seen == 200 else seen)
    assert Notice.objects.get().state == (S.WAITING if seen == 200 else S.FAILED)


def test_the_list_says_why_and_shows_nobodys_address(supervisor):
    make_failed(1)
    make_failed(2, S.DROPPED, "opted-out")
    unsure = make_failed(3, S.UNSURE, "no-answer")
    Notice.objects.filter(pk=unsure.pk).update(sent_at=now() - timedelta(hours=3), cost=700, segments=2)
    client = client_of(supervisor)
    pages = {show: client.get("/notices/", {"show": show}) for show in ("failed", "unsure", "waiting", "all", "odd")}
    listed = {show: [notice.cause for notice in page.context["page"]] for show, page in pages.items()}
    assert listed == {
        "failed": ["event:1"], "unsure": ["event:3"], "waiting": [], "all": ["event:3", "event:2", "event:1"],
        "odd": ["event:1"],
    }  # fmt: skip
    page = pages["all"].content.decode()
    assert "108 no such number" in page
    assert "This address does not want any more messages." in page
    assert "The gateway did not answer. The message may have been sent." in page
    assert "+84•••001" in page
    assert [secret for secret in ("+84900000001", "Abc-123") if secret in page] == []
    assert pages["all"].context["counts"]["rows"] == [("SMS", [0, 1, 0, 0, 1, 1])]


def test_what_is_about_an_incident_is_found(supervisor, town):
    incident = factories.incident(town.hole)
    notice = make_failed(event=incident.timeline.first())
    make_failed(2)
    client = client_of(supervisor)
    several = Recipient("email", "desk@wharf.example", "en")
    [reminder] = create_notices("reminder", "reminder:1", [several], {"lines": f"- 2611-00007\n- {incident.reference}"})
    notices = client.get("/notices/", {"q": f" {incident.reference} "}).context["page"]
    assert list(notices) == [reminder, notice]
    assert list(client.get("/notices/", {"q": "2611-99999"}).context["page"]) == []


def test_a_look_at_an_address_is_recorded(supervisor, town):
    incident = factories.incident(town.hole)
    notice, other = make_failed(1, event=incident.timeline.first()), make_failed(2)
    client = client_of(supervisor)
    assert "+84900000001" not in client.get(f"/notices/{notice.pk}/").content.decode()
    assert "+84900000001" in client.post(f"/notices/{notice.pk}/address/").content.decode()
    assert (incident.timeline.last().kind, incident.timeline.last().by) == (Event.Kind.VIEWED, supervisor)
    assert "+84900000002" in client.post(f"/notices/{other.pk}/address/").content.decode()
    assert [(entry.user, entry.change_message) for entry in LogEntry.objects.all()] == [
        (supervisor, "address looked at")
    ]


def test_chosen_ones_and_all_are_sent_again(supervisor):
    notices = [make_failed(number) for number in range(4)]
    sent = make_failed(9, S.DROPPED)
    client = client_of(supervisor)
    answer = client.post("/notices/again/", {"notice": [notices[0].pk, sent.pk, "x", "9" * 30]}, follow=True)
    assert "1 message is being sent again." in answer.content.decode()
    assert (
        "3 messages are being sent again." in client.post("/notices/again/", {"all": "1"}, follow=True).content.decode()
    )
    states = Notice.objects.order_by("pk").values_list("state", "tries")
    assert list(states) == [(S.WAITING, 0)] * 4 + [(S.DROPPED, 3)]
    nothing = client.post("/notices/again/")
    assert (nothing.status_code, "Choose at least one message." in nothing.content.decode()) == (400, True)


@pytest.mark.django_db(transaction=True)
def test_two_people_and_two_workers_at_once(town, supervisor):
    """The same cause told twice at once is one notice; sent again by two people, by four workers, it goes out once."""

    def notify():
        values = {"reference": "2611-00001"}
        return len(create_notices("closed", "event:1", [Recipient("email", "an@example.org", "en")], values))

    assert sorted(together(notify, notify)) == [0, 1]
    Notice.objects.update(state=S.FAILED)

    def again():
        return client_of(supervisor).post("/notices/again/", {"all": "1"}).status_code

    assert together(again, again) == [302, 302]
    notice = Notice.objects.get()
    assert (notice.state, notice.tries) == (S.WAITING, 0)
    together(*[lambda: deliver_notice(notice.pk)] * 4)
    assert (Notice.objects.get().state, len(mail.outbox)) == (S.SENT, 1)


# ---- texts ----


@pytest.mark.parametrize(("text", "faults"), [
    ("{reference}: xong! {link}", []),
    ("{refrence}: done {link}", ["The placeholder {refrence} does not exist here. There are: {reference}, {category}, "
                                 "{area}, {unit}, {link}, {words}."]),
    ("{unit.pk}{link}", ["The placeholder {unit.pk} does not exist here. There are: {reference}, {category}, {area}, "
                         "{unit}, {link}, {words}."]),
    ("{reference: done", ["There is an extra or missing bracket at “{reference: done”: "
                          "write placeholders like {reference}."]),
    ("done} {link}", ["There is an extra or missing bracket at “} ”: write placeholders like {reference}."]),
    ("", ["This field is required."]),
    ("{link} " + "long " * 90, ["With its example this SMS has 4 parts. At most 2 are allowed: shorten it."]),
])  # fmt: skip
def test_a_broken_text_is_refused(admin, text, faults):
    answer = client_of(admin).post(OWN, {"text": text, "save": "1"})
    assert answer.status_code == (400 if faults else 302)
    assert MessageTemplate.objects.count() == (0 if faults else 1)
    if faults:
        assert answer.context["form"].errors["text"] == faults
        assert MessageTemplate.objects.count() == 0


def test_a_citys_own_text_is_written_seen_used_and_taken_out(admin, settings):
    settings.SMS_COST, client = 350, client_of(admin)
    assert client.get(OWN).context["form"]["text"].value() == (
        "{reference}: resolved by {unit}. Is it done? See the photos and answer yes or no: {link}"
    )
    seen = client.post(OWN, {"text": "Đã xong {reference}: {link}", "preview": "1"})
    assert MessageTemplate.objects.count() == 0
    assert seen.context["shown"] == {
        "subject": "", "text": "Da xong 2611-40873: https://example.vn/t/k3m9x2",
        "parts": 1, "units": 47, "encoding": "gsm7", "cost": 350,
    }  # fmt: skip
    for text in ("First {reference}", "Done {reference}: {link}"):
        client.post(OWN, {"text": text, "provider_key": "1234", "save": "1"})
    assert MessageTemplate.objects.get().provider_key == "1234"
    assert make_failed().text == "Done 2611-00001: https://wharf.example/t/Abc-123/"
    assert "your own text" in client.get("/notices/texts/resolved/").content.decode()
    client.post(OWN, {"ship": "1"})
    assert MessageTemplate.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/notices/texts/odd/", "/notices/texts/resolved/fax/en/", "/notices/texts/resolved/sms/de/"]
)
def test_what_is_no_text_is_not_found(admin, path):
    assert client_of(admin).get(path).status_code == 404


def test_the_administration_refuses_a_broken_text_too(admin):
    factories.mighty(admin)
    form = {"key": "closed", "medium": "email", "language": "vi", "subject": "{reference}", "text": "{odd}"}
    answer = client_of(admin).post("/admin/incidents/messagetemplate/add/", form)
    assert "The placeholder {odd} does not exist here." in answer.content.decode()
    assert client_of(admin).post("/admin/incidents/messagetemplate/add/", form | {"text": "x"}).status_code == 302
    assert MessageTemplate.objects.get().text == "x"


@pytest.mark.django_db(transaction=True)
def test_prometheus_sees_what_was_sent_and_what_failed(client):
    make_failed(1)
    make_failed(2, S.WAITING)
    for number in (3, 4):
        Notice.objects.filter(pk=make_failed(number).pk).update(state=S.SENT, sent_at=now())
    lines = client.get("/metrics").content.decode().splitlines()
    assert [line for line in lines if line.startswith("notices")] == [
        "notices_unsent 2.0", "notices_failed 1.0", 'notices_sent_today{medium="sms"} 2.0',
    ]  # fmt: skip
