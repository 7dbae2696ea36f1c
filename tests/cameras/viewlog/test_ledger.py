"""Test the viewing ledger: who looked at which camera and which evidence, and that changes are detected."""

import threading
from datetime import timedelta
from io import StringIO
from unittest.mock import ANY

import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now

from cameras.models import Evidence, Flag, ViewLogEntry, ViewLogHead
from cameras.viewlog import ledger as looking
from geoapp.ledger import hash_chain
from tests import factories, owner
from tests.cameras.conftest import camera, in_ring, keeps


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def list_looks():
    return [(look.by.username, look.how, look.cameras, look.evidence) for look in ViewLogEntry.objects.order_by("pk")]


def as_superuser(statement, *values):
    with owner.without_guards("cameras_viewlogentry") as cursor:
        cursor.execute(statement, values or None)


def verify_looks(*lines, heads=()):
    out, heads = StringIO(), (f"--head={head}" for head in heads)
    call_command("verify_ledger", "camera-looks", *(f"--line={line}" for line in lines), *heads, stdout=out)
    return out.getvalue()


def test_repeated_wall_views_are_one_line_per_five_minutes(controller, operator, town, monkeypatch):
    for _again in range(4):
        looking.record_viewing(controller, "wall", [1, 2])
    looking.record_viewing(controller, "wall", [2, 3])
    looking.record_viewing(operator, "wall", [1])
    assert list_looks() == [
        ("controller", "wall", [1, 2], []),
        ("controller", "wall", [3], []),
        ("operator", "wall", [1], []),
    ]
    as_superuser("UPDATE cameras_viewlogentry SET at = at - interval '301 s'")
    looking.record_viewing(controller, "wall", [2, 3])
    assert list_looks()[3:] == [("controller", "wall", [2, 3], [])]


def test_view_of_an_incident_with_a_purpose_is_a_line_of_its_own(controller, incident, town):
    other = factories.incident(town.leak)
    looking.record_viewing(controller, "focus", [1])
    for viewed in (incident, other, incident):
        looking.record_viewing(controller, "focus", [1], incident=viewed, purpose="asked\nby the police")
    looks = ViewLogEntry.objects.order_by("pk").values_list("incident", "purpose", "pictures")
    assert list(looks) == [(None, "", 1), *((viewed.pk, "asked by the police", 1) for viewed in (incident, other))]


def test_an_act_is_written_down_each_time(controller, incident):
    for _again in range(2):
        looking.record_viewing(controller, "export", [1, 2], incident=incident, evidence=[7, 8, 9], purpose="court")
    assert list_looks() == [("controller", "export", [1, 2], [7, 8, 9])] * 2
    assert [look.pictures for look in ViewLogEntry.objects.all()] == [5, 5]


def test_looking_at_nothing_and_nobodys_looking_is_not_written(controller, town, client):
    assert looking.record_viewing(controller, "wall", []) is None
    assert looking.record_viewing(client.get("/").wsgi_request.user, "picture", [1]) is None
    assert not ViewLogEntry.objects.exists()


def test_pages_and_pictures_write_down_what_they_show(client, controller, eye, incident):
    evidence, second = keeps(eye, incident), camera("B2", lon=10.0053)
    client.force_login(controller)
    client.get(reverse("control-incident", args=[incident.reference]))
    client.get(reverse("evidence", args=[evidence.pk]))  # the page's picture
    client.get(reverse("camera-picture", args=[eye.code]))  # as well
    client.get(reverse("wall"), {"code": [eye.code, "none"]})
    client.get(reverse("control-camera", args=[second.code]))
    client.get(reverse("control-place"), {"lon": 10.0052, "lat": 50.005})
    assert list_looks() == [
        ("controller", "focus", [eye.pk, second.pk], [evidence.pk]),
        ("controller", "wall", [eye.pk], []),
        ("controller", "focus", [second.pk], []),
        ("controller", "focus", [eye.pk], []),
    ]
    assert [look.incident for look in ViewLogEntry.objects.order_by("pk")] == [incident, None, None, None]


