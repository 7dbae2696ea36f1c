"""Measure a minute of reminders and Friday's digest with 200,000 open incidents, which are rolled back."""

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.timezone import localtime, make_aware

from geoapp.db import connections
from gis_data import policies
from incidents.deadlines import ladder
from incidents.escalation import digest, reminders
from incidents.models import Authority, Category, EscalationStep, Incident, Membership, User
from tests.bench.rows import row
from tests.bench.sizes import choose

OPEN, DUE, LEADERS = choose(200_000, 5_000), choose(2_000, 200), choose(800, 400)
MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, due_date_trace, severity, steps_taken, next_check_at,
    outside_reference, changed_at)
SELECT 'chased-' || n, (%(leaves)s::bigint[])[1 + n %% %(kinds)s], 'accepted', sample.place, '', sample.area_id,
    (%(units)s::bigint[])[1 + n %% %(many)s], '', true, 1, %(at)s - interval '2 days', %(at)s - interval '1 day',
    due, '[]', 'normal', 1, due, '', %(at)s
FROM generate_series(1, %(open)s) n
CROSS JOIN (SELECT * FROM incidents_incident WHERE id = %(sample)s) sample
CROSS JOIN LATERAL (SELECT %(at)s + CASE WHEN n <= %(due)s THEN interval '1 minute' ELSE n * interval '1 minute' END
                    AS due) clock
"""
LOOK = "SELECT count(*) FROM incidents_incident WHERE next_check_at <= %(at)s"
BARE = """
WITH due AS (
    UPDATE incidents_incident SET next_check_at = next_check_at + interval '1 day' WHERE next_check_at <= %(at)s
    RETURNING id, due_at
), reminded AS (
    INSERT INTO incidents_reminder (incident_id, step_id, deadline, at, told)
    SELECT id, %(step)s, due_at - interval '1 year', %(at)s, true FROM due RETURNING incident_id
)
INSERT INTO incidents_event (incident_id, kind, state, at, note, public, reasons)
SELECT incident_id, 'reminded', 'accepted', %(at)s, '', true, '[]' FROM reminded
"""
NOTICE = """
INSERT INTO incidents_notice (cause, medium, address, template, values, language, subject, text, urgent, state, made_at,
    send_after, tries, fault, provider_id, segments, cost)
VALUES (%(cause)s, 'email', '', '', '', 'vi', '', '', false, 'dropped', now(), now(), 0, '', '', 0,
    0)
"""


def execute(statement, **params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def time_work(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def list_units():
    return list(Authority.objects.order_by("pk").values_list("pk", flat=True))


def make_leaders(units, many):
    """Commit leaders of the units in turn until there are so many, since the owner's session must see their users."""
    first = User.objects.filter(username__startswith="bench-leader-").count()
    users = User.objects.bulk_create(
        User(username=f"bench-leader-{n}", email=f"leader-{n}@example.invalid", phone=f"+849000{n:05d}")
        for n in range(first, many)
    )
    with connections.as_owner():
        Membership.objects.bulk_create(
            Membership(user=user, authority_id=units[n % len(units)], role=Membership.Role.LEADER)
            for n, user in enumerate(users, first)
        )


def fill_desks(at, units):
    """Insert 200,000 open incidents of all units, 2,000 of them late within a minute."""
    EscalationStep.objects.all().delete()
    ladder.replace_steps([("", *step) for step in ladder.DEFAULT_STEPS], {})
    leaves = list(Category.objects.leaves().filter(restricted=False).order_by("pk").values_list("pk", flat=True))
    sample = Incident.objects.order_by("pk").first().pk
    execute(
        MANY, at=at, units=units, many=len(units), leaves=leaves, kinds=len(leaves), open=OPEN, due=DUE, sample=sample
    )
    execute("SELECT analyze_table('incidents_incident')")


def chase(stage):
    reverse("desk")  # a worker has its addresses ready
    settings.SMS_PROVIDER = settings.SMS_PROVIDER or "esms"
    at, units = localtime(), list_units()
    make_leaders(units, len(units))
    with transaction.atomic():
        fill_desks(at, units)
        reminders.send_due_reminders(at)  # what the stage itself left over
        nothing, bare = time_work(lambda: reminders.send_due_reminders(at)), time_work(lambda: execute(LOOK, at=at))
        with transaction.atomic():
            step = EscalationStep.objects.first().pk
            limit = time_work(lambda: execute(BARE, at=at + timedelta(minutes=1), step=step))
            transaction.set_rollback(True)
        counts = []
        busy = time_work(lambda: counts.append(reminders.send_due_reminders(at + timedelta(minutes=1))))
        assert counts[0]["reminded"] >= DUE, counts
        transaction.set_rollback(True)
    yield row("a minute's chase over 200,000, nothing due", nothing, bare, unit="s", budget="< 5 s", good=nothing < 5)
    label = f"a minute's chase, {counts[0]['reminded']:,} due, {counts[0]['notices']:,} told"
    yield row(label, busy, limit, unit="s", budget="< 5 s", good=busy < 5)


def digests(stage):
    reverse("desk")
    settings.SMS_PROVIDER = settings.SMS_PROVIDER or "esms"
    at = localtime()
    friday = at.date() - timedelta(days=(at.isoweekday() - policies.current().digest_weekday) % 7)
    at = make_aware(digest.datetime.combine(friday, digest.time(23, 0)))
    units = list_units()
    make_leaders(units, LEADERS)
    with transaction.atomic():
        fill_desks(at, units)
        number = []
        took = time_work(lambda: number.append(digest.send_due_digests(at)))
        assert number[0] >= LEADERS, number
        with connection.cursor() as cursor:
            limit = time_work(lambda: [cursor.execute(NOTICE, {"cause": f"bench:{n}"}) for n in range(2 * number[0])])
        transaction.set_rollback(True)
    yield row(f"Friday's digest for {number[0]} leaders", took, limit, unit="s", budget="< 30 s", good=took < 30)
