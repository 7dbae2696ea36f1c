"""The public map: who sees what, tiles, filters, and the list of what is in view."""

import html
import json
import re
from datetime import datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.timezone import get_current_timezone, now

from geoapp.http.query_parameters import QueryError
from gis_data.services.tiles import NoSuchTile, tile_of
from incidents import photos, workflow
from incidents.map import public_map
from incidents.map.public_map import MapFilters
from incidents.models import Incident, Photo, Report
from tests import factories
from tests.pages import one_line

EVERYTHING = MapFilters(state="all", days=0)
WHOLE = "10.0,50.0,10.02,50.01"
TILE = "/tiles/incidents/{}/{}/{}.json".format(12, *tile_of(10.005, 50.005, 12))


def tile(z=10, lon=10.005, lat=50.005, filters=EVERYTHING):
    return json.loads(public_map.incident_tile(z, *tile_of(lon, lat, z), filters))


def references(tile):
    return {incident["reference"] for incident in tile["incidents"]}


def a_picture():
    return photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg()))


def scatter(town, count, place=None):
    """That many incidents in the two wards, made in bulk from one that a person reported."""
    incident = factories.incident(town.hole, place=place or factories.IN_OLD)
    rows = []
    for i in range(1, count):
        row = Incident.objects.get(pk=incident.pk)
        row.pk, row.reference = None, f"1111-{i:05d}"
        row.place = place or Point(10 + 0.0002 * (i % 97 + 1), 50 + 0.0001 * (i % 89 + 1), srid=4326)
        row.state = ("received", "assigned", "working")[i % 3]
        row.due_at = now() + timedelta(hours=i % 5 - 2)
        rows.append(row)
    Incident.objects.bulk_create(rows)


# --- Who sees what


@pytest.fixture
def hidden_incidents(town):
    """What nobody may see here, in the database first: a restricted one, and one that was taken down."""
    secret = factories.incident(town.secret, text="Behind the blue door", phone="+84901234567")
    down = factories.change(factories.incident(town.hole, text="Ask for Mr Blue"), published=False)
    # Restricted afterwards, when the incident had been published already.
    late_secret = factories.published_before(town.secret)
    return [secret, down, late_secret]


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("who", ["anybody", "officer", "controller", "superuser"])
@pytest.mark.parametrize("path", [TILE, "/list/", "/"])
def test_what_is_not_public_is_in_no_tile_list_or_page(client, town, hidden_incidents, officer, controller, who, path):
    """Even of those who may read it elsewhere: tiles and lists are kept on the way and shown to others."""
    public = factories.incident(town.waste, email="an@example.org", phone="+84901234567")
    superuser = factories.superuser("boss")
    people = {"officer": officer, "controller": controller, "superuser": superuser}
    if who in people:
        client.force_login(people[who])
    page = client.get(path, {"state": "all", "days": 0, "bbox": WHOLE}).content.decode()
    assert public.reference in page
    for incident in hidden_incidents:
        assert incident.reference not in page
    assert factories.OWN_PHONE.search(page) is None
    for personal in ("an@example.org", "Blue", "blue", town.secret.name):
        assert personal not in page


def test_a_row_is_given_of_published_incidents_only(client, town, hidden_incidents):
    assert client.get("/list/", {"reference": hidden_incidents[0].reference}).status_code == 404
    assert client.get("/list/", {"reference": "2611-99999"}).status_code == 404
    public = factories.incident(town.hole)
    page = client.get("/list/", {"reference": public.reference}).content.decode()
    assert re.findall(r'data-reference="([^"]+)"', page) == [public.reference]


def test_the_picture_of_a_row_is_one_that_everybody_may_see(client, town):
    incident = factories.incident(town.hole, pictures=[a_picture()], pictures_public=False)
    photo = Photo.objects.get()
    assert "thumb" not in client.get("/list/").content.decode()
    Photo.objects.update(public=True)
    assert f"/photo/{photo.pk}/small.jpg" in client.get("/list/", {"reference": incident.reference}).content.decode()