def test_who_fetches_pictures_past_the_pages_is_written_down_too(client, operator, officer, eye, incident):
    client.force_login(operator)
    old = in_ring(eye, factories.jpeg(colour="red"), now() - timedelta(hours=3))
    older = in_ring(eye, factories.jpeg(colour="red"), now() - timedelta(hours=5))
    for _again in range(2):
        client.get(reverse("camera-picture", args=[eye.code]))
        client.get(reverse("camera-frame", args=[eye.code, old.micros]))
        client.get(reverse("camera-frame", args=[eye.code, older.micros]))
    assert client.get("/cameras/none/now.jpg").status_code == 404
    evidence = keeps(eye, incident)
    assert client.get(reverse("evidence", args=[evidence.pk])).status_code == 404
    client.force_login(officer)
    client.get(reverse("evidence", args=[evidence.pk]))
    assert list_looks() == [
        ("operator", "picture", [eye.pk], []),
        ("operator", "history", [eye.pk], []),
        ("operator", "history", [eye.pk], []),
        ("officer", "evidence", [eye.pk], [evidence.pk]),
    ]
    assert [look.hour for look in ViewLogEntry.objects.order_by("pk")][1:3] == [
        frame.taken_at.replace(minute=0, second=0, microsecond=0) for frame in (old, older)
    ]


def test_an_officer_at_the_desk_is_shown_only_what_was_kept(client, officer, eye, incident):
    camera("B2", lon=10.0053)
    client.force_login(officer)
    address = reverse("cameras-nearby", args=[incident.reference])
    client.get(address)
    evidence = keeps(eye, incident)
    client.get(address)
    assert list_looks() == [("officer", "desk", [eye.pk], [evidence.pk])]


def test_evidence_pages_and_actions_are_logged_with_purpose(client, officer, controller, eye, incident):
    first, second = keeps(eye, incident), keeps(eye, incident, "resolved", colour="red")
    page = reverse("evidence-page", args=[incident.reference])
    over = reverse("evidence-over", args=[first.pk, second.pk])
    for who, addresses in ((officer, (page, over)), (controller, (over,))):
        client.force_login(who)
        for address in addresses:
            client.get(address)
    client.post(reverse("evidence-pin", args=[incident.reference]), {"evidence": first.pk, "reason": "The van"})
    b"".join(client.post(reverse("evidence-export", args=[incident.reference]), {"purpose": "Court"}))
    pinned = Evidence.objects.get(moment="pinned")
    looks = ViewLogEntry.objects.order_by("pk").values_list("by__username", "how", "incident", "evidence", "purpose")
    assert list(looks) == [
        ("officer", "evidence", incident.pk, [first.pk, second.pk], ""),
        ("controller", "evidence", incident.pk, [first.pk, second.pk], ""),
        ("controller", "pin", incident.pk, [], "The van"),
        ("controller", "export", incident.pk, [first.pk, second.pk, pinned.pk], "Court"),
    ]


def test_picture_answered_with_304_is_logged_as_viewed(client, operator, eye):
    client.force_login(operator)
    known = {"If-None-Match": f'"{eye.last_sha256}"'}
    assert client.get(reverse("camera-picture", args=[eye.code]), headers=known).status_code == 304
    assert len(list_looks()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cameras_viewlogentry SET by_id = by_id",
        "DELETE FROM cameras_viewlogentry",
        "TRUNCATE cameras_viewlogentry",
    ],
)
def test_postgresql_changes_and_deletes_no_line(controller, statement):
    looking.record_viewing(controller, "wall", [1])
    with owner.as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic(), owner.as_owner() as cursor:
        cursor.execute(statement)


@pytest.fixture
def ledger(controller, incident):
    for number in range(1, 5):
        looking.record_viewing(controller, "wall", [number])
    looking.record_viewing(controller, "export", evidence=[5], incident=incident, purpose="Tòa án “số 2”", hour=now())
    return controller


