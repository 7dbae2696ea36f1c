"""Service levels: time for an incident, the trace of its due date, and what moves it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.timezone import get_default_timezone, now
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data import sql as gis_sql
from gis_data.models import Edition, Level
from gis_data.pack import InvalidData, Pack
from incidents import reform, wording, workflow
from incidents.deadlines import service_levels, working_time
from incidents.models import Authority, CalendarDay, Category, Event, Incident, ServiceLevel
from incidents.seed import catalogue
from tests import factories

HERE = get_default_timezone()
IN_JUNE = datetime(2026, 6, 1, 12, tzinfo=HERE)
LEVELS = {  # what is written: severity, unit, field → target
    "dangerous, any": ("dangerous", None, None),
    "dangerous, leaf": ("dangerous", None, "hole"),
    "unit": ("", "office", None),
    "unit, leaf": ("", "office", "hole"),
    "group": ("", None, "streets"),
    "leaf": ("", None, "hole"),
    "any": ("", None, None),
}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def level(town, severity, unit, field, resolve, accept="1h"):
    return ServiceLevel.objects.create(
        severity=severity,
        authority=unit and getattr(town, unit),
        category=field and getattr(town, field),
        accept_within=accept,
        resolve_within=resolve,
    )


def born(category, moment, **more):
    """An incident reported at this moment."""
    incident = factories.incident(category, **more)
    dates = service_levels.due_dates(category, incident.severity, incident.authority, at(moment))
    values = {"accept_by": dates.accept_by, "due_at": dates.due_at, "due_date_trace": dates.due_date_trace}
    Incident.objects.filter(pk=incident.pk).update(received_at=at(moment), **values)
    incident.refresh_from_db()
    return incident


@pytest.fixture(autouse=True)
def june(monkeypatch):
    """Fix today at 1 June 2026, since texts on days depend on it."""
    monkeypatch.setattr(wording, "now", lambda: IN_JUNE)


def lines(incident):
    with translation.override("en"):
        return service_levels.explain_due_date(incident)


@pytest.mark.parametrize(
    ("written", "severity", "category", "counts"),
    [
        ((), "normal", "hole", None),
        (("any",), "normal", "hole", "any"),
        (("any", "group"), "normal", "hole", "group"),
        (("any", "group", "leaf"), "normal", "hole", "leaf"),
        (("any", "group", "leaf"), "normal", "waste", "group"),
        (("any", "group", "leaf", "unit"), "normal", "hole", "unit"),
        (("any", "group", "leaf", "unit", "unit, leaf"), "normal", "hole", "unit, leaf"),
        (("any", "group", "leaf", "unit", "unit, leaf"), "normal", "leak", "any"),
        (tuple(LEVELS), "normal", "hole", "unit, leaf"),
        (tuple(LEVELS), "dangerous", "hole", "dangerous, leaf"),
        (tuple(LEVELS), "dangerous", "waste", "dangerous, any"),
        (("unit", "dangerous, any"), "dangerous", "hole", "dangerous, any"),
        (("unit",), "dangerous", "hole", "unit"),
    ],
)
def test_the_most_specific_level_counts(town, written, severity, category, counts):
    for hours, name in enumerate(LEVELS, start=1):
        if name in written:
            level(town, *LEVELS[name], f"{hours}h")
    unit = town.water if category == "leak" else town.office
    category = getattr(town, category)
    start = at("2026-11-25T08:00")
    hours = [*LEVELS].index(counts) + 1 if counts else None
    own = {"ST.1": start + timedelta(hours=48), "ST.2": at("2026-11-27T17:00")}
    dates = service_levels.due_dates(category, severity, unit, start)
    assert dates.due_at == (start + timedelta(hours=hours) if hours else own[category.code])


def test_rules_are_one_query_and_are_known_again(town):
    service_levels.current_rules()  # the first to ask after a change reads them
    with CaptureQueriesContext(connection) as queries:
        first, again = service_levels.current_rules(), service_levels.current_rules()
    assert (first is again, len(queries)) == (True, 2)
    level(town, "", None, None, "1h")
    assert service_levels.current_rules() is not first


def test_each_unit_has_its_hours_and_wrong_ones_stop_nobody(town, caplog):
    town.office.office_hours = "Mon-Fri 08:00-10:00"
    town.other.office_hours = "whenever we like"
    town.office.save()
    town.other.save()
    due = {
        unit.code: service_levels.due_dates(town.waste, "normal", unit, at("2026-11-25T09:00")).due_at
        for unit in (town.office, town.other, town.water)
    }
    assert due == {
        "old": at("2026-11-27T10:00"), "new": at("2026-11-27T17:00"), "water": at("2026-11-27T17:00")
    }  # fmt: skip
    assert "whenever we like" in caplog.text


def test_the_arithmetic_is_told_line_by_line(town):
    town.city.holidays = "VN"
    town.city.save()
    CalendarDay.objects.create(day=date(2026, 2, 24), works=False, name="Bão số 1")
    level(town, "", "office", "waste", "12wh")
    incident = born(town.waste, "2026-02-13T18:00")
    assert lines(incident) == [
        "Reported Fri 13/02 18:00",
        "Time allowed: 12 hours of working time, as agreed for: Waste, Old Wharf Office",
        "Outside working hours: counted from Mon 23/02 07:30",
        "Not counted: weekend 14/02–15/02",
        "Not counted: 16/02, Lunar New Year's Eve",
        "Not counted: 17/02, Lunar New Year",
        "Not counted: 18/02, Second Day of Lunar New Year",
        "Not counted: 19/02, Third Day of Lunar New Year",
        "Not counted: 20/02, Fourth Day of Lunar New Year",
        "Not counted: weekend 21/02–22/02",
        "Not counted: 24/02, Bão số 1",
        "The deadline is therefore Wed 25/02 11:30",
    ]


def test_a_target_around_the_clock_is_told_in_three_lines(town):
    assert lines(born(town.hole, "2026-02-13T18:00")) == [
        "Reported Fri 13/02 18:00",
        "Time allowed: 48 hours around the clock, as always for “Pothole”",
        "The deadline is therefore Sun 15/02 18:00",
    ]


def test_many_weekends_are_told_by_their_number(town):
    town.waste.resolve_within = "30wd"
    town.waste.save()
    assert lines(born(town.waste, "2026-06-01T09:00"))[2:] == [
        "Not counted: 6 weekends",
        "The deadline is therefore Mon 13/07 17:00",
    ]


def waits(incident, since, until):
    workflow.move(incident, "ask", note="Where?", at=at(since))
    workflow.move(incident, "answer", note="There", at=at(until))
    return incident


@pytest.mark.parametrize(
    ("category", "since", "until", "due"),
    [
        # Around the clock: the deadline moves by as long.
        ("hole", "2026-11-25T10:00", "2026-11-25T13:00", "2026-11-27T12:00"),
        # In working days: by the office time that was lost, and never out of office time.
        ("waste", "2026-11-25T10:00", "2026-11-25T13:00", "2026-11-30T09:00"),
        ("waste", "2026-11-25T18:00", "2026-11-26T06:00", "2026-11-27T17:00"),
        # The clock was put back meanwhile.
        ("hole", "2026-11-25T10:00", "2026-11-25T09:00", "2026-11-27T09:00"),
    ],
)
def test_waiting_moves_the_deadline_by_what_was_lost(town, category, since, until, due):
    incident = waits(born(getattr(town, category), "2026-11-25T09:00"), since, until)
    assert incident.due_at == at(due)


def test_a_wait_is_a_line_of_the_arithmetic(town):
    incident = born(town.waste, "2026-02-12T09:00")
    waits(incident, "2026-02-12T10:00", "2026-02-12T13:00")
    assert lines(incident)[-1] == (
        "Waited for the reporter from Thu 12/02 10:00 to Thu 12/02 13:00 (3 h): due Tue 17/02 09:00"
    )
    workflow.move(incident, "ask", note="Which?", at=at("2026-02-12T14:00"))
    assert (
        lines(incident)[-1]
        == "The deadline has been paused since Thu 12/02 14:00: the unit is waiting for the reporter."
    )


def test_what_is_dangerous_is_calculated_anew_from_its_start(town, officer):
    level(town, "dangerous", None, "waste", "4wh", accept="30min")
    incident = waits(born(town.waste, "2026-11-25T09:00"), "2026-11-25T10:00", "2026-11-25T11:00")
    service_levels.change_severity(incident, "dangerous", officer, "A child fell in.")
    assert (incident.severity, incident.due_at) == ("dangerous", at("2026-11-25T15:30"))
    event = incident.timeline.last()
    assert (event.kind, event.note, event.by) == ("graded", "A child fell in.", officer)
    assert lines(incident)[1] == "Time allowed: 4 hours of working time, as agreed for: dangerous, Waste"
    assert service_levels.change_severity(incident, "dangerous", officer, "Once more") is None


def histories():
    return [(event.incident_id, event.note) for event in Event.objects.filter(kind="redated").order_by("pk")]


def test_new_holiday_moves_due_dates_of_concerned_open_incidents(town):
    plain, concerned, over, waiting, done = (
        born(town.hole, "2026-11-25T09:00"),
        born(town.waste, "2026-11-25T09:00"),
        born(town.waste, "2026-11-20T09:00"),
        born(town.waste, "2026-11-25T09:00"),
        born(town.waste, "2026-11-25T09:00"),
    )
    waits(waiting, "2026-11-25T10:00", "2026-11-25T11:00")
    workflow.move(done, "resolve", note="Done", at=at("2026-11-25T12:00"))
    CalendarDay.objects.create(day=date(2026, 11, 27), works=False, name="Bão")
    assert service_levels.recompute_open_incidents() == 2
    for incident in (plain, concerned, over, waiting, done):
        incident.refresh_from_db()
    assert [incident.due_at for incident in (plain, concerned, over, waiting, done)] == [
        at("2026-11-27T09:00"), at("2026-11-30T17:00"), at("2026-11-24T17:00"), at("2026-12-01T08:30"),
        at("2026-11-27T17:00"),
    ]  # fmt: skip
    assert histories() == [
        (concerned.pk, "17:00 27/11/2026 → 17:00 30/11/2026"),
        (waiting.pk, "08:30 30/11/2026 → 08:30 01/12/2026"),
    ]
    assert concerned.next_check_at <= now()
    assert "Not counted: 27/11, Bão" in lines(concerned)
    assert (service_levels.recompute_open_incidents(), len(histories())) == (0, 2)
    CalendarDay.objects.all().delete()
    assert service_levels.recompute_open_incidents() == 2
    concerned.refresh_from_db()
    assert concerned.due_at == at("2026-11-27T17:00")


def test_new_accept_target_applies_to_unaccepted_incidents_only(town, officer):
    waiting, accepted = born(town.hole, "2026-11-25T09:00"), born(town.hole, "2026-11-25T09:00")
    workflow.move(accepted, "accept", by=officer)
    Category.objects.filter(pk=town.hole.pk).update(accept_within="2h")
    assert service_levels.recompute_open_incidents() == 1
    line = waiting.timeline.last()
    assert (line.kind, line.note, line.public) == ("redated", "13:00 25/11/2026 → 11:00 25/11/2026", False)


def test_who_is_handed_over_keeps_the_date_that_was_promised(town):
    level(town, "", "other", None, "1h")
    incident = born(town.hole, "2026-11-25T09:00")
    workflow.move(incident, "hand_over", note="Theirs", to=town.other)
    assert incident.due_at == at("2026-11-27T09:00")
    assert service_levels.recompute_open_incidents() == 0


def test_many_are_calculated_anew_with_few_statements(town, django_assert_max_num_queries):
    for _one in range(5):
        born(town.waste, "2026-11-25T09:00")
    Category.objects.filter(pk=town.waste.pk).update(resolve_within="3wd")
    service_levels.current_rules()  # the first to ask after a change reads them
    with django_assert_max_num_queries(25):
        assert service_levels.recompute_open_incidents() == 5


# ── Where it is changed


def jobs():
    return ProcrastinateJob.objects.filter(task_name="incidents.redate").count()


ADMIN = "/admin/incidents"


@pytest.mark.parametrize(
    ("what", "form", "field"),
    [
        ("calendarday/add", {"day": "2026-01-02", "name": "A second time"}, "day"),
        ("calendarday/add", {"day": "2026-02-30", "name": "Never"}, "day"),
        ("servicelevel/add", {"accept_within": "4 hours", "resolve_within": "1d"}, "accept_within"),
        ("servicelevel/add", {"accept_within": "4h", "resolve_within": "9999d"}, "resolve_within"),
        ("authority/{office}/change", {"office_hours": "from nine to five"}, "office_hours"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_entered(admin_client, town, what, form, field):
    CalendarDay.objects.create(day=date(2026, 1, 2), works=False, name="Nghỉ bù")
    answer = admin_client.post(f"{ADMIN}/{what.format(office=town.office.pk)}/", form)
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert (jobs(), CalendarDay.objects.count(), ServiceLevel.objects.count()) == (0, 1, 0)


def test_the_same_level_twice_is_refused(admin_client, town):
    level(town, "", None, None, "1h")
    answer = admin_client.post(f"{ADMIN}/servicelevel/add/", {"accept_within": "4h", "resolve_within": "1d"})
    assert (answer.status_code, ServiceLevel.objects.count()) == (200, 1)


def test_what_moves_deadlines_sets_the_job_off(admin_client, town):
    admin_client.post(f"{ADMIN}/calendarday/add/", {"day": "2026-01-02", "name": "Nghỉ bù"})
    admin_client.post(f"{ADMIN}/servicelevel/add/", {"accept_within": "4h", "resolve_within": "1wd"})
    assert jobs() == 2
    admin_client.post(f"{ADMIN}/calendarday/{CalendarDay.objects.get().pk}/delete/", {"post": "yes"})
    assert (jobs(), CalendarDay.objects.count()) == (3, 0)


@pytest.fixture
def pack(tmp_path):
    def written(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return Pack(tmp_path)

    return written


def rows(pack, name, columns):
    return pack.read_rows(f"{name}.csv", *columns)


def test_a_pack_brings_days_and_levels_and_takes_none_away(town, pack):
    CalendarDay.objects.create(day=date(2026, 1, 2), works=True, name="?")
    CalendarDay.objects.create(day=date(2026, 7, 1), works=False, name="Entered by hand")
    files = pack(
        days="day,works,name\n2026-01-02,,Nghỉ bù\n2026-01-10,yes,Làm bù\n",
        levels="category,severity,authority,accept_within,resolve_within\nST.1,dangerous,,30min,4h\n,,water,1h,2wd\n",
    )
    for _twice in range(2):
        catalogue.load_days(rows(files, "days", catalogue.TABLES["calendar_days.csv"]))
        units, fields = Authority.objects.in_bulk(field_name="code"), Category.objects.in_bulk(field_name="code")
        catalogue.load_levels(rows(files, "levels", catalogue.TABLES["service_levels.csv"]), fields, units)
    assert list(CalendarDay.objects.values_list("day", "works", "name")) == [
        (date(2026, 1, 2), False, "Nghỉ bù"), (date(2026, 1, 10), True, "Làm bù"),
        (date(2026, 7, 1), False, "Entered by hand"),
    ]  # fmt: skip
    levels = ServiceLevel.objects.order_by("pk").values_list("category", "severity", "authority", "resolve_within")
    assert list(levels) == [
        (town.hole.pk, "dangerous", None, "4h"), (None, "", town.water.pk, "2wd"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        ("2 Jan,,Nghỉ", "days line 2: '2 Jan' is no day such as 2026-01-02."),
        ("2026-01-02,,", "days line 2: name is empty."),
        ("2026-01-02,,a\n2026-01-02,yes,b", "days line 2: 2026-01-02 is listed more than once."),
        ("2026-01-02,no,a", "days line 2: works is neither yes nor empty."),
    ],
)
def test_wrong_days_of_a_pack_are_refused(db, pack, days, fault):
    files = pack(days=f"day,works,name\n{days}\n")
    with pytest.raises(InvalidData) as refused:
        catalogue.load_days(rows(files, "days", catalogue.TABLES["calendar_days.csv"]))
    assert refused.value.faults[0] == fault.replace("days line", "calendar_days.csv line")


def test_the_citys_own_days_are_those_that_the_library_lacks():
    folder = Path(catalogue.__file__).parents[2] / "gis_data/packs"
    for path in folder.glob("*/calendar_days.csv"):
        for row in Pack(path.parent).read_rows(path.name, *catalogue.TABLES["calendar_days.csv"]):
            day = date.fromisoformat(row["day"])
            assert working_time.Calendar("VN").is_working_day(day) != (row["works"] == "yes")


# ── When boundaries change


def test_wait_ended_by_a_reform_survives_a_recomputation(town, today):
    edition = Edition.objects.create(city=town.city, level=Level.WARD, code="2026", name="2026")
    factories.area(edition, "002", "New Wharf", (10.01, 50.0, 10.02, 50.01))
    gis_sql.execute("subdivide", edition=edition.pk)
    incident = factories.incident(town.waste)
    workflow.move(incident, "ask", note="Which side?", at=now() - timedelta(hours=20))
    before = incident.due_at
    plan = reform.plan_reform(edition, today)
    reform.enact_reform(plan.pk)
    incident.refresh_from_db()
    assert (incident.state, lines(incident)[-1].split(" from ")[0]) == ("received", "Waited for the reporter")
    assert incident.due_at > before
    assert service_levels.recompute_open_incidents() == 0
    reform.take_back_reform(plan.pk)
    incident.refresh_from_db()
    assert (incident.state, incident.due_at) == ("waiting", before)
    assert service_levels.recompute_open_incidents() == 0