def test_list_stands_before_the_map_and_first_link_goes_there(client, town):
    page = client.get("/").content.decode()
    first = page.index('<a class="skip" href="#list">')
    assert first < page.index('id="list"') < page.index('id="map"')


# --- Tiles


def test_a_point_says_what_a_pin_needs(town):
    incident = factories.incident(town.hole)
    assert tile() == {
        "clusters": [],
        "incidents": [
            {
                "reference": incident.reference,
                "state": "assigned",
                "late": False,
                "icon": "c-road",
                "reports": 1,
                "lon": 10.005,
                "lat": 50.005,
                "at": "Harbour Road",
                "near": False,
                "category": {"vi": "Ổ gà", "en": "Pothole"},
                "area": {"code": "001", "vi": "Phường Old Wharf", "en": "Old Wharf Ward"},
            }
        ],
    }


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("z", [0, 5, 10, 13, 15, 16, 18, 22])
def test_the_tiles_of_a_zoom_hold_every_incident_once(town, z):
    scatter(town, 60)
    names = {tile_of(place.x, place.y, z) for place in Incident.objects.values_list("place", flat=True)}
    points, clusters = [], []
    for x, y in names:
        answer = json.loads(public_map.incident_tile(z, x, y, EVERYTHING))
        points += [incident["reference"] for incident in answer["incidents"]]
        clusters += answer["clusters"]
    assert len(points) + sum(cluster["n"] for cluster in clusters) == 60
    assert len(set(points)) == len(points)
    for cluster in clusters:
        west, south, east, north = cluster["bounds"]
        assert sum(cluster["mix"].values()) == cluster["n"] > public_map.MAX_LOOSE_POINTS
        assert west <= cluster["lon"] <= east
        assert south <= cluster["lat"] <= north


def test_a_cluster_tells_its_mix_with_the_late_ones_apart(town):
    for _ in range(4):
        factories.incident(town.hole)
    first, second, *_ = Incident.objects.all()
    factories.change(first, due_at=now() - timedelta(minutes=1))
    factories.change(second, state="working", due_at=now() + timedelta(hours=1))
    (cluster,) = tile()["clusters"]
    assert (cluster["n"], cluster["mix"]) == (4, {"late": 1, "working": 1, "assigned": 2})
    assert (cluster["lon"], cluster["lat"], cluster["bounds"]) == (10.005, 50.005, [10.005, 50.005] * 2)


def test_a_waiting_or_closed_one_is_not_late(town):
    past = now() - timedelta(days=1)
    factories.change(factories.incident(town.hole), state="waiting", waiting_since=past, due_at=past)
    factories.change(factories.incident(town.hole), state="resolved", closed_at=now(), due_at=past)
    assert [(incident["state"], incident["late"]) for incident in tile()["incidents"]] == [
        ("resolved", False),
        ("waiting", False),
    ]


@pytest.mark.parametrize(("z", "points"), [(15, 0), (16, 5), (18, 5)])
def test_deep_down_every_incident_is_a_point(town, z, points):
    scatter(town, 5, place=factories.IN_OLD)
    assert len(tile(z)["incidents"]) == points


def test_more_points_than_a_phone_can_take_in_stay_a_cluster(town, monkeypatch):
    monkeypatch.setattr(public_map, "POINTS_AT_MOST", 4)
    scatter(town, 5, place=factories.IN_OLD)
    assert [cluster["n"] for cluster in tile(18)["clusters"]] == [5]


@pytest.mark.parametrize("name", [(3, 8, 0), (23, 0, 0), (2, 0, -1)])
def test_numbers_that_name_no_tile(town, name):
    with pytest.raises(NoSuchTile):
        public_map.incident_tile(*name, EVERYTHING)