def test_a_ledger_that_nobody_touched_is_right(ledger):
    output = verify_looks()
    assert output.startswith("OK: 5 lines, 0 heads. 5=")
    line = output.split()[-1]
    looking.record_viewing(ledger, "wall", [9])
    assert verify_looks(line).startswith("OK: 6 lines, 0 heads. 6=")


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "UPDATE cameras_viewlogentry SET cameras = '{77}' WHERE id = 3",
            "Line 3 was altered. Right before it: 2 lines, the last is 2.",
        ),
        ("UPDATE cameras_viewlogentry SET at = at + interval '1 us' WHERE id = 2", "Line 2 was altered."),
        ("UPDATE cameras_viewlogentry SET purpose = '' WHERE id = 5", "Line 5 was altered."),
        ("UPDATE cameras_viewlogentry SET hour = NULL WHERE id = 5", "Line 5 was altered."),
        ("UPDATE cameras_viewlogentry SET incident_id = NULL WHERE id = 5", "Line 5 was altered."),
        ("UPDATE cameras_viewlogentry SET how = 'pin' WHERE id = 1", "Line 1 was altered."),
        ("DELETE FROM cameras_viewlogentry WHERE id = 3", "Line 4 follows line 2: what was between was removed."),
        ("DELETE FROM cameras_viewlogentry WHERE id = 1", "Line 2 follows line 0: what was between was removed."),
    ],
)
def test_a_line_that_was_altered_or_left_out_is_told(ledger, change, fault):
    as_superuser(change)
    with pytest.raises(CommandError) as refused:
        verify_looks()
    assert str(refused.value).startswith(fault)


def test_line_kept_outside_reveals_a_truncated_or_resealed_log(ledger):
    line = verify_looks().split()[-1]
    as_superuser("DELETE FROM cameras_viewlogentry WHERE id = 5")
    assert verify_looks().startswith("OK: 4 lines, ")
    with pytest.raises(CommandError, match="Line 5, which was kept outside, no longer exists"):
        verify_looks(line)
    looking.record_viewing(ledger, "export", [1], purpose="Something else")
    with pytest.raises(CommandError, match="Line 5 is not the one kept outside"):
        verify_looks(line)
    with pytest.raises(CommandError, match="NUMBER=HEX"):
        verify_looks("5=beef")


# ---- the head of each day, and how long lines are kept


def backdate_lines(months, line):
    """Date the lines up to this one so many months back, and seal the ledger accordingly."""
    at = now() - relativedelta(months=months)
    as_superuser("UPDATE cameras_viewlogentry SET at = at - (now() - %s) WHERE id <= %s", at, line)
    before = hash_chain.GENESIS
    for look in ViewLogEntry.objects.order_by("pk"):
        before = looking.LOOKS.line_digest(before, look)
        as_superuser("UPDATE cameras_viewlogentry SET digest = %s WHERE id = %s", before, look.pk)
    return localdate(at)


def test_daily_head_is_published_once_and_missed_days_later(ledger, today):
    assert looking.LOOKS.publish_due_heads() == 0  # nobody had looked by yesterday
    day = timedelta(days=1)
    as_superuser("UPDATE cameras_viewlogentry SET at = at - interval '3 days' WHERE id <= 2")
    looking.LOOKS.publish_head(today - 4 * day)
    assert looking.LOOKS.publish_head(today - 3 * day) == looking.LOOKS.publish_head(today - 3 * day)
    assert (looking.LOOKS.publish_due_heads(), looking.LOOKS.publish_due_heads()) == (2, 0)
    heads = ViewLogHead.objects.order_by("day").values_list("day", "line")
    assert list(heads) == [(today - n * day, 2) for n in (3, 2, 1)]


def test_everybody_may_keep_the_heads_which_name_nobody(client, ledger, today):
    head = looking.LOOKS.publish_head(today)
    document = client.get("/cameras/looks/heads.json").json()
    digest = bytes(ViewLogEntry.objects.first().digest).hex()
    heads = [{"day": str(head.day), "line": 5, "published_at": ANY, "digest": digest}]
    assert document == {"chain": "looks", "digest": "SHA-256", "signature": "Ed25519", "heads": heads}


