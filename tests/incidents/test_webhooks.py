"""Webhooks: what partners hear of, in which order, signed, until they take it, and what they may say themselves."""

import hashlib
import json
from contextlib import closing
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.db import locks
from incidents import reporting, timeline, webhooks, workflow
from incidents.disclosure import publishing
from incidents.models import ApiKey, Event, Incident, Webhook, WebhookMessage
from incidents.reporting.sender import Sender
from tests import factories
from tests.fakes.webhooks import Receiver

KEY = "a key"
TASK = "incidents.call_webhook"


@pytest.fixture(autouse=True)
def private(settings):
    settings.OUTBOUND_ALLOWED = {"partners": ["private"]}


@pytest.fixture
def key(db):
    return ApiKey.objects.create(
        name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest(), email="ops@partner.example"
    )


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def hook(key, receiver):
    hook, receiver.secret = webhooks.create_webhook(key, url=f"{receiver.url}/hook")
    return hook


def announce(incident):
    """What the jobs of its lines do."""
    for event in incident.timeline.order_by("pk"):
        webhooks.queue_event(event.pk)


def call(hook):
    webhooks.deliver_messages(hook.pk)


def make_due(hook):
    hook.messages.waiting().update(next_at=now())


def jobs():
    return list(ProcrastinateJob.objects.filter(task_name=TASK, status="todo").values_list("args", flat=True))


