from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.deadlines import CLOSES, due, is_working_day

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("start", "target", "end"),
    [
        ("2026-11-25T14:32", "30min", "2026-11-25T15:02"),
        ("2026-11-25T22:00", "4h", "2026-11-26T02:00"),
        ("2026-11-25T14:32", "10d", "2026-12-05T14:32"),
        # Working days: day n ends when the offices close.
        ("2026-11-25T14:32", "1wd", "2026-11-26T17:00"),
        ("2026-11-25T14:32", "5wd", "2026-12-02T17:00"),
        # After closing and at the weekend the next opening is the start.
        ("2026-11-25T18:00", "1wd", "2026-11-27T17:00"),
        ("2026-11-28T09:00", "1wd", "2026-12-01T17:00"),
        # Tết 2026: 16 to 20 February are free.
        ("2026-02-13T10:00", "1wd", "2026-02-23T17:00"),
        # Monday 31 August 2026 is a bridge day, Saturday 22 August is worked for it.
        ("2026-08-28T10:00", "1wd", "2026-09-03T17:00"),
        ("2026-08-21T10:00", "1wd", "2026-08-22T17:00"),
    ],
)
def test_when_a_target_is_reached(start, target, end):
    assert due(at(start), target, "VN") == at(end)


def test_a_city_without_holidays_has_weekends():
    assert [is_working_day(date(2026, 11, day), "") for day in (27, 28, 29, 30)] == [True, False, False, True]


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(HERE))


@given(moments, st.integers(1, 30))
def test_working_days_end_on_a_working_day_at_closing_time(start, days):
    end = due(start, f"{days}wd", "VN")
    assert (end.time(), is_working_day(end.date(), "VN")) == (CLOSES, True)


@given(moments, st.integers(1, 29), st.sampled_from(["min", "h", "d", "wd"]))
def test_more_time_ends_later_and_none_ends_before_it_began(start, amount, unit):
    assert start < due(start, f"{amount}{unit}", "VN") < due(start, f"{amount + 1}{unit}", "VN")


@given(moments, st.timedeltas(timedelta(), timedelta(days=40)), st.sampled_from(["30min", "4h", "10d", "1wd", "5wd"]))
def test_who_reports_later_is_not_due_earlier(start, later, target):
    assert due(start, target, "VN") <= due(start + later, target, "VN")