def test_published_head_reveals_a_truncated_or_resealed_log(ledger, today):
    head = looking.LOOKS.publish_head(today)
    published = f"{head.day}={head.hex}"
    assert verify_looks(heads=[published]).startswith("OK: 5 lines, 2 heads.")
    as_superuser("DELETE FROM cameras_viewlogentry WHERE id = 5")
    with pytest.raises(CommandError, match=f"Line 5, on which the head of {head.day} was published, was removed"):
        verify_looks()
    looking.record_viewing(ledger, "export", [1], purpose="Something else")
    with pytest.raises(CommandError, match=f"The head published for {head.day} is not the seal on line 5"):
        verify_looks()
    with owner.without_guards("cameras_viewloghead"):
        ViewLogHead.objects.update(digest=ViewLogEntry.objects.first().digest)
    assert verify_looks().startswith("OK: 5 lines, 1 heads.")
    with pytest.raises(CommandError, match=f"kept from {head.day} is not in this history"):
        verify_looks(heads=[published])


def test_expired_lines_are_deleted_and_the_others_still_verify(ledger, operator, policies, today):
    policies.keep_looks_months = 24
    day = backdate_lines(25, 3)
    assert looking.forget_old() == 0  # no head of that day is published yet
    head = looking.LOOKS.publish_head(day)
    Flag.objects.create(rule="many", by=operator, day=day, first=now(), last=now(), count=1)
    flag = Flag.objects.create(rule="many", by=operator, day=today, first=now(), last=now(), count=1)
    assert (looking.forget_old(), looking.forget_old()) == (3, 0)
    assert list(ViewLogEntry.objects.values_list("pk", flat=True)) == [5, 4]
    assert list(Flag.objects.all()) == [flag]
    looking.record_viewing(operator, "wall", [1])
    output = verify_looks(heads=[f"{day}={head.hex}"])
    assert output.startswith("OK: 3 lines, 1 heads. Lines up to 3 were deleted in their time. 6=")
    with pytest.raises(CommandError, match="is not in this history"):
        verify_looks(heads=[f"{day}={'0' * 64}"])
    as_superuser("UPDATE cameras_viewlogentry SET purpose = 'None' WHERE id = 4")
    with pytest.raises(CommandError, match=r"Line 4 was altered\. Right before it: 0 lines, the last is 3\."):
        verify_looks()


def test_last_line_is_never_deleted_before_a_next_one(ledger, policies):
    policies.keep_looks_months = 12
    looking.LOOKS.publish_head(backdate_lines(30, 5))
    assert looking.forget_old() == 0
    looking.record_viewing(ledger, "wall", [1])
    assert looking.forget_old() == 5
    assert verify_looks().startswith("OK: 1 lines, 0 heads.")


def test_who_deletes_the_beginning_before_its_time_is_told(ledger, today):
    head = looking.LOOKS.publish_head(today - timedelta(days=1)) or looking.LOOKS.publish_head(backdate_lines(1, 3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
            cursor.execute("DELETE FROM cameras_viewlogentry WHERE id <= 3")
    as_superuser("DELETE FROM cameras_viewlogentry WHERE id <= 3")
    with pytest.raises(CommandError, match=f"Lines up to {head.line} were deleted before their time"):
        verify_looks()


def test_postgresql_deletes_no_old_line_that_no_head_covers(ledger):
    backdate_lines(40, 3)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only ever added to"):
            cursor.execute("DELETE FROM cameras_viewlogentry WHERE id <= 3")


@pytest.mark.django_db(transaction=True)
def test_many_that_look_at_once_make_one_chain(controller, operator):
    """Each of six threads opens viewings of its own, and all of them the same one."""
    faults = []

    def looks(number):
        try:
            for step in range(5):
                looking.record_viewing(controller, "focus", [100 * number + step])
            looking.record_viewing(operator, "wall", [1, 2, 3])
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=looks, args=[number]) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert ViewLogEntry.objects.filter(by=operator).count() == 1
    assert looking.LOOKS.verify().last == ViewLogEntry.objects.count() == 31


def test_a_look_costs_one_statement_while_nothing_is_new(controller, town, django_assert_num_queries):
    looking.record_viewing(controller, "wall", range(1, 60))
    with django_assert_num_queries(1):
        looking.record_viewing(controller, "wall", range(1, 60))
    with django_assert_num_queries(1):
        looking.record_viewing(controller, "picture", [7])
