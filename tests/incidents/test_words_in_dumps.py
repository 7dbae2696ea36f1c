"""A dump of the database shows nobody's number, and no words that not everybody may read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import localtime, now

from cameras.models import RoomLine
from cameras.room import log
from incidents import reporting, workflow
from incidents.casework import additions, notes, subtasks, verdicts
from incidents.channels import mail, sms_replies
from incidents.disclosure import publishing, sealing, subject_requests
from incidents.enquiries import receiving
from incidents.escalation import directives
from incidents.models import (
    Call,
    ChatEvent,
    Draft,
    Event,
    HeldReport,
    Incident,
    Membership,
    Notice,
    Report,
    StoredMail,
    StoredSms,
    User,
    WatchedWord,
)
from incidents.notify import announce_event, esms
from incidents.notify import zalo as transport
from incidents.reporting.sender import Sender
from tests import factories, owner
from tests.fakes.messenger import PAGE, Messenger
from tests.fakes.zalo import Zalo
from tests.incidents.channels import chats, mails

PHONE, SPELLED, SECRET = "0901234567", "0901.234.567", "uniquesecret"
CONTACT = f"Ngập sâu, gọi {SPELLED} hay zalo.me/{PHONE}"
PRIVATE = f"Chồng đánh vợ {SECRET} ở nhà số 7"
NEVER_PLAIN = (PHONE, SPELLED, "901234567", SECRET, "đánh vợ", "danh vo")


TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND has_table_privilege(oid, 'SELECT') ORDER BY 1
"""


