"""The leader's page: figures counted by hand, of the own units, area or field only."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime, now

from incidents import proofs, timeline
from incidents.analytics import overview
from incidents.analytics.overview import Period, ScopeFigures, WeekFigures
from incidents.escalation import prompts
from incidents.models import Contact, Event, Incident, Membership, Notice, Prompt, Proof, Rating
from incidents.views.lead import charts, lead_pages
from tests import factories, owner

LEADER = Membership.Role.LEADER
S = Incident.State
AT = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # a Wednesday, noon in the town


@pytest.fixture
def city(town):
    """The duty desk stands above the two ward offices and the water company."""
    for unit in (town.office, town.other, town.water):
        unit.parent = town.desk
        unit.save(update_fields=["parent"])
    return town


@pytest.fixture
def mayor(city):
    return factories.person("mayor", city.desk, LEADER)


def make_incident(
    town, hours_ago, *, took=None, due=48, more=0, unit=None, category=None, area=None, state=None, at=AT
):
    """An incident that came in so many hours ago, with so many hours' time (of which `more` were granted later)."""
    received = at - timedelta(hours=hours_ago)
    return Incident.objects.create(
        reference=f"H{Incident.objects.count():03}", category=category or town.hole, area=area or town.old,
        authority=unit or town.office, place=Point(10.005, 50.005, srid=4326), received_at=received,
        accept_by=received, due_at=received + timedelta(hours=due),
        first_due_at=received + timedelta(hours=due - more) if more else None,
        state=state or (S.ASSIGNED if took is None else S.RESOLVED),
        closed_at=None if took is None else received + timedelta(hours=took),
    )  # fmt: skip


def scope_of(user, number=0):
    return overview.scopes_of(user)[number]