def test_signature_is_that_of_the_standard():
    """The example of the specification."""
    assert (
        webhooks.signature_of(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_partner_hears_of_each_step_once_and_in_order(hook, receiver, town):
    incident = factories.incident(town.hole, text="Deep, call 0901234567")
    workflow.move(incident, "accept")
    workflow.move(incident, "resolve", note="Filled")
    for _again in range(2):
        announce(incident)
        call(hook)
    assert receiver.kinds == ["incident.received", "incident.assigned", "incident.accepted", "incident.resolved"]
    assert receiver.ids == [f"evt_{pk}" for pk in incident.timeline.order_by("pk").values_list("pk", flat=True)]
    assert receiver.forged == []
    payload = receiver.calls[-1][1]["data"]
    assert (payload["event"]["description"], payload["service_request"]["status"]) == ("Filled", "closed")
    assert payload["service_request"]["service_request_id"] == incident.reference
    assert "0901234567" not in json.dumps(receiver.calls)


def test_jobs_are_deferred_with_what_was_written_down(hook, town):
    incident = factories.incident(town.hole)
    announce(incident)
    assert jobs() == [{"webhook_id": hook.pk}]
    assert hook.messages.waiting().count() == incident.timeline.count()


def test_a_line_announced_early_takes_those_before_it_along(hook, receiver, town):
    incident = factories.incident(town.hole)
    last = incident.timeline.order_by("pk").last()
    webhooks.queue_event(last.pk)
    call(hook)
    assert receiver.kinds == ["incident.received", "incident.assigned"]


def test_what_is_not_public_is_not_told(hook, receiver, town):
    hidden = factories.change(factories.incident(town.hole), published=False)
    announce(hidden)
    announce(factories.published_before(town.secret))
    incident = factories.incident(town.hole)
    timeline.record(incident, "note", note="Only for us", public=False)
    announce(incident)
    call(hook)
    assert {payload["data"]["service_request_id"] for _number, payload in receiver.calls} == {incident.reference}
    assert "Only for us" not in json.dumps(receiver.calls)


def test_message_says_what_may_be_read_when_it_is_sent(hook, receiver, town):
    incident = factories.incident(town.hole)
    announce(incident)
    publishing.hide_incident(incident, by=factories.person("hides", town.desk), note="A name")
    announce(incident)
    call(hook)
    assert receiver.kinds[-1] == "incident.hidden"
    assert [payload["data"]["public"] for _number, payload in receiver.calls] == [False] * 3
    assert [payload for _number, payload in receiver.calls if "service_request" in payload["data"]] == []


def test_partner_chooses_kinds(hook, receiver, town):
    Webhook.objects.update(kinds=["resolved"])
    incident = factories.incident(town.hole)
    workflow.move(incident, "resolve", note="Filled")
    announce(incident)
    call(hook)
    assert receiver.kinds == ["incident.resolved"]


def test_partner_hears_of_its_own_reports_by_its_own_names(hook, receiver, key, town, client):
    Webhook.objects.update(own_only=True)
    factories.incident(town.waste)
    sent = {"api_key": KEY, "service_code": town.hole.code, "lat": "50.005", "long": "10.005"}
    answer = client.post("/open311/v2/requests.json", sent | {"client_request_id": "OURS-7"})
    incident = Incident.objects.get(reference=answer.json()[0]["service_request_id"])
    factories.change(incident, published=False)
    workflow.move(incident, "resolve", note="Filled")
    for row in Incident.objects.all():
        announce(row)
    call(hook)
    assert {tuple(payload["data"]["client_request_ids"]) for _number, payload in receiver.calls} == {("OURS-7",)}
    last = receiver.calls[-1][1]["data"]
    assert (last["status"], last["state"], last["public"]) == ("closed", "resolved", False)
    assert "Filled" not in json.dumps(last)


def test_name_of_a_report_sent_as_json_is_told_too(hook, receiver, key, town, client):
    sent = {"id": "OURS-8", "category": town.hole.code, "place": {"lat": 50.005, "lon": 10.005}}
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = client.post("/api/reports/", json.dumps(sent), content_type="application/json", headers=headers)
    assert answer.status_code in (200, 201), answer.content
    announce(Incident.objects.get())
    call(hook)
    assert receiver.calls[0][1]["data"]["client_request_ids"] == ["OURS-8"]


def test_other_partners_do_not_hear_of_names(hook, receiver, town):
    other = ApiKey.objects.create(name="Other", sha256="1" * 64)
    incoming = reporting.IncomingReport("open311", town.hole, factories.IN_OLD, text="Hole")
    webhooks.note_sent_reports([(other, incoming.sending, "THEIRS-1")])
    announce(reporting.receive(incoming, Sender(key=other)).incident)
    call(hook)
    assert len(receiver.calls) == 2
    assert "THEIRS-1" not in json.dumps(receiver.calls)


def test_later_lines_of_an_incident_wait_for_the_one_that_failed(hook, receiver, town):
    failing, other = factories.incident(town.hole), factories.incident(town.waste)
    announce(failing)
    announce(other)
    receiver.answers = [503]
    call(hook)
    of_one, of_other = (
        list(incident.timeline.order_by("pk").values_list("pk", flat=True)) for incident in (failing, other)
    )
    assert receiver.ids == [f"evt_{pk}" for pk in (of_one[0], *of_other)]
    make_due(hook)
    call(hook)
    assert receiver.ids[-2:] == [f"evt_{pk}" for pk in of_one]  # the first again, under its number
    assert hook.messages.waiting().count() == 0


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
def test_what_is_not_taken_is_tried_again_later_each_time(hook, receiver, status):
    message = webhooks.send_ping(hook)
    waits = []
    for _try in webhooks.AGAIN_S:
        receiver.answers = [status]
        before = now()
        call(hook)
        message.refresh_from_db()
        waits.append(round((message.next_at - before).total_seconds(), -1))
        make_due(hook)
    assert waits == list(webhooks.AGAIN_S)
    assert (message.state, message.status, message.answer) == ("waiting", status, f"HTTP {status}")
    receiver.answers = [status]
    call(hook)
    message.refresh_from_db()
    assert message.state == "given_up"
    assert len(set(receiver.ids)) == 1


def test_round_ends_where_nobody_answers(hook, town, receiver):
    for _n in range(5):
        announce(factories.incident(town.hole))
    receiver.answers = [500] * 20
    call(hook)
    assert len(receiver.calls) == webhooks.FAILURES_OF_A_ROUND


def test_slow_webhook_is_called_beside_those_that_are_quick(hook, town, receiver, monkeypatch):
    def queues_of_jobs():
        jobs = ProcrastinateJob.objects.filter(task_name=TASK, status="todo")
        return list(jobs.order_by("pk").values_list("queue_name", flat=True))

    for _n in range(2):
        announce(factories.incident(town.hole))
    assert queues_of_jobs() == ["strangers"]
    ProcrastinateJob.objects.filter(task_name=TASK).update(status="succeeded")
    monkeypatch.setattr(webhooks, "SLOW_S", -1.0)
    call(hook)
    assert len(receiver.calls) == 1
    assert queues_of_jobs() == ["slow"]
    ProcrastinateJob.objects.filter(task_name=TASK).update(status="succeeded")
    monkeypatch.setattr(webhooks, "SLOW_S", 60.0)
    call(hook)
    webhooks.defer_calls(hook.pk)
    assert queues_of_jobs() == ["strangers"]


@pytest.mark.django_db(transaction=True)
def test_host_is_called_for_one_webhook_at_a_time(hook, town, receiver):
    announce(factories.incident(town.hole))
    ProcrastinateJob.objects.filter(task_name=TASK).update(status="succeeded")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext('127.0.0.1'))", [locks.Lock.TARGET])
        call(hook)
        assert (receiver.calls, len(jobs())) == ([], 1)
        assert ProcrastinateJob.objects.get(task_name=TASK, status="todo").scheduled_at > now()
        cursor.execute("SELECT pg_advisory_unlock_all()")
    call(hook)
    assert receiver.calls


def test_minute_finds_what_lost_its_job(hook, town):
    announce(factories.incident(town.hole))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [TASK])
    assert jobs() == []
    webhooks.defer_due_calls()
    assert jobs() == [{"webhook_id": hook.pk}]