def dump_of_all_tables():
    """{table: what COPY gives of it}, of each that is not empty."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        dumps = {}
        for (table,) in cursor.fetchall():
            with cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as copy:
                dumps[table] = b"".join(map(bytes, copy)).decode()
        return {table: text for table, text in dumps.items() if text}


def tables_with(*secrets):
    """The tables in whose dump one of these stands, in letters or as PostgreSQL writes bytes."""
    spellings = [spelling for secret in secrets for spelling in (secret, secret.encode().hex())]
    return sorted(name for name, text in dump_of_all_tables().items() if any(written in text for written in spellings))


def announce_all():
    for event in Event.objects.order_by("pk"):
        announce_event(event.pk)


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)


def report_by_each_channel(town):
    """Contacts in public words, and words that are never public, by each channel of reports."""
    for channel in Report.Channel.values:
        fields = {"place": factories.IN_OLD, "address": f"Nhà chú Ba, gọi {SPELLED}", "phone": "+84901234567"}
        reporting.receive(reporting.IncomingReport(channel, town.hole, text=CONTACT, **fields))
        reporting.receive(reporting.IncomingReport(channel, town.secret, text=PRIVATE, **fields))


def wait_for_a_look(town):
    WatchedWord.watch("bún chả")
    sender = Sender(network="203.0.113.7", puzzle=True)
    text = f"Quán bún chả {SECRET}, gọi {SPELLED}"
    incoming = reporting.IncomingReport(
        "web", town.hole, factories.IN_OLD, text=text, address=SECRET, phone="+84901234567"
    )
    assert isinstance(reporting.receive(incoming, sender), HeldReport)


def ask_and_complain(town):
    for kind in ("question", "complaint"):
        receiving.receive_enquiry(receiving.IncomingEnquiry("web", kind, PRIVATE, phone="+84901234567"))


def call_by_phone(town):
    Call.objects.create(phone=PHONE, text=PRIVATE, where=f"Nhà {SECRET}", operator=User.objects.first())


def work_on_it(town):
    """What the desks say of it between themselves, and the reporter to them."""
    officer, dispatcher = User.objects.get(username="officer"), User.objects.get(username="dispatcher")
    leader = factories.person("leader", town.office, Membership.Role.LEADER)
    incident = factories.incident(town.hole, text="Knee deep")
    notes.write_note(incident, by=officer, text=f"Chị Lan {SECRET}, {SPELLED}")
    workflow.move(incident, "accept", by=officer)
    subtasks.request_subtask(
        incident, by=officer, to=town.water, what=f"Hỏi {SECRET}", due_at=now() + timedelta(days=2)
    )
    part = incident.subtasks.get()
    waterman = factories.person("waterman", town.water)
    subtasks.answer_subtask(part, by=waterman, done=True, text=f"Xong, {SECRET} gọi {SPELLED}")
    report = incident.reports.get()
    additions.add_to_report(report, words=f"Gọi em {SPELLED} {SECRET}", pictures=[])
    workflow.move(incident, "resolve", by=officer, note="Filled")
    verdicts.rate_result(report, 1, f"Tệ, {SECRET} {SPELLED}")
    subject_requests.record_request("access", by=dispatcher, phone="+84901234567", note=f"Bà {SECRET}")
    post = leader.memberships.get()
    until = now() + timedelta(days=1)
    directives.give_directive(leader, post, town.office, f"Xem ngay {SECRET}", until, [incident])
    log.write_words(dispatcher, f"Gọi {SECRET} {SPELLED}", incident=incident)
    assert RoomLine.objects.get().text == f"Gọi {SECRET} {SPELLED}"


WAYS = [report_by_each_channel, wait_for_a_look, ask_and_complain, call_by_phone, work_on_it]


@pytest.mark.parametrize("way", WAYS)
def test_no_dump_shows_numbers_or_private_words(town, officer, dispatcher, way):
    way(town)
    announce_all()
    assert tables_with(*NEVER_PLAIN) == []


# ---- what comes in by the doors of others; each yields when it has come, and when the worker has done its part ----


def write_by_zalo(client, town, settings):
    """A report in several messages, from somebody whose account is called as their number."""
    texts = [CONTACT, PRIVATE, f"Nhà {SECRET} trên Harbour Road"]
    settings.ZALO_APP_ID, settings.ZALO_APP_SECRET, settings.ZALO_OA_SECRET = "app", "app secret", "oa secret"
    with Zalo(followers=[PHONE]) as zalo:
        settings.ZALO_URL = settings.ZALO_OAUTH_URL = zalo.url
        transport.store_tokens({"access_token": "access-0", "refresh_token": "refresh-0", "expires_in": 90_000})
        for text in texts:
            body = zalo.event(PHONE, text=text)
            signed = {"X-ZEvent-Signature": zalo.signature(body, "1"), "X-ZEvent-Timestamp": "1"}
            assert client.post("/hooks/zalo/", body, "application/json", headers=signed).status_code == 200
            yield
            assert len(chats.work(zalo, PHONE)) == 1
            yield
    draft = Draft.objects.get()
    assert (draft.writer.user, draft.text) == (PHONE, CONTACT)
    assert list(ChatEvent.objects.order_by("pk").values_list("words", flat=True)) == texts


def write_by_messenger(client, town, settings):
    settings.MESSENGER_PAGE_ID, settings.MESSENGER_APP_SECRET = PAGE, "app secret"
    settings.MESSENGER_PAGE_TOKEN, settings.MESSENGER_VERIFY_TOKEN = "page token", "verify token"
    with Messenger() as messenger:
        settings.MESSENGER_URL = f"{messenger.url}/v26.0"
        body = messenger.call(messenger.event(message={"text": f"{CONTACT} {PRIVATE}"}))
        signed = {"X-Hub-Signature-256": messenger.signature(body)}
        assert client.post("/hooks/messenger/", body, "application/json", headers=signed).status_code == 200
        yield
        chats.work(messenger, "messenger:9001")
        assert messenger.inbox
        yield
    assert Draft.objects.get().text == f"{CONTACT} {PRIVATE}"


def answer_by_sms(client, town, settings):
    """That it is not done, to the message that says it is; the gateway brings it."""
    settings.SMS_CALLBACK_TOKEN, settings.SMS_INBOUND_KEY, settings.SMS_PROVIDER = (
        "a-token-of-some-length",
        "key",
        "esms",
    )
    incident = factories.incident(town.hole, phone="+84901234567")
    for step, note in (("accept", ""), ("resolve", "Filled")):
        workflow.move(incident, step, by=User.objects.get(username="officer"), note=note)
    announce_all()
    Notice.objects.update(state=Notice.State.SENT, sent_at=now())
    message = {"cpid": "17", "smsid": "1", "content": f"Chưa xong, {SECRET} gọi {SPELLED}"}
    message |= {
        "receiverTime": f"{localtime() + timedelta(seconds=1):%Y%m%d%H%M%S}",
        "sender": "84901234567",
        "keyword": "CTY",
    }
    signed = "".join(message[name] for name in ("cpid", "smsid", "content", "receiverTime"))
    message["sign"] = esms.inbound_signature(signed)
    assert client.get("/hooks/sms/esms/a-token-of-some-length/inbound/", message).status_code == 200
    yield
    sms_replies.process_inbound(StoredSms.objects.get().pk)
    announce_all()
    yield
    assert SECRET in incident.timeline.get(kind="disputed").note


def write_by_mail(client, town, settings):
    """A report, and what nobody understands; the mail server brings them."""
    settings.MAIL_ADDRESS = mails.ADDRESS
    letters = [
        (f"Ổ gà trên {mails.WHERE}, {CONTACT}", f"{SECRET}1@b.example"), (PRIVATE, f"{SECRET}2@b.example"),
    ]  # fmt: skip
    for text, sender in letters:
        stored = mail.store_mail(mails.letter(text, sender=sender, subject=f"Gọi {SPELLED}"), way="lmtp")
        yield
        mail.process_mail(stored.pk)
        mails.work()
        yield
    assert list(StoredMail.objects.order_by("pk").values_list("state", flat=True)) == ["report", "person"]


DOORS = [write_by_zalo, write_by_messenger, answer_by_sms, write_by_mail]


@pytest.mark.parametrize("door", DOORS)
def test_no_dump_shows_what_comes_by_the_doors_of_others(client, town, officer, settings, policies, door):
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    policies.quiet_hours = ""
    for _step in door(client, town, settings):
        assert tables_with(*NEVER_PLAIN) == []


def test_public_words_lie_plain(town):
    factories.incident(town.hole, text=CONTACT)
    assert tables_with("Ngập sâu, gọi ‹…› hay ‹…›") == ["incidents_event", "incidents_incident", "incidents_report"]


def test_words_follow_what_everybody_may_read(town, dispatcher):
    """What is taken out of the public lies encrypted, what is shown lies plain; its reader sees no difference."""
    incident = factories.incident(town.hole, text=f"Knee deep {SECRET}")
    publishing.hide_incident(incident, by=dispatcher, note="Looks like a joke")
    assert tables_with(SECRET) == ["incidents_event"]  # what everybody could read once
    assert Incident.objects.get().text == Report.objects.get().public_text == f"Knee deep {SECRET}"
    assert not Incident.objects.matching_in_public(SECRET).exists()
    incident.refresh_from_db()
    publishing.release_incident(incident, by=dispatcher)
    assert tables_with(SECRET) == [
        "incidents_event",
        "incidents_incident",
        "incidents_incidentwords",
        "incidents_report",
    ]
    assert Incident.objects.matching_in_public(SECRET).exists()


@pytest.mark.django_db(transaction=True)
def test_what_lies_plain_from_before_is_encrypted(town, officer):
    """As the migration does, and the command; a second time finds nothing, and the history is as its seals say."""
    secret, shown = factories.incident(town.secret, text=PRIVATE), factories.incident(town.hole, text=CONTACT)
    note = notes.write_note(shown, by=officer, text=f"Chị {SECRET}")
    with owner.as_owner() as cursor:
        cursor.execute("ALTER TABLE incidents_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE incidents_event SET note = %s WHERE id = %s", [f"Chị {SECRET}", note.pk])
        cursor.execute("ALTER TABLE incidents_event ENABLE TRIGGER USER")
        cursor.execute("UPDATE incidents_report SET text = %s WHERE incident_id = %s", [CONTACT, shown.pk])
        cursor.execute(
            "UPDATE incidents_report SET text = %s, public_text = %s WHERE incident_id = %s",
            [PRIVATE, PRIVATE, secret.pk],
        )
        cursor.execute("UPDATE incidents_incident SET text = %s WHERE id = %s", [PRIVATE, secret.pk])
        cursor.execute("UPDATE incidents_incidentwords SET text = text || ' goi 0901 234 567'")
    assert "incidents_event" in tables_with(SECRET)
    assert sealing.seal_words() > 3
    assert tables_with(SPELLED, PHONE, SECRET, "đánh vợ", "danh vo", "0901 234") == []
    assert Event.objects.get(pk=note.pk).note == f"Chị {SECRET}"
    assert [report.text for report in Report.objects.order_by("pk")] == [PRIVATE, CONTACT]
    assert sealing.seal_words() == 0