@pytest.mark.parametrize(
    ("name", "at", "first", "before_first", "before_last"),
    [
        ("day", "2026-11-25T12:00", "2026-11-25T00:00", "2026-11-24T00:00", "2026-11-24T12:00"),
        ("week", "2026-11-25T12:00", "2026-11-23T00:00", "2026-11-16T00:00", "2026-11-18T12:00"),
        ("week", "2026-11-23T00:00", "2026-11-23T00:00", "2026-11-16T00:00", "2026-11-16T00:00"),
        ("month", "2026-03-31T12:00", "2026-03-01T00:00", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("month", "2027-01-02T12:00", "2027-01-01T00:00", "2026-12-01T00:00", "2026-12-02T12:00"),
        ("year", "2026-01-01T00:01", "2026-01-01T00:00", "2025-01-01T00:00", "2025-01-01T00:01"),
    ],
)
def test_period_is_compared_with_the_same_part_of_the_previous(name, at, first, before_first, before_last):
    period = Period.from_name(name, datetime.fromisoformat(f"{at}+07:00"))
    moments = [
        localtime(moment).strftime("%Y-%m-%dT%H:%M")
        for moment in (period.first, period.before_first, period.before_last)
    ]
    assert moments == [first, before_first, before_last]


def test_an_unknown_period_is_the_week():
    assert Period.from_name("decade", AT).name == "week"


def test_the_week_counted_by_hand(city, mayor):
    make_incident(city, 10, took=5)  # in time
    make_incident(city, 50, took=49)  # late
    make_incident(city, 59, took=57, due=60, more=12)  # in time thanks to 12 more hours
    make_incident(city, 5, state=S.ASSIGNED)  # open
    make_incident(city, 60)  # late since 12 hours
    make_incident(city, 300)  # late for days: a week ago, too
    make_incident(city, 190, took=20)  # the week before, in time
    make_incident(city, 220, took=60)  # the week before, late: at that moment it was late and open
    make_incident(city, 20, took=1, state=S.REJECTED)
    make_incident(city, 100, unit=city.other, area=city.new)  # late, New Wharf
    figures = overview.count_scope(scope_of(mayor), Period.from_name("week", AT), medians_of_units=True)
    assert figures.total == ScopeFigures(
        received=6, received_before=2, done=3, done_before=1, in_time=2, in_time_before=1, in_time_first=1,
        open=4, late=3, late_before=2, median=49 * 3600, median_before=20 * 3600,
    )  # fmt: skip
    assert [(key, row.late) for key, row in figures.late] == [(city.office.pk, 2), (city.other.pk, 1)]
    assert figures.states == {"assigned": 4}
    assert figures.units[city.office.pk].median == 49 * 3600
    assert figures.areas[city.new.pk].late == 1
    assert figures.groups[city.streets.pk].received == 6
    assert figures.missed == {city.office.pk: [0, 0, 0, 0, 1, 1, 2], city.other.pk: [0, 0, 0, 0, 0, 0, 1]}
    assert [(week.done, week.in_time) for week in figures.weeks[-2:]] == [(2, 1), (3, 2)]


def test_the_same_week_of_last_year_stands_beside_this_one(city, mayor):
    make_incident(city, 10, took=5)
    make_incident(city, 364 * 24 + 10, took=5)
    weeks = overview.count_scope(scope_of(mayor), Period.from_name("week", AT)).weeks
    assert len(weeks) == overview.WEEKS
    assert weeks[-1] == WeekFigures(0, 1, 1, 1, 1)


def test_ratings_are_those_of_the_period(city, mayor):
    incident = factories.incident(city.hole)
    result = incident.timeline.last()
    for stars, days in ((5, 0), (4, 0), (1, 7)):
        rating = Rating.objects.create(report=incident.reports.get(), result=result, stars=stars)
        Rating.objects.filter(pk=rating.pk).update(at=AT - timedelta(days=days, seconds=1))
        result = Event.objects.create(incident=incident, kind=Event.Kind.RESOLVED, state=S.RESOLVED)
    rated = overview.count_scope(scope_of(mayor), Period.from_name("week", AT)).rated
    assert (rated.stars, rated.number) == (4.5, 2)


@pytest.mark.parametrize(
    ("shares", "best_of"),
    [((50, 60, 70), 3), ((90, 60, 70), 2), ((70, 80, 60), 1), ((None, 80, 90), 2), ((80, 90, None), 0)],
)
def test_the_best_in_how_many_weeks(shares, best_of):
    weeks = tuple(
        WeekFigures(n, 0, 0) if share is None else WeekFigures(n, 100, share) for n, share in enumerate(shares)
    )
    assert overview.Overview(None, None, weeks=weeks).best_of == best_of


# Whose figures.


@pytest.fixture
def posts(city):
    """Leaders of everything, of a ward, of a field and of an area of the whole."""
    make_incident(city, 10)
    make_incident(city, 11, unit=city.other, area=city.new)
    make_incident(city, 12, unit=city.water, category=city.leak)
    people = {
        "mayor": factories.person("mayor", city.desk, LEADER),
        "chief": factories.person("chief", city.office, LEADER),
        "streets": factories.person("streets"),
        "new": factories.person("new"),
    }
    factories.post(people["streets"], city.desk, LEADER, category=city.streets)
    factories.post(people["new"], city.desk, LEADER, area=city.new)
    return people


@pytest.mark.parametrize(("who", "sees"), [("mayor", 3), ("chief", 1), ("streets", 2), ("new", 1)])
def test_a_leader_sees_what_the_own_post_reaches(posts, who, sees):
    assert overview.count_scope(scope_of(posts[who]), Period.from_name("week", AT)).total.open == sees


def test_who_leads_nothing_that_happened_sees_empty_figures(client, posts, city):
    client.force_login(factories.person("lamps", city.desk, LEADER))
    with owner.as_owner():
        Incident.objects.all().delete()
    assert client.get(reverse("lead")).context["figures"].total == ScopeFigures()


def test_leader_with_several_posts_starts_at_the_widest(client, posts, city):
    chief = posts["chief"]
    factories.post(chief, city.desk, LEADER)
    client.force_login(chief)
    page = client.get(reverse("lead"))
    assert [words for _key, words in page.context["scopes"]] == ["Tổ trực", "UBND Old Wharf"]
    narrow = page.context["scopes"][1][0]
    assert client.get(reverse("lead"), {"post": narrow}).context["figures"].total.open == 1


def test_another_leaders_post_is_not_to_be_chosen(client, posts):
    client.force_login(posts["chief"])
    of_mayor = posts["mayor"].memberships.get().pk
    for name in ("lead", "lead-open", "lead-csv"):
        answer = client.get(reverse(name), {"post": of_mayor, "unit": "new"})
        assert answer.status_code == 200
        assert "New Wharf" not in answer.content.decode()


def test_strangers_find_no_such_page(client, posts, officer, operator):
    for person in (officer, operator):
        client.force_login(person)
        assert [client.get(reverse(name)).status_code for name in ("lead", "lead-open", "lead-csv")] == [404, 404, 404]
        assert client.post(reverse("lead-remind"), {"unit": "old"}).status_code == 404


@pytest.mark.parametrize("who", ["mayor", "chief"])
def test_who_leads_begins_at_the_figures(client, posts, who):
    client.force_login(posts[who])
    assert client.get(reverse("after-sign-in")).url == reverse("lead")


# The page.


def test_the_sentence_says_it_all(client, city, mayor):
    for n in range(25):
        make_incident(city, 30 + n % 3, took=5, at=now())
    make_incident(city, 100, at=now())
    make_incident(city, 10, unit=city.other, at=now())
    client.force_login(mayor)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("lead"), {"period": "year"})
    text = " ".join(page.content.decode().split())
    assert '<b class="num">100.0%</b> was done on time.' in text
    assert '<b class="num">1</b> is overdue now, all at' in text
    assert page.context["needy"][0]["share"] == ""  # one of one open is a small sample


