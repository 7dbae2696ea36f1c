"""Words that were covered are read by nobody outside, by whatever way; those of each text that a person writes."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils.timezone import now

from incidents import notify, partners, public_text, workflow
from incidents.casework import extensions, notes, subtasks, verdicts
from incidents.channels import sms_replies
from incidents.deadlines import service_levels
from incidents.disclosure import publishing
from incidents.escalation import directives
from incidents.models import (
    Authority,
    Contact,
    Event,
    Incident,
    Notice,
    PushSubscription,
    Report,
    Severity,
)
from incidents.notify import texts
from incidents.partners import letters
from incidents.views.desk.publishing import public_lines
from tests import factories
from tests.every_address import every_address, people_of, values_of

# Texts that everybody may read until they are covered, each with a word of its own.
PUBLIC = (
    "report", "joined", "place", "asked", "handed_over", "handed_back", "claimed", "more_time", "extended", "graded",
    "resolved", "rejected", "overruled", "upheld", "reopened", "outside",
)  # fmt: skip
# Texts that nobody outside ever reads.
INTERNAL = (
    "contact", "answered", "disputed", "rated", "note", "part", "part_answer", "directive", "directive_report",
    "message", "hidden", "released",
)  # fmt: skip
# Who has such a link reads the own words, or what the unit may read.
OWN = {"/f/": {"joined", "outside"}, "/t/": {"joined", "outside"}, "/w/": {"outside_answer"}}


def secret(name):
    """A word that stands nowhere else."""
    return f"zq{name.replace('_', '')}qz"


def words(name):
    return f"Words {secret(name)} of it"


@pytest.fixture
def people(town, settings, policies):
    policies.quiet_hours = ""
    policies.batch_minutes = 0
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    return people_of(town)


@pytest.fixture
def addresses(town, people):
    """What there is in the town, before anything secret is written."""
    return values_of(town, people)


@pytest.fixture
def told_incidents(town, people, addresses):
    """Three public incidents in whose histories every text was written that a person can write.

    The last one is with a unit outside, that works by letter.
    """
    officer, leader, dispatcher = people["officer"], people["leader"], people["dispatcher"]
    helper = factories.person("helper", town.other)
    tomorrow = now() + timedelta(days=1)
    Contact.objects.create(authority=town.office, label="Office", email="desk@old.example")
    contact = {"email": "an@example.org", "phone": "+84901234567"}

    first = factories.incident(town.hole, text=words("report"), address=words("place"), **contact)
    report = first.reports.get()
    Report.objects.filter(pk=report.pk).update(text=f"{report.text} {secret('contact')}")
    PushSubscription.objects.create(endpoint="https://push.example/1", p256dh="x", auth="y", report=report)
    factories.incident(town.hole, text=words("joined"), email="binh@example.org", join=first)
    workflow.move(first, "ask", by=officer, note=words("asked"))
    workflow.move(first, "answer", note=words("answered"), receipt=public_text.reporter_receipt(report))
    service_levels.change_severity(first, Severity.DANGEROUS, officer, words("graded"))
    notes.write_note(first, by=officer, text=words("note"))
    part = subtasks.request_subtask(first, by=officer, to=town.other, what=words("part"), due_at=tomorrow)
    subtasks.answer_subtask(part, by=helper, done=True, text=words("part_answer"))
    order = directives.give_directive(
        by=leader, post=leader.memberships.get(), to=town.office, what=words("directive"), until=tomorrow,
        incidents=[first],
    )  # fmt: skip
    directives.report_back(order, by=officer, text=words("directive_report"))
    publishing.hide_incident(first, by=officer, note=words("hidden"))
    publishing.release_incident(first, by=officer, note=words("released"))
    sms_replies.record_note(report, sms_replies.SmsReply(words=words("message")), {}, "")
    workflow.move(first, "resolve", by=officer, note=words("resolved"))
    verdicts.rate_result(report, 2, words("rated"))
    verdicts.dispute_result(report, words("disputed"))
    workflow.move(first, "overrule", by=dispatcher, note=words("overruled"))

    second = factories.incident(town.hole, text="Moved", **contact)
    workflow.move(second, "accept", by=officer)
    extension = extensions.request_extension(
        second, by=officer, reason=words("more_time"), until=second.due_at + timedelta(days=1)
    )
    extensions.decide_extension(extension, by=leader, granted=True, note=words("extended"))
    second.refresh_from_db()
    workflow.move(second, "hand_over", by=officer, to=town.other, note=words("handed_over"))
    workflow.move(second, "claim", by=officer, to=town.office, note=words("claimed"))
    workflow.move(second, "hand_back", by=officer, note=words("handed_back"))
    workflow.move(second, "hand_over", by=dispatcher, to=town.office, note="Yours")
    workflow.move(second, "reject", by=officer, note=words("rejected"))
    verdicts.dispute_result(second.reports.get(), "No")
    workflow.move(second, "uphold", by=dispatcher, note=words("upheld"))
    workflow.move(second, "resolve", by=officer, note="Done")
    workflow.move(second, "reopen", by=officer, note=words("reopened"))

    Authority.objects.filter(pk=town.water.pk).update(works="email")
    third = factories.incident(town.leak, text=words("outside"), **contact)
    workflow.move(third, "ask", note="Where?")
    answered = workflow.move(third, "answer", note=words("outside_answer"))
    Incident.objects.update(published=True)
    for event in Event.objects.order_by("pk"):
        notify.announce_event(event.pk)
    letters.write_letters(partners.arrival_event(third).pk)
    letters.write_letters(answered.pk)
    return Incident.objects.filter(pk__in=[first.pk, second.pk, third.pk]).order_by("pk")


def cover_everything(incidents, by):
    for incident in incidents:
        publishing.cover_text(incident, "Covered", by=by)
        publishing.cover_address(incident, "A street", by=by)
        for event in public_lines(incident):
            publishing.cover_note(event, f"Covered {event.kind}", by=by)


VARIANTS = (("incidents", "json", "csv"), ("incidents", "xml", "geojson"), ("areas", "xml", "gpkg"))


def read_by_strangers(addresses, incidents):
    """What anonymous people read at every address, by the address: pages, tiles, files, APIs."""
    read = {}
    for incident in incidents:
        came, joined = partners.arrival_event(incident), incident.reports.order_by("pk").last()
        own = addresses | {
            "/": addresses["/"] | {"reference": incident.reference},
            "/f/": {"token": joined.token},
            "/t/": {"slug": verdicts.short_link_slug(joined, came)},
            "/w/": {"token": letters.sign_link(came, Contact.objects.get(label="Desk")), "pk": 1},
        }
        for name, suffix, ending in VARIANTS:
            own["/ogc/"] = {"name": name, "key": incident.reference}
            own["/data/"] = {"name": "incidents", "ending": ending}
            own["/"] |= {"suffix": suffix}
            read |= {address.path: None for address in every_address(own)}
    read |= dict.fromkeys(["/list/?state=all&days=0", "/?state=all&days=0"])
    client = Client(raise_request_exception=False)
    for path in read:
        read[path] = content(client.get(path))
    return read


def content(answer):
    if answer.streaming:  # what goes on for ever says no words: see timeline.news
        return b"" if answer.is_async else b"".join(answer.streaming_content)
    return answer.content


def find_secrets(read, names):
    """Which of the secrets stand where, but for those that who has the link may read."""
    return sorted(
        (name, path)
        for path, body in read.items()
        for name in names
        if secret(name).encode() in body and not any(path.startswith(at) and name in own for at, own in OWN.items())
    )


def test_covered_words_are_read_by_nobody_outside(told_incidents, addresses, people):
    before = read_by_strangers(addresses, told_incidents)
    assert {name for name, _path in find_secrets(before, PUBLIC)} == set(PUBLIC)
    assert find_secrets(before, INTERNAL) == []
    cover_everything(told_incidents, people["dispatcher"])
    assert find_secrets(read_by_strangers(addresses, told_incidents), (*PUBLIC, *INTERNAL)) == []


HIDDEN = (
    "zalo.me/0901234567", "https://wa.me/84901234567", "tel:+84901234567", "viber://chat?number=%2B84901234567",
    "https://tim.example/?phone=%30901234567", "goi0901234567nha", "sdt:0901.234.567", "０９０１２３４５６７",
    "https://tra.example/51F-123.45", "xe51F-12345chay",
)  # fmt: skip


def test_contacts_in_links_and_words_are_behind_no_door(told_incidents, addresses, town):
    """In words and places alike; a search for the number, or for a part of it, finds nothing."""
    text = "Ngập sâu " + " và ".join(HIDDEN)
    incident = factories.incident(town.hole, text=text, address=f"Nhà {HIDDEN[5]}"[:200])
    read = read_by_strangers(addresses, [incident])
    assert any("Ngập sâu ‹…›".encode() in body for body in read.values())
    secrets = [part.encode() for part in ("901234567", "1.234.567", "９０１２", "51F-123", "51f-123")]
    own = f"/f/{incident.reports.get().token}/"
    assert [path for path, body in read.items() if path != own for part in secrets if part in body] == []
    client = Client()
    for part in ("0901234567", "0901", "901234", "51F", "12345"):
        for path in (f"/list/?state=all&days=0&words={part}", f"/open311/v2/requests.json?q={part}"):
            assert incident.reference not in content(client.get(path)).decode()


# What notices say of these texts is read by others than the unit's own people.
TOLD = {
    "asked",
    "handed_over",
    "claimed",
    "extended",
    "resolved",
    "rejected",
    "overruled",
    "upheld",
    "reopened",
    "outside",
}


def sayings():
    """What the notices that wait say, to each address, as they would be sent."""
    texts_by_address = {}
    for notice in Notice.objects.order_by("pk"):
        texts.rerender_notice(notice)
        texts_by_address.setdefault(f"{notice.medium} {notice.address}", b"")
        texts_by_address[f"{notice.medium} {notice.address}"] += f"{notice.subject}\n{notice.text}\n".encode()
    return texts_by_address


def test_covered_words_are_sent_to_nobody(told_incidents, people, settings):
    before = sayings()
    assert {name for name, _to in find_secrets(before, PUBLIC)} == TOLD | {"report", "graded"}
    outsiders = {to: text for to, text in before.items() if "old.example" not in to}
    assert find_secrets(outsiders, INTERNAL) == []
    cover_everything(told_incidents, people["dispatcher"])
    assert find_secrets(sayings(), PUBLIC) == []
    for notice in Notice.objects.filter(medium="email"):
        notify.deliver_notice(notice.pk)
    assert len(mail.outbox) > 10
    sent = {str(number): str(letter.message()).encode() for number, letter in enumerate(mail.outbox)}
    assert find_secrets(sent, PUBLIC) == []
    Notice.objects.all().delete()
    for event in Event.objects.order_by("pk"):
        notify.announce_event(event.pk)
    assert find_secrets(sayings(), PUBLIC) == []