def test_message_is_sent_again_after_its_worker_died(hook, receiver, town, monkeypatch):
    """At least once: under the same number, by which the receiver knows it."""
    announce(factories.incident(town.hole))

    def die(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "note_outcome", die)
        with pytest.raises(KeyboardInterrupt):
            call(hook)
    call(hook)
    assert receiver.ids[0] == receiver.ids[1]
    assert len(set(receiver.ids)) == 2
    assert hook.messages.waiting().count() == 0


def test_webhook_that_fails_for_days_is_switched_off(hook, receiver, town):
    announce(factories.incident(town.hole))
    Webhook.objects.update(failing_since=now() - webhooks.OFF_AFTER - timedelta(minutes=1))
    receiver.answers = [500]
    call(hook)
    hook.refresh_from_db()
    assert (hook.off_why, hook.messages.waiting().count()) == ("failing", 0)
    webhooks.tell_owner(hook.pk)
    assert [letter.to for letter in mail.outbox] == [["ops@partner.example"]]
    announce(factories.incident(town.hole))
    assert hook.messages.waiting().count() == 0


def test_address_that_says_it_is_gone_is_called_no_more(hook, receiver):
    webhooks.send_ping(hook)
    receiver.answers = [410]
    call(hook)
    hook.refresh_from_db()
    assert hook.off_why == "gone"


def test_one_message_that_is_taken_ends_the_days_of_failing(hook, receiver):
    Webhook.objects.update(failing_since=now() - timedelta(days=4))
    webhooks.send_ping(hook)
    call(hook)
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_private_networks_are_not_called(hook, receiver, settings):
    settings.OUTBOUND_ALLOWED = {}
    message = webhooks.send_ping(hook)
    call(hook)
    message.refresh_from_db()
    assert (receiver.calls, message.state, message.status) == ([], "waiting", None)


def test_wrong_secret_is_noticed_by_the_receiver(hook, receiver):
    receiver.secret = webhooks.new_secret()
    webhooks.send_ping(hook)
    call(hook)
    assert (receiver.calls, len(receiver.forged)) == ([], 1)


def test_webhooks_of_a_key_that_ended_are_not_called(hook, receiver, key, town):
    announce(factories.incident(town.hole))
    ApiKey.objects.update(active=False)
    call(hook)
    assert receiver.calls == []


