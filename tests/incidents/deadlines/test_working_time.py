from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from incidents.deadlines.working_time import (  # fmt: skip
    Calendar,
    add_working_time,
    counts_office_time,
    due_date,
    parse_office_hours,
    parse_target,
    shift_deadline,
    skipped_days,
    subtract_working_time,
    working_time_between,
)

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE = timedelta(minutes=1)
# The swap at New Year 2026, which was decided a week before it, and which the library does not know.
LATE_SWAP = ((date(2026, 1, 2), False, "Nghỉ bù"), (date(2026, 1, 10), True, "Làm bù"))
CITY = Calendar("VN", zone=HERE, corrections=LATE_SWAP)
SATURDAYS = Calendar("VN", parse_office_hours("Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30"), LATE_SWAP, HERE)
ALWAYS = Calendar("", parse_office_hours("Mon-Sun 00:00-24:00"), zone=HERE)
LATE_SHIFT = Calendar("VN", parse_office_hours("Mon,Wed 22:00-24:00; Thu 00:00-06:00"), zone=HERE)
CALENDARS = [CITY, SATURDAYS, ALWAYS, LATE_SHIFT]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("start", "target", "end"),
    [
        ("2026-11-25T14:32", "30min", "2026-11-25T15:02"),
        ("2026-11-25T22:00", "4h", "2026-11-26T02:00"),
        ("2026-11-25T14:32", "10d", "2026-12-05T14:32"),
        ("2026-12-31T23:50", "30min", "2027-01-01T00:20"),
        # Working days: day n ends when the offices close.
        ("2026-11-25T14:32", "1wd", "2026-11-26T17:00"),
        ("2026-11-25T14:32", "5wd", "2026-12-02T17:00"),
        ("2026-11-25T17:00", "1wd", "2026-11-26T17:00"),
        # After closing and at the weekend the next opening is the start.
        ("2026-11-25T18:00", "1wd", "2026-11-27T17:00"),
        ("2026-11-28T09:00", "1wd", "2026-12-01T17:00"),
        # Tết 2026: 16 to 20 February are free.
        ("2026-02-13T10:00", "1wd", "2026-02-23T17:00"),
        ("2026-02-13T16:30", "1wh", "2026-02-23T08:00"),
        # Monday 31 August 2026 is a bridge day, Saturday 22 August is worked for it.
        ("2026-08-28T10:00", "1wd", "2026-09-03T17:00"),
        ("2026-08-21T10:00", "1wd", "2026-08-22T17:00"),
        ("2026-08-21T16:00", "2wh", "2026-08-22T08:30"),
        # 2 January 2026 is free and 10 January worked: the corrections say so.
        ("2025-12-31T16:30", "1wh", "2026-01-05T08:00"),
        ("2026-01-09T16:30", "1wh", "2026-01-10T08:00"),
        # Office hours: nights and noons do not count; what ends at closing ends then, not in the morning.
        ("2026-11-25T11:00", "30wmin", "2026-11-25T11:30"),
        ("2026-11-25T11:00", "31wmin", "2026-11-25T13:01"),
        ("2026-11-25T14:32", "4wh", "2026-11-26T09:02"),
        ("2026-11-25T03:00", "4wh", "2026-11-25T11:30"),
        ("2026-11-27T16:59", "2wmin", "2026-11-30T07:31"),
    ],
)
def test_when_a_target_is_reached(start, target, end):
    assert due_date(at(start), target, CITY) == at(end)


def test_saturday_mornings_of_a_unit_count_as_working_time():
    assert due_date(at("2026-11-27T16:00"), "2wh", SATURDAYS) == at("2026-11-28T08:30")
    assert due_date(at("2026-11-27T16:00"), "1wd", SATURDAYS) == at("2026-11-28T11:30")
    # A Saturday that is worked in exchange is a whole day.
    assert due_date(at("2026-08-21T10:00"), "1wd", SATURDAYS) == at("2026-08-22T17:00")


def test_a_city_without_holidays_has_weekends():
    plain = Calendar(zone=HERE)
    days = (1, 2, 27, 28, 29, 30)
    assert [plain.is_working_day(date(2026, 1, day)) for day in days] == [True, True, True, True, True, True]
    assert [plain.is_working_day(date(2026, 11, day)) for day in days] == [False, True, True, False, False, True]


def test_moments_may_come_in_any_time_zone():
    utc = at("2026-11-25T16:50").astimezone(ZoneInfo("UTC"))
    assert due_date(utc, "1wh", CITY) == at("2026-11-26T08:20")
    assert due_date(utc, "1wd", CITY) == at("2026-11-26T17:00")