def test_a_tile_over_http(client, town):
    factories.incident(town.hole)
    answer = client.get(TILE)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "public, max-age=10")
    assert len(answer.json()["incidents"]) == 1
    assert client.get(TILE, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    factories.incident(town.hole)
    assert client.get(TILE, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    assert client.get(TILE, {"state": "resolved"}).json() == {"incidents": [], "clusters": []}
    assert client.get("/tiles/incidents/3/8/0.json").status_code == 404
    assert client.get(TILE, {"state": "x"}).status_code == 400


def test_a_tile_is_one_question_to_the_database(town, django_assert_num_queries):
    scatter(town, 30)
    with django_assert_num_queries(1):
        tile(12)


# --- Filters


@pytest.fixture
def month(town):
    """One incident of each kind, by name."""
    at, old = now(), now() - timedelta(days=20)
    rows = {
        "received": {"state": "received"},
        "assigned": {},
        "late": {"state": "working", "due_at": at - timedelta(hours=1)},
        "working": {"state": "working", "due_at": at + timedelta(hours=1)},
        "waiting": {"state": "waiting", "waiting_since": at, "due_at": at - timedelta(hours=1)},
        "resolved": {"state": "resolved", "closed_at": at},
        "rejected": {"state": "rejected", "closed_at": at},
        "passed_on": {"state": "passed_on"},
        "accepted": {"state": "accepted"},
        "extension": {"state": "extension"},
        "disputed": {"state": "disputed"},
        "closed": {"state": "closed", "closed_at": at},
        "old": {"received_at": old},
    }
    references = {
        name: factories.change(factories.incident(town.hole), **fields).reference for name, fields in rows.items()
    }
    references["new ward"] = factories.incident(town.waste, place=factories.IN_NEW).reference
    references["water"] = factories.incident(town.leak).reference
    return references


NEW = {"received"}
AT_WORK = {"assigned", "passed_on", "old", "new ward", "water", "accepted", "late", "working", "extension"}
OPEN = NEW | AT_WORK | {"waiting", "disputed"}


FILTERS = {
    "": OPEN,
    "state=open": OPEN,
    "state=late": {"late"},
    "late=1": {"late"},
    "state=new": NEW,
    "state=new&late=1": set(),
    "state=received": {"received"},
    "state=working": AT_WORK,
    "state=working&late=1": {"late"},
    "state=waiting": {"waiting"},
    "state=resolved": {"resolved", "closed"},
    "state=closed": {"closed"},
    "state=disputed": {"disputed"},
    "state=rejected": {"rejected"},
    "state=all": OPEN | {"resolved", "rejected", "closed"},
    "days=7": OPEN - {"old"},
    "days=0": OPEN,
    "category=WA": {"water"},
    "category=WA.1": {"water"},
    "category=ST.2": {"new ward"},
    "category=ST": OPEN - {"water"},
    "category=nothing": set(),
    "area=002": {"new ward"},
    "area=002&category=WA": set(),
    "area=nothing": set(),
    "area=nothing&state=all&days=0": set(),
    "area=002&state=all&days=0": {"new ward"},
}


def test_filters_mean_the_same_for_tiles_and_lists(client, month):
    for parameters, wanted in FILTERS.items():
        filters = MapFilters.from_parameters(QueryDict(parameters))
        answer = json.loads(public_map.incident_tile(18, *tile_of(10.005, 50.005, 18), filters))
        on_tile = {name for name in wanted if name != "new ward"}
        assert (parameters, references(answer)) == (parameters, {month[name] for name in on_tile})
        assert (parameters, *rows_and_total(client, parameters)) == (
            parameters,
            {month[name] for name in wanted},
            str(len(wanted)),
        )


def rows_and_total(client, parameters):
    """Which incidents the list shows of these filters, and how many it says that there are."""
    listed = client.get(f"/list/?bbox={WHOLE}&{parameters}").content.decode()
    return set(re.findall(r'data-reference="([^"]+)"', listed)), re.search(r'data-total="(\d+)"', listed)[1]


@pytest.fixture
def history(town, hidden_incidents):
    """Some of several years, days, units and words, by name; what nobody may see is there, too."""
    ended = {"state": "closed", "closed_at": now()}
    incidents = {
        "today": factories.incident(town.hole, text="Ổ gà sâu trước hẻm Bàn Cờ"),
        "photo": factories.change(factories.incident(town.hole, pictures=[a_picture()]), **ended),
        "last year": factories.change(factories.incident(town.leak), received_at=noon_of(2025, 3, 31), **ended),
        "before": factories.change(factories.incident(town.hole), received_at=noon_of(2024, 2, 29), **ended),
        "open long": factories.change(factories.incident(town.hole), received_at=noon_of(2025, 4, 1)),
    }
    Report.objects.filter(incident=incidents["before"]).update(text="Ask behind the blue door")  # for its unit only
    return {name: incident.reference for name, incident in incidents.items()}


def noon_of(*day):
    return datetime(*day, 12, tzinfo=get_current_timezone())


FILTERS_OF_HISTORY = {
    "from=2025-03-31&to=2025-04-01": {"last year", "open long"},
    "from=2025-04-01&to=2025-04-30&days=7": {"open long"},
    "to=2024-12-31": {"before"},
    "from=2025-04-01&state=closed": {"photo"},
    "from=2025-04-01&state=closed&late=1": set(),
    "photos=1": {"photo"},
    "photos=1&from=2024-01-01&to=2025-12-31": set(),
    "authority=water": {"last year"},
    "authority=water&area=002": set(),
    "authority=nobody": set(),
    "words=ban co": {"today"},
    "words=HẺM bàn&photos=1": set(),
    "words=rò rỉ": {"last year"},
    "words=ro ri nuoc&authority=water&from=2025-01-01": {"last year"},
    "words=blue": set(),
}


def test_filters_of_history_mean_the_same_for_tiles_and_lists(client, town, history):
    for parameters, wanted in FILTERS_OF_HISTORY.items():
        filters = MapFilters.from_parameters(QueryDict(f"state=all&days=0&{parameters}"))
        shown = {history[name] for name in wanted}
        for z in (8, 18):
            answer = json.loads(public_map.incident_tile(z, *tile_of(10.005, 50.005, z), filters))
            assert (parameters, z, references(answer), answer["clusters"]) == (parameters, z, shown, [])
        listed = rows_and_total(client, f"state=all&days=0&{parameters}")
        assert (parameters, *listed) == (parameters, shown, str(len(wanted)))


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("from=yesterday", "2026-11-24"),
        ("from=2026-02-01&to=2026-01-31", "Ngày đầu"),
        ("photos=yes", "photos"),
        ("authority=" + "x" * 50, "authority"),
        ("words=" + "x" * 101, "words"),
        ("state=nonsense", "state"),
        ("late=yes", "late"),
        ("days=-1", "days"),
        ("days=x", "days"),
        ("days=999999", "days"),
        ("days=²", "days"),
        ("category=" + "x" * 50, "category"),
        ("area=%00", "area"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=nan,50,11,51", "bbox"),
        ("bbox=10,50,inf,51", "bbox"),
        ("bbox=11,50,10,51", "bbox"),
        ("bbox=10,51,11,50", "bbox"),
        ("bbox=10,-91,11,50", "bbox"),
        ("bbox=10,50,181,51", "bbox"),
    ],
)
def test_a_question_that_cannot_be_understood_names_its_fault(client, town, parameters, named):
    answer = client.get(f"/list/?{parameters}")
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_all_faults_are_named_at_once():
    with pytest.raises(QueryError) as error:
        MapFilters.from_parameters(QueryDict("state=x&late=x&days=x"))
    assert [name in str(error.value) for name in ("state", "late", "days")] == [True] * 3


# --- The list


def test_the_list_is_what_lies_in_the_box_newest_first(client, town):
    first, second = factories.incident(town.hole), factories.incident(town.leak)
    factories.incident(town.hole, place=factories.IN_NEW)
    page = client.get("/list/?bbox=10.0,50.0,10.009,50.01").content.decode()
    assert re.findall(r'data-reference="([^"]+)"', page) == [second.reference, first.reference]


def test_chips_count_the_view_whichever_chip_is_pressed(client, month):
    for pressed in ("open", "resolved"):
        page = client.get(f"/list/?bbox={WHOLE}&state={pressed}").content.decode()
        counts = dict(re.findall(r'data-(open|late|new|working|resolved|all)="(\d+)"', page))
        assert counts == {"open": "12", "late": "1", "new": "1", "working": "9", "resolved": "2", "all": "15"}


def test_no_more_rows_than_a_person_reads_and_how_many_there_are(client, town):
    scatter(town, 33)
    client.cookies["django_language"] = "en"
    page = client.get("/list/").content.decode()
    assert len(re.findall('class="row"', page)) == 30
    assert 'data-total="33"' in page
    assert "The newest 30 of 33." in page


@pytest.mark.parametrize("count", [1, 5])
def test_a_list_asks_the_database_the_same_number_of_questions(client, town, django_assert_num_queries, count):
    for _ in range(count):
        factories.incident(town.hole, pictures=[a_picture()])
    with django_assert_num_queries(4):  # one of them for what is announced there
        client.get("/list/")


def test_an_empty_part_of_the_map_says_so(client, town):
    client.cookies["django_language"] = "en"
    assert "Nothing here" in client.get("/list/").content.decode()


# --- The page, without scripts


def test_the_page_shows_the_newest_incidents_without_scripts(client, town):
    incident = factories.incident(town.hole)
    answer = client.get("/")
    assert answer.status_code == 200
    assert f'href="/i/{incident.reference}/"' in one_line(answer)
    assert 'aria-pressed="true"> Đang mở <span class="num" data-count="open">1</span>' in one_line(answer)


def test_a_number_shows_its_card_with_the_way_to_it(client, town, hidden_incidents):
    incident = factories.incident(town.hole)
    for words in (incident.reference, f"#{incident.reference}", f"  {incident.reference} "):
        reading = one_line(client.get("/", {"q": words})).partition('class="found"')[0]
        assert f'href="/i/{incident.reference}/"' in reading
    reading = one_line(client.get("/", {"q": hidden_incidents[0].reference})).partition('class="found"')[0]
    assert f"/i/{hidden_incidents[0].reference}/" not in reading


def test_the_name_of_an_area_leads_to_it(client, town):
    page = one_line(client.get("/", {"q": "phường old wharf"}))
    assert 'href="/?area=001"' in page
    assert "zzzz" in one_line(client.get("/", {"q": "zzzz"}))


def test_an_area_is_shown_alone(client, town):
    here, elsewhere = factories.incident(town.hole), factories.incident(town.hole, place=factories.IN_NEW)
    page = one_line(client.get("/", {"area": "001"}))
    assert here.reference in page
    assert elsewhere.reference not in page
    assert ">Phường Old Wharf</a> </h2>" in page


@pytest.mark.parametrize("parameters", ["state=x", "days=x", "area=%00", "from=2026-13-40", "look=x"])
def test_a_bad_address_of_the_page_is_a_400(client, town, parameters):
    assert client.get(f"/?{parameters}").status_code == 400


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?state=x&look=x", ["state:", "look:"]),
        ("/embed/?days=x&look=x&lang=x", ["days:", "look:", "lang:"]),
        ("/list/?state=x&bbox=1", ["state:", "bbox:"]),
        ("/list/areas/?state=x&look=x", ["state:", "look:"]),
        ("/tiles/density/8/1/1.json?state=x&step=x", ["state:", "step:"]),
    ],
)
def test_faults_of_the_filters_and_of_the_rest_are_told_together(client, town, path, words):
    page = client.get(path).content.decode()
    assert [word for word in words if word in page] == words


