"""What everybody hears lies in one log, encoded once; who is too far behind in it reloads."""

import pytest

from incidents.map import news_log
from incidents.map.news_log import NewsLog

RELOAD = b"id: %d\nevent: reload\ndata: {}\n\n"


def item(number, *, public=True):
    return {"id": number, "public": public, "what": [1], "where": 2, "was": 3, "asked": []}


def line(number):
    return b'id: %d\ndata: {"id": %d}\n\n' % (number, number)


def log_of(*items):
    log = NewsLog()
    log.begin_after(10)
    for news_item in items:
        log.add(news_item)
    return log


def test_lines_after_a_position_are_those_of_later_events():
    log = log_of(item(11), item(12), item(14))
    assert [log.lines_after(position) for position in (10, 11, 13, 14)] == [
        line(11) + line(12) + line(14), line(12) + line(14), line(14), b"",
    ]  # fmt: skip


def test_lines_say_nothing_of_who_else_may_hear():
    assert log_of(item(11)).lines_after(10) == line(11)


def test_what_is_not_for_everybody_moves_the_log_only():
    log = log_of(item(11, public=False))
    assert (log.newest, log.lines_after(10)) == (11, b"")


def test_adding_says_whether_there_is_something_to_tell():
    log = log_of()
    has_news = [log.add(news_item) for news_item in (item(10), item(11), item(11), item(12, public=False))]
    assert has_news == [False, True, False, False]


def test_all_at_one_position_get_the_same_bytes():
    log = log_of(item(11), item(12))
    assert log.lines_after(10) is log.lines_after(10)


def test_bulk_change_makes_everybody_reload_once():
    log = log_of(item(11), {"id": 20, "reload": True}, item(21))
    assert [log.lines_after(position) for position in (10, 11, 20)] == [RELOAD % 21, RELOAD % 21, line(21)]


@pytest.mark.parametrize(("behind", "reloads"), [(2, False), (3, False), (4, True)])
def test_only_so_much_is_kept(monkeypatch, behind, reloads):
    monkeypatch.setattr(news_log, "LINES_KEPT", 3)
    log = log_of(*map(item, range(11, 17)))  # six: the older half goes
    lines = log.lines_after(16 - behind)
    assert lines == (RELOAD % 16 if reloads else b"".join(map(line, range(17 - behind, 17))))


def test_what_was_heard_before_the_log_begins_is_sorted_out():
    log = NewsLog()
    for number in (9, 10, 11):
        log.add(item(number))
    log.begin_after(10)
    assert (log.newest, log.lines_after(10), log.lines_after(9)) == (11, line(11), RELOAD % 11)


def test_before_the_log_begins_nothing_is_known():
    assert log_of(item(11)).lines_after(9) == RELOAD % 11
