"""Simulate a flood of watchers in a large city: delays on open maps and the resources needed.

    bin/simulate watchers [--watchers 100000] [--incidents 50M] [--reports 100] [--processes 32] [--seconds 60] …

Drawn at random (Poisson): arrivals of reports, and of requests for pages, lists and uncached tiles. Simulated: commits
one after the other, which take all that wait; one web process of as many as there are, on a core of its own (`--speed`
of it), whose event loop serves its streams in rounds as `incidents.map.public_streams` does, a hundred at a time, while
requests take turns with it under the GIL. Calculated: what grows with the stored incidents, and what is the same for
each process. COSTS holds each cost with its source.
"""

import argparse
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from heapq import heappop, heappush

import numpy as np

from incidents.map.public_streams import AT_ONCE, BREATH_S, pause_after

TURN_S = 0.005  # after so long a thread gives the interpreter to another that wants it: sys.getswitchinterval()


@dataclass(frozen=True)
class Cost:
    """A cost, its unit, and the source of the figure."""

    value: float
    unit: str
    source: str


COSTS = {
    "delivery": Cost(20e-6, "s of a core", "benchmarks.md, 2,000 to 10,000 streams: 18.7 to 23 µs"),
    "hearing": Cost(10e-6, "s of a core", "NewsLog.add and json.loads of an item of 0.4 kB: 7 µs, and the socket"),
    "stream": Cost(31.2, "kB", "benchmarks.md, 10,000 streams"),
    "line": Cost(400, "bytes", "an item as it is sent"),
    "report": Cost(1.8e-3, "s of a core", "benchmarks.md, Python of a report by Open311, eight at once"),
    "report_database": Cost(0.9e-3, "s of a core", "benchmarks.md, PostgreSQL's part of the same"),
    "flush": Cost(2.85e-3, "s", "benchmarks.md: 351 transactions a second that NOTIFY, one after the other"),
    "notify": Cost(
        21e-6, "s of a core", "of PostgreSQL for each that listens: 64 of them, 2,000 commits, 17 µs and the sender's 4"
    ),
    "page": Cost(16e-3, "s of a core", "a page or list of strangers, 60 a second on a core; assumed"),
    "page_database": Cost(8e-3, "s of a core", "half of it again; assumed"),
    "tile": Cost(
        9e-3,
        "s of a core",
        "benchmarks.md, the map's own tiles of 2 million, processor, p95: 18 ms, half of it Python's",
    ),
    "tile_database": Cost(9e-3, "s of a core", "the other half"),
    "cached": Cost(18e-6, "s of a core", "of Varnish, a tile of 5 kB that it has: 20,000 of them, four connections"),
    "wal": Cost(9.5, "kB", "written for a report with its lines and jobs; calculated from 5.5 kB of rows"),
    "row": Cost(5.5, "kB", "scale.md, what one incident takes in the database"),
    "index": Cost(0.95, "kB", "scale.md, indexes of 2 million incidents: 1.9 GB"),
    "sums": Cost(117, "bytes", "scale.md, aggregates: 235 MB of 2 million"),
}


def cost(name: str) -> float:
    return COSTS[name].value


@dataclass(frozen=True)
class Flood:
    """The load on the service and the servers that answer it."""

    watchers: int = 10_000
    incidents: int = 2_000_000  # kept
    reports: float = 100  # new incidents a second
    lines: int = 2  # of history, told of each
    in_view: float = 0.01  # part of the open maps in which a change lies
    asks_every: float = 1.4  # seconds between two questions of a page in whose view something changes all the time
    opened: float = 10  # maps that are opened in a second: a page and a list each
    tiles_shown: int = 6  # of a page
    places: int = 50  # that people look at, of other tiles and filters each
    made_every: float = 2  # seconds for which the cache may keep a tile over a storm at least
    cached_s: float = 10  # seconds for which it keeps one of "the last 30 days" at most
    processes: int = 8  # of web servers
    speed: float = 1  # part of a core that a process has
    listening: int = 1  # besides them: the purger
    seconds: int = 60
    seed: int = 1

    @property
    def asking(self) -> float:
        """Returns the list requests of open pages per second: each page whose view changes, at its own moments."""
        seen = self.watchers * min(1.0, self.in_view)
        changes = self.reports * self.lines
        return seen * changes / (1 + changes * self.asks_every) if seen else 0.0

    @property
    def pages(self) -> float:
        return self.asking + 2 * self.opened

    @property
    def tiles_asked(self) -> float:
        return (self.asking + self.opened) * self.tiles_shown

    @property
    def tiles_made(self) -> float:
        """Returns tiles rendered per second: those dropped by changes, and those that expired."""
        looked_at = self.places * self.tiles_shown
        dropped = min(self.reports * self.tiles_shown, looked_at / self.made_every)
        return min(self.tiles_asked, dropped + looked_at / self.cached_s)


