"""Nobody changes, leaves out or adds a line of history unseen, whatever rights in the database they have."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import get_default_timezone, now

from geoapp.db import locks
from geoapp.ledger import hash_chain
from incidents import timeline, workflow
from incidents.audit import chain
from incidents.models import Event, EventSeal, HistoryHead
from tests import factories, owner


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def history(town, officer):
    """Two incidents, one of them worked to its end: eight lines, sealed."""
    first, _two = factories.incident(town.hole), factories.incident(town.leak)
    for step, note in (("accept", ""), ("begin", ""), ("ask", "Where exactly?"), ("answer", "By the ‘bridge’, số 5")):
        workflow.move(first, step, by=officer, note=note)
    assert chain.seal_history() == 8
    return list(Event.objects.order_by("pk"))


def as_superuser(statement, *values):
    """What somebody does who may do everything in the database: the guard is put to sleep and woken again."""
    with owner.without_guards("incidents_event") as cursor:
        cursor.execute(statement, values or None)


def change_heads(**values):
    """The same with what was published."""
    with owner.without_guards("incidents_historyhead"):
        HistoryHead.objects.update(**values)


def verify_history(*heads):
    out = StringIO()
    call_command("verify_ledger", "history", *(f"--head={head}" for head in heads), stdout=out)
    return out.getvalue()


def test_a_history_that_nobody_touched_is_right(history, town):
    assert chain.seal_history() == 0
    factories.incident(town.hole)
    assert verify_history().startswith("OK: 8 lines, 0 heads. 0 with an erased note; 2 not sealed yet. ")
    assert chain.seal_history() == 2
    assert "10 lines" in verify_history()


def test_an_empty_history_is_right(db, today):
    assert chain.seal_history() == 0
    assert "OK: 0 lines" in verify_history()
    assert chain.HISTORY.publish_head(today) is None


CHANGES = [  # what somebody does, and what is found; {1} … {8} are the numbers of the lines
    ("UPDATE incidents_event SET note = 'Nowhere' WHERE id = {7}", "The note of line {7} was altered."),
    ("UPDATE incidents_event SET kind = 'note' WHERE id = {5}", "Line {5} was altered."),
    ("UPDATE incidents_event SET at = at - interval '1 microsecond' WHERE id = {1}",
     "Line {1} was altered, or one before it was removed."),
    ("UPDATE incidents_event SET by_id = NULL WHERE id = {6}", "Line {6} was altered."),
    ("UPDATE incidents_event SET authority_id = NULL WHERE id = {2}", "Line {2} was altered."),
    ("UPDATE incidents_event SET public = NOT public WHERE id = {4}", "Line {4} was altered."),
    ("UPDATE incidents_event SET reasons = '[]' WHERE id = {2}", "Line {2} was altered."),
    ("UPDATE incidents_event SET incident_id = (SELECT max(id) FROM incidents_incident) WHERE id = {5}",
     "Line {5} was altered."),
    ("UPDATE incidents_event SET erased_at = now() WHERE id = {7}",
     "Line {7} says that its note was erased, but has one."),
    ("DELETE FROM incidents_eventseal WHERE event_id = {5}; DELETE FROM incidents_event WHERE id = {5}",
     "Line {6} was altered, or one between it and line {4} was removed."),
    ("DELETE FROM incidents_eventseal WHERE event_id = {5}",
     "Line {5} was added: those after it were sealed without it."),
    ("UPDATE incidents_eventseal SET digest = sha256('x') WHERE event_id = {3}", "Line {3} was altered."),
]  # fmt: skip


def test_what_a_superuser_changes_is_found(history):
    numbers = [None, *(event.pk for event in history)]
    for change, message in CHANGES:
        with transaction.atomic():
            as_superuser(change.format(*numbers))
            with pytest.raises(CommandError) as error:
                verify_history()
            transaction.set_rollback(True)
        assert str(error.value).startswith(message.format(*numbers))
    assert "OK: 8 lines" in verify_history()


def test_a_line_that_was_put_in_between_is_found(history):
    """A number that was never given is free in every history: of a transaction that failed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('incidents_event', 'id'))")
        free = cursor.fetchone()[0]
    after = Event.objects.create(incident=history[0].incident, kind="note", state="working")
    chain.seal_history()
    assert after.pk == free + 1
    Event.objects.create(pk=free, incident=history[0].incident, kind="note", state="working", note="Long ago")
    assert chain.HISTORY.verify().fault == f"Line {free} was added: those after it were sealed without it."