def test_plain_hours_are_elapsed_and_days_keep_the_clock_time():
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=berlin)  # clocks go back in this night
    calendar = Calendar("DE", zone=berlin)
    assert due_date(evening, "12h", calendar) == datetime(2026, 10, 25, 7, 0, tzinfo=berlin)
    assert due_date(evening, "1d", calendar) == datetime(2026, 10, 25, 20, 0, tzinfo=berlin)


@pytest.mark.parametrize(
    ("offset", "moment"),
    [
        ("0", "2026-11-30T10:00"),
        ("-25%", "2026-11-29T10:00"),  # of the four days since the start
        ("-4h", "2026-11-30T06:00"),
        ("+30min", "2026-11-30T10:30"),
        ("+1d", "2026-12-01T10:00"),
        ("-4wh", "2026-11-27T15:30"),
        ("-150wmin", "2026-11-30T07:30"),
        ("+4wh", "2026-11-30T15:30"),
        ("+1wd", "2026-12-01T10:00"),
        ("-1wd", "2026-11-27T10:00"),
        ("-5wd", "2026-11-20T10:00"),  # Tuesday the 24th is a holiday
    ],
)
def test_the_moments_of_a_ladder(offset, moment):
    assert shift_deadline(at("2026-11-30T10:00"), offset, CITY, start=at("2026-11-26T10:00")) == at(moment)


@pytest.mark.parametrize(
    ("offset", "moment"),
    [("+1wd", "2026-11-30T17:00"), ("-1wd", "2026-11-27T07:30"), ("+1wh", "2026-11-30T08:30")],
)
def test_deadline_on_a_sunday_shifts_from_adjacent_office_time(offset, moment):
    assert shift_deadline(at("2026-11-29T14:00"), offset, CITY) == at(moment)


@pytest.mark.parametrize(
    "wrong", ["", "4", "0h", "-4h", "4 h", "h", "5ww", "4h ", "٤h", "9999999d", "367d", "99999999h"]
)
def test_what_is_no_target_is_refused(wrong):
    with translation.override("en"), pytest.raises(ValueError, match=r"is not a target|is more than a year"):
        parse_target(wrong)


@pytest.mark.parametrize("wrong", ["", "4h", "+", "+0", "-0%", "25%", "-100%", "+4x", "--4h"])
def test_what_is_no_offset_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        shift_deadline(at("2026-11-30T10:00"), wrong, CITY, at("2026-11-24T10:00"))


def test_office_hours_are_read():
    morning, afternoon = (450, 690), (780, 1020)
    week = parse_office_hours("Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30")
    assert week == (*[(morning, afternoon)] * 5, (morning,), ())
    assert parse_office_hours("Mon-Sun 00:00-24:00") == (((0, 1440),),) * 7
    assert parse_office_hours("Mon,Wed 08:00-12:00;") == (((480, 720),), (), ((480, 720),), (), (), (), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Opening hours are empty. Write them like Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30."),
        ("Mo-Fr 07:30-11:30", "“Mo-Fr” contains no days. The days are Mon, Tue, Wed, Thu, Fri, Sat, Sun."),
        ("Fri-Mon 07:30-11:30", "“Fri-Mon” contains no days. The days are Mon, Tue, Wed, Thu, Fri, Sat, Sun."),
        ("Mon 07:30-11:30; Mon 13:00-17:00", "Mon appears twice in the opening hours."),
        ("Mon-Fri", "Mon-Fri has no times."),
        ("Mon 7:30-11:30", "“7:30-11:30” is not a time of day such as 07:30-11:30."),
        ("Mon 07:30-25:00", "“07:30-25:00” is not a time of day such as 07:30-11:30."),
        ("Mon 17:00-07:30", "“17:00-07:30” ends before it begins."),
        ("Mon 13:00-24:01", "“13:00-24:01” ends before it begins."),
        ("Mon 07:30-12:00 11:00-17:00", "“11:00-17:00” begins before the previous time ends."),
    ],
)
def test_wrong_office_hours_are_refused_with_a_reason(text, message):
    with translation.override("en"), pytest.raises(ValueError, match=r"\w") as refused:
        parse_office_hours(text)
    assert str(refused.value) == message


def test_what_is_skipped_has_its_name():
    nights, runs = skipped_days(at("2026-02-12T10:00"), at("2026-02-24T17:00"), CITY)
    assert nights == 2
    assert [(kind, str(first), str(last), name and name["en"]) for kind, first, last, name in runs] == [
        ("weekend", "2026-02-14", "2026-02-15", None),
        ("holiday", "2026-02-16", "2026-02-16", "Lunar New Year's Eve"),
        ("holiday", "2026-02-17", "2026-02-17", "Lunar New Year"),
        ("holiday", "2026-02-18", "2026-02-18", "Second Day of Lunar New Year"),
        ("holiday", "2026-02-19", "2026-02-19", "Third Day of Lunar New Year"),
        ("holiday", "2026-02-20", "2026-02-20", "Fourth Day of Lunar New Year"),
        ("weekend", "2026-02-21", "2026-02-22", None),
    ]
    _nights, runs = skipped_days(at("2026-08-21T10:00"), at("2026-08-22T17:00"), CITY)
    assert runs == [("worked", date(2026, 8, 22), date(2026, 8, 22), None)]