@pytest.mark.parametrize(
    ("done", "before", "sentence"),
    [
        (0, 25, {"figure": "–"}),
        (3, 25, {"figure": "3 trên 3", "more": "ít số liệu"}),
        (25, 25, {"figure": "100,0%", "more": "±0,0", "tone": "quiet"}),
        (25, 3, {"figure": "100,0%"}),
    ],
)
def test_the_share_in_time_is_set_against_the_one_before(done, before, sentence):
    total = ScopeFigures(done=done, in_time=done, in_time_first=done, done_before=before, in_time_before=before)
    with translation.override("vi"):
        assert lead_pages.on_time_measure(total) == {"name": "Đúng hạn"} | sentence


def test_the_page_asks_a_fixed_number_of_times(client, city, mayor):
    client.force_login(mayor)

    def queries():
        lead_pages.draw_outlines.cache_clear()  # asked for once an hour, which may end between two pages
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("lead")).status_code == 200
        return len(captured)

    make_incident(city, 60, at=now())
    queries()
    few = queries()
    for n in range(12):
        make_incident(
            city, 60 + n, at=now(), unit=(city.office, city.other, city.water)[n % 3], took=(n % 2 and 5) or None
        )
    assert queries() == few


def test_the_file_has_a_row_for_each_unit_and_no_formula(client, city, mayor):
    city.office.name = "=cmd()"
    city.office.save(update_fields=["name"])
    done = make_incident(city, 10, took=5, at=now())
    proofs.store_proof(done, timeline.record(done, Event.Kind.RESOLVED), Proof.How.PHOTO)
    client.force_login(mayor)
    answer = client.get(reverse("lead-csv"), {"period": "year"})
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    heads = ["Đã xong, có xác nhận", "Tỷ lệ có xác nhận"]
    assert [[row[rows[0].index(head)] for head in heads] for row in rows[1:]] == [["1", "100.0"]] * 2
    assert [row[:5] for row in rows[1:]] == [["'=cmd()", "old", "1", "1", "1"], ["Tổng cộng", "", "1", "1", "1"]]


def test_a_unit_is_reminded_of_what_it_has_late(client, city, mayor):
    Contact.objects.create(authority=city.office, label="Tổ tiếp nhận", email="desk@old.example")
    make_incident(city, 60, at=now())
    client.force_login(mayor)
    answers = [
        client.post(reverse("lead-remind"), {"unit": unit, "period": "month"}, follow=True)
        for unit in ("old", "old", "new")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].context["period"].name == "month"
    assert Prompt.objects.count() == 1
    assert [prompts.send_prompt(prompt.pk) for prompt in Prompt.objects.all()] == [1]
    assert Notice.objects.filter(template="prompt").count() == 1
    assert client.post(reverse("lead-remind"), {"unit": "nobody\x07"}).status_code == 404


# Charts.


def test_a_line_breaks_where_nothing_is_known():
    chart = charts.line_chart([(90, None), (None, None), (94, 80), (96, 82)], 95, [(0, "06")])
    assert [len(piece.split()) for piece in chart.now] == [2, 2]
    assert (chart.end[2], chart.end_then[2]) == (96, 82)
    assert (chart.grid[0][1], chart.grid[-1]) == (75, (12.0, 100))


@pytest.mark.parametrize("shares", [[], [(0, 0)], [(100, 100)] * 26])
def test_a_line_of_anything_lies_in_its_box(shares):
    chart = charts.line_chart(shares, 95, [])
    assert all(charts.TOP <= y <= charts.BOTTOM for y, _share in [*chart.grid, (chart.goal, 95)])


def test_the_parts_of_a_bar_fill_it():
    parts = charts.stacked_bar({"received": 1, "working": 3})
    assert parts == [("received", 0.0, 159.5), ("working", 161.5, 478.5)]
    assert charts.stacked_bar({}) == []


@pytest.mark.parametrize(("share", "shade"), [(0, 1), (0.1, 2), (2.4, 2), (2.5, 3), (9.9, 5), (10, 5), (100, 5)])
def test_a_share_has_its_shade(share, shade):
    assert charts.shade_of_share(share, 10) == shade