def test_kept_head_reveals_a_resealed_history(history, today):
    head = chain.HISTORY.publish_head(today)
    head_option = f"{head.day}={bytes(head.digest).hex()}"
    assert "2 heads" in verify_history(head_option)
    as_superuser("UPDATE incidents_event SET note = 'Never' WHERE id = %s", history[6].pk)
    as_superuser("DELETE FROM incidents_eventseal")
    chain.seal_history()
    with pytest.raises(
        CommandError, match=f"The head published for {head.day} is not the seal on line {history[-1].pk}"
    ):
        verify_history()
    change_heads(digest=EventSeal.objects.last().digest)
    assert "OK" in verify_history()
    with pytest.raises(CommandError, match=f"kept from {head.day} is not in this history"):
        verify_history(head_option)


def test_who_cuts_off_the_end_is_found_by_the_head(history, today):
    head = chain.HISTORY.publish_head(today)
    as_superuser("DELETE FROM incidents_eventseal WHERE event_id > %s", history[5].pk)
    as_superuser("DELETE FROM incidents_event WHERE id > %s", history[5].pk)
    assert (
        chain.HISTORY.verify().fault
        == f"Line {head.event_id}, on which the head of {head.day} was published, was removed."
    )


def erase_notes_of(*lines):
    return timeline.record_erasure({line.incident_id for line in lines}, [line.pk for line in lines], by=None, at=now())


def test_an_erased_note_still_verifies(history):
    (erasure,) = erase_notes_of(history[7])
    assert (erasure.kind, erasure.public, erasure.receipt) == ("erased", False, {"lines": [history[7].pk]})
    assert verify_history().startswith("OK: 8 lines, 0 heads. 1 with an erased note; 1 not sealed yet. ")
    assert chain.seal_history() == 1
    assert "9 lines" in verify_history()


@pytest.mark.parametrize(
    "says_so",
    ["", "incident_id = (SELECT max(id) FROM incidents_incident), note = ''", "kind = 'note'", "receipt = '{}'"],
)
def test_an_erasure_that_no_line_names_is_found(history, says_so):
    """Who may do everything in the database erases a note and writes no line of it, or one that says another thing."""
    erased = "UPDATE incidents_event SET note = '', salt = NULL, erased_at = now() WHERE id = %s"
    if says_so:
        (erasure,) = erase_notes_of(history[7])
        as_superuser(f"UPDATE incidents_event SET {says_so} WHERE id = %s", erasure.pk)
    else:
        as_superuser(erased, history[7].pk)
    with pytest.raises(CommandError) as error:
        verify_history()
    message = f"The note of line {history[7].pk} is missing, and no line says that it was erased."
    assert str(error.value).startswith(message)
    chain.seal_history()
    assert chain.HISTORY.verify().fault == message


def test_daily_head_is_published_once_and_missed_days_later(history, today):
    day = timedelta(days=1)
    assert chain.HISTORY.publish_due_heads() == 0  # nothing had happened by yesterday
    first = chain.HISTORY.publish_head(today - day) or chain.HISTORY.publish_head(today)
    assert (first.day, first.event_id) == (today, history[-1].pk)
    Event.objects.create(incident=history[0].incident, kind="note", state="working")
    assert chain.HISTORY.publish_head(today) == first
    change_heads(day=today - 4 * day)
    as_superuser("UPDATE incidents_event SET at = at - interval '5 days' WHERE id <= %s", history[-1].pk)
    assert chain.HISTORY.publish_due_heads() == 3
    heads = list(HistoryHead.objects.order_by("day").values_list("day", "event_id"))
    assert heads == [(today - n * day, history[-1].pk) for n in (4, 3, 2, 1)]