# The first example of a year loads its holidays, and a busy machine is slow.
moments = st.datetimes(datetime(2025, 11, 1), datetime(2027, 3, 1), timezones=st.just(HERE))
minutes = st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1), timezones=st.just(HERE)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
lengths = st.timedeltas(timedelta(), timedelta(days=40))
calendars = st.sampled_from(CALENDARS)
targets = st.sampled_from(["30min", "4h", "10d", "30wmin", "4wh", "20wh", "1wd", "5wd"])


@given(moments, st.integers(1, 60), st.sampled_from(["min", "h", "d", "wmin", "wh", "wd"]), calendars)
def test_more_time_ends_later_and_none_ends_before_it_began(start, amount, unit, calendar):
    assert start < due_date(start, f"{amount}{unit}", calendar) < due_date(start, f"{amount + 1}{unit}", calendar)


@given(moments, lengths, targets, calendars)
def test_who_reports_later_is_not_due_earlier(start, longer, target, calendar):
    assert due_date(start, target, calendar) <= due_date(start + longer, target, calendar)


@given(moments, targets.filter(counts_office_time), calendars)
def test_office_targets_end_in_office_time(start, target, calendar):
    end = due_date(start, target, calendar).replace(tzinfo=None)
    spans = [*calendar.spans(end.date()), *calendar.spans(end.date() - timedelta(days=1))]
    assert any(opens < end <= closes for opens, closes in spans)


@given(moments, moments, moments, calendars)
def test_working_time_adds_up_also_backwards(a, b, c, calendar):
    assert working_time_between(a, b, calendar) + working_time_between(b, c, calendar) == working_time_between(
        a, c, calendar
    )


@given(moments, st.integers(1, 3000), calendars)
def test_the_time_to_a_deadline_is_the_target(start, amount, calendar):
    assert working_time_between(start, due_date(start, f"{amount}wmin", calendar), calendar) == amount * MINUTE


@given(moments, st.integers(1, 3000), calendars)
def test_back_and_forth_leads_to_where_one_began_in_office_time(moment, amount, calendar):
    length = amount * MINUTE
    assert add_working_time(
        subtract_working_time(add_working_time(moment, length, calendar), length, calendar), length, calendar
    ) == add_working_time(moment, length, calendar)
    if working_time_between(moment, moment + timedelta(microseconds=1), calendar):
        assert shift_deadline(shift_deadline(moment, f"+{amount}wmin", calendar), f"-{amount}wmin", calendar) == moment


@given(moments, st.integers(1, 30), calendars)
def test_working_days_back_and_forth_keep_the_time_of_the_day(moment, days, calendar):
    if calendar.is_working_day(moment.date()):
        assert shift_deadline(shift_deadline(moment, f"+{days}wd", calendar), f"-{days}wd", calendar) == moment


@given(moments, lengths, st.sampled_from(["-4h", "-4wh", "+30wmin", "0"]), calendars)
def test_a_later_deadline_is_not_chased_earlier(moment, longer, offset, calendar):
    assert shift_deadline(moment, offset, calendar) <= shift_deadline(moment + longer, offset, calendar)


def count_by_the_minute(start, end, calendar):
    """The same figure computed minute by minute from weekday names and the clock."""
    tet = {date(2026, 2, day) for day in range(16, 21)}
    off = tet | {date(2026, 1, 1), date(2026, 1, 2)}
    mornings = [*range(7 * 60 + 30, 11 * 60 + 30)]
    day_long = {*mornings, *range(13 * 60, 17 * 60)}
    minutes, wall = 0, start
    while wall < end:
        saturday = day_long if wall.date() == date(2026, 1, 10) else mornings if calendar is SATURDAYS else ()
        hours = {5: saturday, 6: ()}.get(wall.weekday(), day_long)
        minutes += wall.date() not in off and wall.hour * 60 + wall.minute in hours
        wall += MINUTE
    return minutes


@given(minutes, st.integers(0, 20 * 1440), st.sampled_from([CITY, SATURDAYS]))
def test_working_minutes_are_those_that_one_counts(start, length, calendar):
    end = start + length * MINUTE
    assert working_time_between(start, end, calendar) == count_by_the_minute(start, end, calendar) * MINUTE
