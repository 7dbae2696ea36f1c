"""Test the simulation behind docs/scale.md against closed formulas and measurements."""

import re
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from incidents.map.public_streams import AT_ONCE, BREATH_S, PAUSE_S, PAUSES
from tests.simulation import watchers
from tests.simulation.watchers import COSTS, Flood, Process, arrivals, commit_times, simulate

DOCS = Path(settings.BASE_DIR) / "docs"


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_waiting_for_one_core_is_that_of_m_d_1(load):
    """Poisson arrivals, each of the same work, one server: the mean wait is load × work / 2 (1 - load)."""
    work = watchers.TURN_S
    arrival_times = arrivals(np.random.default_rng(7), load / work, 400)
    process = Process([], [(at, work) for at in arrival_times], streams=0, speed=1).run()
    mean = np.mean(process.waits) - work
    assert mean == pytest.approx(load * work / (2 * (1 - load)), rel=0.05)
    assert process.worked == pytest.approx(len(arrival_times) * work)


def test_one_change_is_told_in_one_round():
    """Streams are told a hundred at a time: the last after as many chunks, each of its work or a breath."""
    streams, speed = 1000, 0.5
    process = Process([1.0], [], streams=streams, speed=speed).run()
    chunk = AT_ONCE * watchers.cost("delivery") / speed
    begins = 1 + watchers.cost("hearing") / speed
    expected = [begins + n * max(chunk, BREATH_S) + chunk - 1 for n in range(streams // AT_ONCE)]
    assert process.delays == pytest.approx(expected)
    assert (process.deliveries, process.weights) == (streams, [AT_ONCE] * (streams // AT_ONCE))


@pytest.mark.parametrize(
    ("streams", "rest_s"),
    [(3000, PAUSES * 0.06), (6000, PAUSE_S), (20_000, 0.4)],  # a round takes 0.06, 0.12 and 0.4 s
)
def test_in_a_storm_a_process_rests_between_rounds(streams, rest_s):
    """However much happens: three times as long as it tells, a quarter of a second, or half of the time."""
    per_second, seconds = 500, 20
    news = [n / per_second for n in range(per_second * seconds)]
    process = Process(news, [], streams=streams, speed=1).run()
    hearing = per_second * watchers.cost("hearing")
    round_s = streams / AT_ONCE * max(AT_ONCE * watchers.cost("delivery"), BREATH_S)
    assert process.worked / seconds == pytest.approx(round_s / (round_s + rest_s) + hearing, rel=0.06)
    assert max(process.delays) < 2.2 * round_s + rest_s
    assert sum(process.weights) == len(news) * streams  # nobody misses any


def test_one_that_is_told_while_others_are_misses_nothing():
    """What comes when half of the streams have been told goes to the others in the same round, to all in the next."""
    process = Process([0, 0.003, 0.0155], [], streams=700, speed=1).run()
    assert sum(process.weights) == 3 * 700


@pytest.mark.parametrize(("arriving", "done"), [
    ([0, 1, 2], [0.1, 1.1, 2.1]),
    ([0, 0.01, 0.02, 0.03], [0.1, 0.22, 0.22, 0.22]),
])  # fmt: skip
def test_reports_that_wait_are_committed_together(arriving, done):
    each = 0.01
    assert commit_times(arriving, flush=0.09, each=each) == pytest.approx(done)


def test_whoever_asks_for_more_gets_more():
    """What is calculated grows as what it is of, and nothing else does."""
    small = simulate(Flood(watchers=1000, incidents=10**6, seconds=5, reports=5))
    large = simulate(Flood(watchers=2000, incidents=10**7, seconds=5, reports=5))
    twice = ("memory_gb", "sent_mb")
    tenfold = ("database_gb", "index_gb", "sums_gb")
    same = ("written_mb", "notified", "commits", "commit_wait")
    for names, factor in ((twice, 2), (tenfold, 10), (same, 1)):
        assert [getattr(large, name) / getattr(small, name) for name in names] == pytest.approx([factor] * len(names))


def test_costs_say_where_they_come_from():
    """Those that nobody has measured say so, here and in docs/scale.md."""
    assumed = {name for name, cost in COSTS.items() if "assumed" in cost.source}
    assert assumed == {"page", "page_database"}
    text = (DOCS / "scale.md").read_text()
    assert {name for name in COSTS if re.search(rf"^\| `{name}` \|.*assumed", text, re.M)} == assumed