def test_a_seal_can_be_made_with_any_tool(history):
    """As docs/adr/0010 says it, from the table alone."""
    before = bytes(32)
    for event in history:
        note = hashlib.sha256(event.salt.bytes + event.note.encode()).hexdigest()
        line = [
            event.pk, event.incident_id, event.kind, event.state,
            event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), event.by_id, event.authority_id, event.public,
            event.reasons, event.receipt, note,
        ]  # fmt: skip
        canonical = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(before + canonical.encode()).digest()
    assert bytes(EventSeal.objects.last().digest) == before


def test_every_field_of_a_line_is_covered():
    fields = {field.attname for field in Event._meta.concrete_fields}
    assert fields == {*chain.SEALED_FIELDS, "note", "salt", "erased_at", "archive"}


def test_an_erased_phone_number_is_not_found_by_trying(history):
    phones = [f"09012345{number:02}" for number in range(100)]
    event = workflow.move(history[0].incident, "ask", note=phones[21])
    chain.seal_history()
    salt = Event.objects.get(pk=event.pk).salt
    tried = {hash_chain.salted_digest(phone, tried_salt) for phone in phones for tried_salt in (None, salt)}
    digest = bytes(EventSeal.objects.get(event=event).note_digest)
    assert digest in tried  # as long as the salt is known
    erase_notes_of(event)
    stored = Event.objects.filter(pk=event.pk).values_list("note", "salt").get()
    assert (stored, digest in {hash_chain.salted_digest(phone) for phone in phones}) == (("", None), False)
    assert "1 with an erased note" in verify_history()


def test_lines_of_before_the_salts_keep_verifying(town):
    """As a database of 0.4.0 holds them: sealed without salts, one of them erased."""
    with owner.as_owner() as cursor:
        cursor.execute("ALTER TABLE incidents_event ALTER salt DROP DEFAULT")
    for note in ("Knee deep", "Call 0901234567", ""):
        factories.incident(town.hole, text=note)
    assert set(Event.objects.values_list("salt", flat=True)) == {None}
    chain.seal_history()
    erase_notes_of(Event.objects.earliest("pk"))
    with owner.as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE incidents_event ALTER salt SET DEFAULT gen_random_uuid()")
    factories.incident(town.hole)
    chain.seal_history()
    assert verify_history().startswith("OK: 9 lines")  # one says of which the note was erased
    assert "1 with an erased note" in verify_history()


def test_two_who_seal_at_once_do_not_fork_the_chain(incident):
    """Whoever comes second leaves it to the first."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [locks.Lock.CHAIN])
            assert chain.seal_history() == 0
            cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.Lock.CHAIN])
    finally:
        other.close()
    assert chain.seal_history() == 2


@pytest.mark.parametrize("wrong", ["yesterday", "2026-11-23", "2026-11-23=5f", "2026-13-23=" + "0" * 64])
def test_what_is_no_head_is_refused(db, wrong):
    with pytest.raises(CommandError, match="DAY=HEX"):
        verify_history(wrong)


def test_a_line_is_written_in_one_way():
    at = datetime(2026, 11, 25, 8, 0, tzinfo=get_default_timezone())
    line = [1, 2, "note", "working", at, None, None, True, '[{"vi": "Ở đây", "en": "Here"}]', None]
    assert chain.canonical_line(line, b"\1" * 32).decode() == (
        '[1,2,"note","working","2026-11-25T01:00:00.000000Z",null,null,true,[{"en":"Here","vi":"Ở đây"}],null,"'
        + "01" * 32
        + '"]'
    )
