"""Measure the hotline with 50,000 open incidents: suggestions while typing, the page, and a call by keyboard."""

import random
import shutil
import time
from urllib.parse import urlencode

from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from geoapp.db import connections
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import suggest
from gis_data.models import Street
from incidents import rulebook
from incidents.hotline import calls
from incidents.hotline import suggestions as call_suggestions
from incidents.models import Authority, Call, Category, Incident, Membership, Report
from incidents.reporting.address_candidates import spot_value
from incidents.reporting.categories import suggest_categories
from tests import factories
from tests.bench.rows import load, part, row
from tests.bench.sizes import choose

OPEN, TEXTS, CALLS = choose(50_000, 2_000), choose(200, 20), choose(150, 15)
TYPED_MS = 200  # of a key: five a second
TOKEN = "b" * 32
# As those that are there, at the same places and of other fields, so many more that there are 50,000 open ones.
MORE = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, due_date_trace, severity, steps_taken, outside_reference, changed_at)
SELECT 'hotline-' || row_number() OVER (), (%(leaves)s::bigint[])[1 + (row_number() OVER ()) %% %(kinds)s], 'assigned',
    ST_Translate(place, n * 0.0002, n * 0.0001), address, area_id, authority_id, text, true, 1, now(), now(),
    now() + interval '1 day', '[]', 'normal', 0, '', now()
FROM incidents_incident, generate_series(1, 4) n WHERE reference LIKE 'bench-%%' LIMIT %(more)s
"""


def hotline(stage):
    leaves = list(Category.objects.leaves().filter(restricted=False))
    fill([leaf.pk for leaf in leaves])
    with connections.as_owner():
        operator = factories.person("bench operator", Authority.objects.get(duty_desk=True), Membership.Role.OPERATOR)
    texts = sentences(leaves)
    yield from suggestions(stage, leaves, texts)
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["sessionid"].value
    yield from pages(stage, operator, cookie, texts)
    yield by_keys(stage, cookie, leaves)
    Call.objects.all().delete()
    with connections.as_owner():
        Report.objects.filter(channel="phone").delete()
        Incident.objects.filter(reference__startswith="hotline-").delete()


def fill(leaves):
    more = max(OPEN - Incident.objects.open().count(), 0)
    with connection.cursor() as cursor:
        cursor.execute(MORE, {"leaves": leaves, "kinds": len(leaves), "more": more})
    with connections.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE incidents_incident")


def sentences(leaves):
    some, streets = random.Random(1022), sorted(set(Street.objects.values_list("name", flat=True)[:3000]))
    words = [(leaf.keywords.split(",")[0] or leaf.name).strip() for leaf in leaves]
    return [
        f"Alo tôi báo {some.choice(words)} trước số {some.randint(1, 300)} đường {some.choice(streets)}, mấy bữa rồi"
        for _n in range(TEXTS)
    ]


def suggestions(stage, leaves, texts):
    known = rulebook.current_rulebook().categories.values()
    suggest(place_in_sentence(texts[0]) or texts[0])  # reads the names
    incidents = Incident.objects.all()
    spots = [(Point(x, y, srid=4326), [leaves[n % len(leaves)]]) for n, (x, y) in enumerate(stage.places[:TEXTS])]
    metres = call_suggestions.NEAR_M
    for what, acts in (
        (
            "kinds from a sentence",
            [lambda text=text: suggest_categories(text, known) for text in texts],
        ),
        ("places from a sentence", [lambda text=text: call_suggestions.guess_place(text, "") for text in texts]),
        (
            "open ones near by, 50,000 open",
            [lambda at=at: call_suggestions.near_incidents(incidents, *at, metres=metres) for at in spots],
        ),
    ):
        p95 = part([measured_ms(act) for act in acts], 0.95)
        yield row(f"hotline: {what}, p95", p95, unit="ms", budget="< 50 ms", good=p95 < 50)


def measured_ms(act):
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def pages(stage, operator, cookie, texts):
    x, y = stage.places[0]
    call = calls.begin_call(by=operator)
    place = {"spot": spot_value(Point(x, y, srid=4326), 20, ""), "spot_title": "Bench"}
    calls.save_draft(call, {"text": texts[0], **place}, by=operator, saw=0)
    head = f"Cookie: sessionid={cookie}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": 60, "head": head, "most": CALLS}
    at = f"/operator/calls/{call.pk}/"
    load(job | {"requests": [f"GET {at}"], "most": 20})  # each process meets it for the first time
    drafts = [
        [f"POST {at}draft/", urlencode({"saw": 1 + n, "text": texts[n % TEXTS], "part": "live"})] for n in range(CALLS)
    ]
    for what, requests in (("page of a call", [f"GET {at}"]), ("draft saved and read", drafts)):
        p95 = part(load(job | {"requests": requests})["times"], 0.95) * 1000
        yield row(f"hotline: {what}, 50,000 open, p95", p95, unit="ms", budget="< 150 ms", good=p95 < 150)


def by_keys(stage, cookie, leaves):
    """Returns the seconds from the first ring to the number, for a known category, typed at five keys a second."""
    street = Street.objects.order_by("pk").first().name
    words = f"{(leaves[0].keywords.split(',')[0] or leaves[0].name).strip()} đường {street}"
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=stage.address)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": stage.address}])
        page = context.new_page()
        page.goto("/operator/")
        began = time.monotonic()
        page.goto("/operator/?from=0903123018")
        expect(page.locator("#text")).to_be_focused()
        page.keyboard.type(words, delay=TYPED_MS)
        expect(page.locator("#places input[type=radio]").first).to_be_attached()
        page.keyboard.press("Alt+2")
        page.keyboard.press("Enter")
        expect(page.locator("#places input:checked")).to_have_count(1)
        page.keyboard.press("Alt+Enter")
        expect(page.locator("#reference")).to_be_visible()
        took = time.monotonic() - began
        browser.close()
    return row("hotline: from ringing to the number by keys", took, unit="s", budget="< 40 s", good=took < 40)
