"""Measure the desk's list for a unit with 50,000 open incidents that watches 5,000 of another unit: an officer opens
each tab and searches by words.
"""

from urllib.parse import quote_plus

from django.db import connection
from django.test import Client

from geoapp.db import connections
from incidents.models import Authority, Category, Incident, Membership, Report, User
from tests.bench import rows
from tests.bench.sizes import choose

OPEN, WATCHED = choose(50_000, 2_000), choose(5_000, 200)  # of the unit, and of others in its ward
MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, due_date_trace, severity, steps_taken, outside_reference, changed_at,
    waiting_since)
SELECT %(name)s || n, (%(leaves)s::bigint[])[1 + n %% %(kinds)s], states.state, sample.place, 'Street ' || n %% 97,
    sample.area_id, %(unit)s, 'Knee deep, ' || n, true, 1 + n %% 3, now() - n * interval '10 min',
    now() - n * interval '9 min', now() + ((n * 7919) %% 20000 - 4000) * interval '1 min', '[]',
    CASE n %% 9 WHEN 0 THEN 'dangerous' ELSE 'normal' END, 0, '', now() - n * interval '1 min',
    CASE WHEN states.state = 'waiting' THEN now() END
FROM generate_series(1, %(open)s) n
CROSS JOIN (SELECT * FROM incidents_incident WHERE id = %(sample)s) sample
CROSS JOIN LATERAL (SELECT (ARRAY['assigned', 'accepted', 'working', 'working', 'waiting', 'assigned', 'disputed',
                                  'extension', 'passed_on', 'accepted'])[1 + n %% 10] AS state) states
"""
# Each with what its reporter wrote, and in every tenth a second report.
REPORTS = """
INSERT INTO incidents_report (incident_id, channel, sending, token, text, place, phone, email, language, received_at)
SELECT id, 'web', gen_random_uuid(), '', CASE n WHEN 1 THEN text ELSE 'Ngập sâu, xe chết máy' END,
    place, '', '', 'vi', received_at
FROM incidents_incident, generate_series(1, 2) n WHERE reference LIKE 'desk-%' AND (n = 1 OR id % 10 = 0)
"""
ASKED = (
    "", "&show=late", "&show=today", "&show=new", "&show=working", "&show=waiting", "&show=extension",
    "&show=disputed", "&show=watched", "&sort=newest", "&sort=changed", "&severity=dangerous", "&mine=1",
)  # fmt: skip

# Words that all have, few have, none has, only reports have; parts of words; several; a reference.
WORDS = (
    "knee", "41234", "khongco", "ngap+sau", "str", "1", "knee+street+96", "street+khongco", "desk-4711", "Ngập+knee",
)  # fmt: skip


def desk(stage):
    sample = Incident.objects.filter(authority__area__isnull=False).first() or Incident.objects.first()
    officer = User.objects.create_user("bench-officer")
    with connections.as_owner():
        Membership.objects.create(user=officer, authority=sample.authority, role=Membership.Role.OFFICER)
    leaves = list(Category.objects.leaves().filter(restricted=False).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        many = {"leaves": leaves, "kinds": len(leaves), "unit": sample.authority_id, "open": OPEN, "sample": sample.pk}
        many |= {"name": "desk-"}
        cursor.execute(MANY, many)
        other = Authority.objects.filter(area=None, duty_desk=False).order_by("pk").first()
        cursor.execute(MANY, many | {"name": "desk-w-", "unit": other.pk, "open": WATCHED})
        cursor.execute(REPORTS)
    with connections.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE incidents_incident, incidents_report")
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    job = {
        "do": "ask", "port": stage.port, "connections": 1, "seconds": 60,
        "head": f"Cookie: sessionid={client.cookies['sessionid'].value}\r\n",
    }  # fmt: skip
    lists = [f"GET /desk/?part=queue{more}" for more in ASKED]
    searches = [f"GET /desk/?part=queue&q={quote_plus(words, safe='+')}" for words in WORDS]
    rows.load(job | {"requests": lists, "most": len(lists)})  # each process meets the desk for the first time
    for what, requests, limit in (
        ("list of a desk with 50,000 open", lists, 150),
        ("the whole page of it, with an incident", ["GET /desk/"], None),
        ("search by words over it", searches, 300),
    ):
        answers = rows.load(job | {"requests": requests, "most": 20 * len(ASKED)})
        p95 = rows.part(answers["times"], 0.95) * 1000
        budget = f"< {limit} ms" if limit else ""
        yield rows.row(f"{what}, p95", p95, unit="ms", budget=budget, good=not limit or p95 < limit)
    with connections.as_owner():
        Report.objects.filter(incident__reference__startswith="desk-").delete()
        Incident.objects.filter(reference__startswith="desk-").delete()