def test_a_bad_address_of_the_page_is_told_to_people(client, town):
    answer = client.get("/?from=2026-13-40&state=x", headers={"accept-language": "vi"})
    page = " ".join(answer.content.decode().split())
    assert "<h1>Không thể hiển thị khung nhìn này của bản đồ</h1>" in page
    assert ("2026-11-24" in page, "state" in page) == (True, True)
    assert '<a class="button primary" href="/">' in page


def test_the_page_before_a_city_is_loaded(client, db):
    assert client.get("/").status_code == 200
    assert client.get("/?q=cháy nhà").status_code == 200
    assert client.get("/report/danger/?words=cháy nhà").json() == {"numbers": []}


def test_restricted_fields_are_no_filter(client, town):
    town.streets.children.exclude(code="ST.3").update(restricted=True)
    page = one_line(client.get("/"))
    assert '<option value="WA">' in page
    assert '<option value="ST">' not in page


def test_what_changes_is_what_the_list_shows_next(client, town, officer):
    incident = factories.incident(town.hole)
    workflow.move(incident, "accept", by=officer)
    page = client.get("/list/", {"reference": incident.reference}).content.decode()
    assert 'data-state="accepted"' in page


# --- In pages of others


def test_the_map_alone_may_stand_in_pages_of_others(client, town, settings):
    answer = client.get("/embed/?state=all&look=density")
    assert (answer.status_code, len(answer.cookies), "X-Frame-Options" in answer) == (200, 0, False)
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert 'href="/?state=all&amp;look=density"' in one_line(answer)
    settings.EMBED_SITES = ["https://paper.example"]
    assert "frame-ancestors https://paper.example" in client.get("/embed/")["Content-Security-Policy"]
    settings.EMBED_SITES = []
    assert client.get("/embed/").status_code == 404
    assert "share-code" not in client.get("/").content.decode()