@dataclass(frozen=True)
class Result:
    """Results; latencies in seconds from the commit until the line is handed to the network."""

    p50: float
    p99: float
    deliveries: float  # a second, of all processes
    web_cores: float
    busiest: float  # part of its core that the process played was at work
    wait_of_page: float  # p95, in the process played
    commit_wait: float  # p99, from the report's arrival to its commit
    database_cores: float
    commits: float  # a second
    notified: float  # notices that PostgreSQL hands over in a second
    written_mb: float  # by the database, a second
    sent_mb: float  # to open maps, a second
    memory_gb: float  # of all streams
    cache_cores: float
    database_gb: float
    index_gb: float
    sums_gb: float


def arrivals(rng: np.random.Generator, rate: float, seconds: float) -> list[float]:
    count = rng.poisson(rate * seconds)
    return np.sort(rng.uniform(0, seconds, count)).tolist()


def commit_times(arriving: Sequence[float], *, flush: float, each: float) -> list[float]:
    """Returns when each report is committed; a transaction takes all reports that wait when it begins."""
    done, free, first = [], 0.0, 0
    while first < len(arriving):
        begins = max(free, arriving[first])
        last = first
        while last < len(arriving) and arriving[last] <= begins:
            last += 1
        free = begins + flush + each * (last - first)
        done += [free] * (last - first)
        first = last
    return done


class Process:
    """One web process on one core: its event loop and the threads of its requests, which take turns.

    `news`: when lines arrive; `requests`: (when, seconds of the core). `delays` are those of each chunk of streams for
    each line, `waits` the times from a request's arrival to its answer.
    """

    def __init__(self, news: Sequence[float], requests: Sequence[tuple[float, float]], *, streams: int, speed: float):
        self.news, self.streams, self.speed = news, streams, speed
        self.delays: list[float] = []
        self.weights: list[int] = []
        self.waits: list[float] = []
        self.deliveries = 0
        self.worked = self.now = 0.0
        self.events: list[tuple[float, int, str, float]] = []  # when, in which order, what, seconds of the core
        self.loop: deque[tuple[str, float]] = deque()
        self.threads: deque[tuple[float, float]] = deque()  # when it was asked, seconds left
        self.count = 0
        self.heard = 0
        self.sent_up_to: list[int] = [0] * math.ceil(streams / AT_ONCE)
        self.chunk = self.began = self.chunk_began = 0
        self.is_telling = False
        for at in news:
            self.plan(at, "news", cost("hearing"))
        for at, seconds in requests:
            self.plan(at, "request", seconds)

    def plan(self, at, what, seconds=0.0):
        self.count += 1
        heappush(self.events, (at, self.count, what, seconds))

    def run(self) -> "Process":
        of_threads = False
        while self.events or self.loop or self.threads:
            while self.events and (self.events[0][0] <= self.now or not (self.loop or self.threads)):
                at, _number, what, seconds = heappop(self.events)
                self.now = max(self.now, at)
                self.begin(what, at, seconds)
            if not (self.loop or self.threads):
                continue
            of_threads = bool(self.threads) and not (of_threads and self.loop)
            if of_threads:
                self.take_turn()
            else:
                what, seconds = self.loop.popleft()
                self.work(seconds)
                self.finish(what)
        return self

    def begin(self, what, at, seconds):
        if what == "request":
            self.threads.append((at, seconds))
        else:
            self.loop.append((what, seconds))

    def work(self, seconds):
        self.now += seconds / self.speed
        self.worked += seconds

    def take_turn(self):
        at, left = self.threads.popleft()
        turn = min(left, TURN_S)
        self.work(turn)
        if left - turn > 1e-12:
            self.threads.append((at, left - turn))
        else:
            self.waits.append(self.now - at)

    def finish(self, what):
        """Schedules what follows in the loop, as in PublicStreams.tell_in_rounds and Stream.tell_news."""
        if what == "news":
            self.heard += 1
            if not self.is_telling and self.streams:
                self.is_telling = True
                self.plan(self.now, "round")
        elif what == "round":
            if self.sent_up_to[0] == self.heard:  # the first chunk was told of least
                self.is_telling = False
                return
            self.chunk, self.began = 0, self.now
            self.wake_chunk()
        elif what == "chunk":
            size = min(AT_ONCE, self.streams - self.chunk * AT_ONCE)
            fresh = self.news[self.sent_up_to[self.chunk] : self.heard]
            self.delays += [self.now - at for at in fresh]
            self.weights += [size] * len(fresh)
            self.deliveries += size
            self.sent_up_to[self.chunk] = self.heard
            self.chunk += 1
            self.plan(max(self.now, self.chunk_began + BREATH_S), "next")
        elif self.chunk < len(self.sent_up_to):
            self.wake_chunk()
        else:
            self.plan(self.now + pause_after(self.now - self.began), "round")

    def wake_chunk(self):
        size = min(AT_ONCE, self.streams - self.chunk * AT_ONCE)
        self.chunk_began = self.now
        self.loop.append(("chunk", size * cost("delivery")))