def test_old_messages_are_deleted(hook):
    webhooks.send_ping(hook)
    WebhookMessage.objects.update(made_at=now() - webhooks.KEEP - timedelta(minutes=1))
    webhooks.forget_old_messages()
    assert not WebhookMessage.objects.exists()


# ---- by HTTP ----


@pytest.fixture
def ask(client, key):
    def call_api(method, path, payload=None, secret=KEY):
        body = "" if payload is None else payload if isinstance(payload, str) else json.dumps(payload)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        answer = client.generic(method, f"/webhooks/{path}", body, content_type="application/json", headers=headers)
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return call_api


def test_partner_subscribes_tries_and_leaves(ask, receiver):
    status, webhook = ask("POST", "", {"url": f"{receiver.url}/hook", "kinds": ["resolved"]})
    assert (status, webhook["kinds"], webhook["active"]) == (201, ["resolved"], True)
    receiver.secret = webhook.pop("secret")
    assert ask("GET", "") == (200, {"webhooks": [webhook]})
    assert receiver.secret not in str(Webhook.objects.values())
    assert ask("POST", f"{webhook['id']}/ping/")[0] == 202
    webhooks.deliver_messages(webhook["id"])
    (message,) = ask("GET", f"{webhook['id']}/")[1]["messages"]
    assert (receiver.kinds, message["state"], message["status"]) == (["ping"], "sent", 204)
    assert ask("PATCH", f"{webhook['id']}/", {"active": False})[1]["active"] is False
    assert ask("POST", f"{webhook['id']}/ping/")[0] == 409
    assert ask("PATCH", f"{webhook['id']}/", {"active": True})[1]["active"] is True
    assert ask("DELETE", f"{webhook['id']}/") == (204, None)
    assert ask("GET", "") == (200, {"webhooks": []})


@pytest.mark.parametrize(
    ("payload", "faults"),
    [
        ("", 1),
        ("[]", 1),
        ("{", 1),
        ({"url": "https://a.example/", "more": 1}, 1),
        ({}, 1),
        ({"url": 7, "kinds": "resolved", "own_only": "yes"}, 3),
        ({"url": "ftp://a.example/"}, 1),
        ({"url": "https://user:word@a.example/"}, 1),
        ({"url": "https://a.example:99999/"}, 1),
        ({"url": "https://a.example/" + "a" * 500}, 1),
        ({"url": "https://169.254.169.254/"}, 1),
        ({"url": "https://a.example/", "kinds": ["moon"]}, 1),
    ],
)
def test_bad_subscription_is_told_all_that_is_wrong(ask, payload, faults):
    status, answer = ask("POST", "", payload)
    assert (status, len(answer["errors"])) == (400, faults)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("url", ["http://a.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1:8000/"])
def test_private_and_plain_addresses_are_refused(ask, settings, url):
    settings.OUTBOUND_ALLOWED = {}
    assert ask("POST", "", {"url": url})[0] == 400


def test_key_has_a_few_webhooks_at_most(ask):
    statuses = [ask("POST", "", {"url": "https://a.example/"})[0] for _n in range(webhooks.MAX_OF_KEY + 1)]
    assert statuses == [201] * webhooks.MAX_OF_KEY + [409]


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_a_key_nothing_is_told(ask, hook, secret):
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"{hook.pk}/"), ("DELETE", f"{hook.pk}/")):
        assert ask(method, path, secret=secret)[0] == 401
    assert Webhook.objects.exists()


def test_webhooks_of_others_are_not_there(ask, hook):
    ApiKey.objects.create(name="Other", sha256=hashlib.sha256(b"other").hexdigest())
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "ping/")):
        assert ask(method, f"{hook.pk}/{path}", {"active": False}, secret="other")[0] == 404
    hook.refresh_from_db()
    assert hook.off_at is None


def test_every_kind_of_line_can_be_subscribed(ask):
    status, webhook = ask("POST", "", {"url": "https://a.example/", "kinds": Event.Kind.values})
    assert (status, webhook["kinds"]) == (201, sorted(Event.Kind.values))