def test_the_map_alone_speaks_the_language_of_its_address(client, town):
    """Pages of others give it no cookie; the words of its scripts are asked for by the language, too."""
    for language, words in (("vi", "Trễ hạn"), ("en", "Overdue")):
        page = one_line(client.get(f"/embed/?look=time&lang={language}"))
        assert (f'lang="{language}"' in page, words in page, f"/words.js?{language}" in page) == (True, True, True)
        assert 'href="/?look=time"' in page
    catalogs = [client.get(f"/words.js?{language_code}").content.decode() for language_code in ("vi", "en", "xx")]
    assert ['"Pause": ' in catalog for catalog in catalogs] == [True, False, True]


def test_the_map_asks_for_the_words_of_its_own_scripts(client, town):
    """Also of those that come later, as the one that plays a period; of a script that is not there all."""
    address = "/words.js?vi&amp;incidents/public/public-map.js"
    assert f'src="{address}"' in client.get("/").content.decode()
    own, every, other = (
        client.get(words_address).content.decode()
        for words_address in (html.unescape(address), "/words.js?vi", "/words.js?vi&incidents/public/no-such.js")
    )
    for words in ("Live", "Pause", "Zoom in"):
        assert (f'"{words}": ' in own, f'"{words}": ' in every) == (True, True)
    assert (len(own) < len(every) / 2, other) == (True, every)


@pytest.mark.parametrize("path", ["/", "/list/", "/report/", "/stats/"])
def test_no_other_page_may_stand_in_those_of_others(client, town, path):
    answer = client.get(path)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("parameters", ["state=x", "lang=xx", "look=x"])
def test_a_bad_address_of_the_map_alone_is_a_400(client, town, parameters):
    assert client.get(f"/embed/?{parameters}").status_code == 400