def simulate(flood: Flood) -> Result:
    rng = np.random.default_rng(flood.seed)
    reports = arrivals(rng, flood.reports, flood.seconds)
    commits = commit_times(reports, flush=cost("flush"), each=cost("report_database"))
    listening = flood.processes + flood.listening
    hears_after = listening * cost("notify")  # the last of all of them
    news = [at + hears_after for at in commits for _line in range(flood.lines)]
    requests = []
    for rate, name in (
        (flood.reports / flood.processes, "report"),
        (flood.pages / flood.processes, "page"),
        (flood.tiles_made / flood.processes, "tile"),
    ):
        requests += [(at, cost(name)) for at in arrivals(rng, rate, flood.seconds)]
    streams = math.ceil(flood.watchers / flood.processes)
    process = Process(news, sorted(requests), streams=streams, speed=flood.speed).run()
    span = max(flood.seconds, process.now)
    p50, p99 = weighted_parts(process.delays, process.weights, (0.5, 0.99))
    committed = len(set(commits)) / flood.seconds
    notified = flood.reports * flood.lines * listening
    database = flood.reports * cost("report_database") + flood.pages * cost("page_database")
    database += flood.tiles_made * cost("tile_database")
    return Result(
        p50=p50 + hears_after,
        p99=p99 + hears_after,
        deliveries=process.deliveries * flood.processes / span,
        web_cores=process.worked * flood.processes / span,
        busiest=process.worked / flood.speed / span,
        wait_of_page=float(np.quantile(process.waits, 0.95)) if process.waits else 0.0,
        commit_wait=float(np.quantile(np.subtract(commits, reports), 0.99)) if reports else 0.0,
        database_cores=database + committed * listening * cost("notify"),
        commits=committed,
        notified=notified,
        written_mb=flood.reports * cost("wal") / 1e3,
        sent_mb=flood.watchers * flood.reports * flood.lines * cost("line") / 1e6,
        memory_gb=flood.watchers * cost("stream") / 1e6,
        cache_cores=flood.tiles_asked * cost("cached"),
        database_gb=flood.incidents * cost("row") / 1e6,
        index_gb=flood.incidents * cost("index") / 1e6,
        sums_gb=flood.incidents * cost("sums") / 1e9,
    )


def weighted_parts(values, weights, parts):
    """Returns the weighted quantiles; 0 where there are no values."""
    if not values:
        return [0.0] * len(parts)
    order = np.argsort(values)
    reached = np.cumsum(np.asarray(weights)[order])
    return [float(np.asarray(values)[order][np.searchsorted(reached, part * reached[-1])]) for part in parts]


ROWS = (  # of the table: what it says, its figure, by what it is multiplied, its unit
    ("commit → handed to the network, median", "p50", 1e3, "ms"),
    ("commit → handed to the network, p99", "p99", 1e3, "ms"),
    ("deliveries", "deliveries", 1, "/s"),
    ("cores of web servers", "web_cores", 1, "cores"),
    ("a process is at work", "busiest", 100, "%"),
    ("a page or list waits, p95", "wait_of_page", 1e3, "ms"),
    ("a report waits for its commit, p99", "commit_wait", 1e3, "ms"),
    ("cores of the database, for reports, pages, tiles and notices", "database_cores", 1, "cores"),
    ("commits that NOTIFY", "commits", 1, "/s"),
    ("notices handed to processes", "notified", 1, "/s"),
    ("written by the database", "written_mb", 1, "MB/s"),
    ("sent to open maps", "sent_mb", 1, "MB/s"),
    ("memory of streams", "memory_gb", 1, "GB"),
    ("cores of the shared cache", "cache_cores", 1, "cores"),
    ("the database", "database_gb", 1, "GB"),
    ("of it indexes of incidents", "index_gb", 1, "GB"),
    ("kept sums", "sums_gb", 1, "GB"),
)


def table(result: Result) -> Iterator[str]:
    for words, name, factor, unit in ROWS:
        yield f"| {words} | {getattr(result, name) * factor:,.4g} {unit} |"


def parse_count(text: str) -> int:
    """`100k`, `50M` → how many."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1].lower(), 1)
    return int(float(text[:-1] if factor > 1 else text) * factor)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bin/simulate watchers", description=__doc__.partition("\n")[0])
    for field in fields(Flood):
        kind = {"watchers": parse_count, "incidents": parse_count}.get(field.name, type(field.default))
        kind = (
            float
            if field.name in ("reports", "speed", "made_every", "asks_every", "in_view", "cached_s", "opened")
            else kind
        )
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    flood = Flood(**vars(parser.parse_args(arguments)))
    print(f"{flood}\n\n| what comes out | |\n| --- | --- |", *table(simulate(flood)), sep="\n")
    print("\n| what things cost | | from |\n| --- | --- | --- |")
    for name, cost in COSTS.items():
        print(f"| {name} | {cost.value:,g} {cost.unit} | {cost.source} |")


if __name__ == "__main__":
    main()
