"""Compute independently what had to happen in a simulation, in plain Python over plain values.

It shares no code with the product: office time is a row of minutes counted one by one.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MORNING, AFTERNOON = (7 * 60 + 30, 11 * 60 + 30), (13 * 60, 17 * 60)
UNITS = {"min": 1, "h": 60, "d": 1440}
STATES = {
    "accept": "in hand", "ask": "waiting", "answer": "in hand", "more_time": "extension", "grant": "in hand",
    "refuse": "in hand", "resolve": "done", "reopen": "in hand", "hand_over": "new",
}  # fmt: skip
CLOCK_RUNS = {"new", "in hand", "extension"}


class Year:
    """Days and minutes from `first` on: which are worked, in offices that open on Saturday mornings or do not."""

    def __init__(self, first: date, days, off, worked, mornings=False):
        self.first, self.zero = first, datetime.combine(first, datetime.min.time())
        self.spans, self.minutes = [], bytearray(days * 1440)
        for n in range(days):
            day = first + n * DAY
            spans = () if day.weekday() > 4 else (MORNING, AFTERNOON)
            if day.weekday() == 5 and mornings:
                spans = (MORNING,)
            if day in off:
                spans = ()
            if day in worked:
                spans = (MORNING, AFTERNOON)
            self.spans.append(spans)
            for opens, closes in spans:
                for minute in range(n * 1440 + opens, n * 1440 + closes):
                    self.minutes[minute] = 1

    def at(self, moment):
        return (moment - self.zero) // MINUTE

    def on(self, day):
        return self.spans[(day - self.first).days]

    def closing(self, day):
        return datetime.combine(day, datetime.min.time()) + self.on(day)[-1][1] * MINUTE

    def next(self, day, step=1):
        day += step * DAY
        while not self.on(day):
            day += step * DAY
        return day

    def worked(self, since, until):
        return sum(self.minutes[self.at(since) : self.at(until)])

    def walk(self, since, minutes):
        now = self.at(since)
        while minutes:
            minutes -= self.minutes[now]
            now += 1
        return max(since, self.zero + now * MINUTE)

    def due(self, start, target):
        number, unit = int("".join(filter(str.isdigit, target))), "".join(filter(str.isalpha, target))
        if unit in UNITS:
            return start + number * UNITS[unit] * MINUTE
        if unit != "wd":
            return self.walk(start, number * UNITS[unit[1:]])
        day = start.date()
        if not self.on(day) or start > self.closing(day):
            day = self.next(day)
        for _one in range(number):
            day = self.next(day)
        return self.closing(day)

    def shifted(self, deadline, offset, start):
        if offset.endswith("%"):
            return deadline + (deadline - start) * int(offset[:-1]) / 100
        if offset == "0":
            return deadline
        number, unit = int("".join(sign for sign in offset if not sign.isalpha())), "".join(filter(str.isalpha, offset))
        if unit in UNITS:
            return deadline + number * UNITS[unit] * MINUTE
        day, clock = deadline.date(), deadline - datetime.combine(deadline.date(), datetime.min.time())
        if not self.on(day):
            day = self.next(day, -1)
            clock = self.closing(day) - datetime.combine(day, datetime.min.time())
        for _one in range(number):
            day = self.next(day)
        return datetime.combine(day, datetime.min.time()) + clock


class Expected:
    """The notifications that had to be sent, and when."""

    def __init__(self, story, world, first, days, off, worked, every=1, outages=(), digest_at=timedelta(hours=15)):
        self.story, self.world, self.every, self.outages = story, world, every, outages
        self.end = datetime.combine(first + days * DAY, datetime.min.time())
        self.start = datetime.combine(first, datetime.min.time())
        self.digest_at = digest_at
        self.years = [Year(first - 7 * DAY, days + 200, off, worked, mornings) for mornings in (False, True)]
        self.steps = defaultdict(list)
        for moment, n, step, more in story.steps:
            self.steps[n].append((moment, step, more))
        self.lives = {n: self.life(n) for n in story.reports}
        self.reminders, self.letters = [], defaultdict(set)
        for n in story.reports:
            self.climb(n)

    def year(self, unit):
        return self.years[unit in self.world["mornings"]]

    # ── Its states and deadlines

    def life(self, n):
        """Returns the intervals of an incident: (since, until, state, accept by, due, unit).

        Deadlines follow the office hours of its first unit and stay after a handover.
        """
        start, unit, category, _area = self.story.reports[n]
        accept, resolve = self.world["targets"][category]
        year, intervals = self.year(unit), []
        since, state, stood = start, "new", None
        by, due = year.due(start, accept), year.due(start, resolve)
        for moment, step, more in self.steps[n]:
            intervals.append((since, moment, state, by, due, unit))
            if stood:
                due = year.walk(due, year.worked(stood, moment)) if "w" in resolve else due + (moment - stood)
            if step == "grant":
                due = max(more, due)
            if step == "hand_over":
                unit = more
            stood = moment if step == "ask" else None
            since, state = moment, STATES[step]
        intervals.append((since, self.end, state, by, due, unit))
        return intervals

    # ── Its ladder

    def escalation_steps(self, category):
        for name in (category, self.world["groups"][category], None):
            if steps := [step for step in self.world["steps"] if step[1] == name]:
                return steps
        return []

    def tick(self, moment):
        length = self.every * MINUTE
        tick = self.start + -((self.start - moment) // length) * length
        while any(since <= tick < until for since, until in self.outages):
            tick += length
        return tick

    def climb(self, n):
        start, _first, category, _area = self.story.reports[n]
        steps = self.escalation_steps(category)
        climbed, heard, left = set(), set(), None
        for since, until, state, by, due, unit in self.lives[n]:
            if state not in CLOCK_RUNS:
                left = None
                continue
            marks = []
            for key, _category, target, offset, who in steps:
                if target == "resolve" or state == "new":
                    deadline = due if target == "resolve" else by
                    marks.append((self.year(unit).shifted(deadline, offset, start), key, target, who, deadline))
            look = left or (since if any(over(mark) and mark[0] <= since for mark in marks) else after(marks, since))
            left = None
            while look:
                tick = self.tick(look)
                if tick >= until:
                    left = look if look <= until else None
                    break
                marks_due = [mark for mark in marks if mark[0] <= tick and (mark[0] >= look or over(mark))]
                told_now = set()
                for mark in marks_due:
                    moment, key, target, who, deadline = mark
                    last = max(due_mark[0] for due_mark in marks_due if due_mark[2] == target)
                    is_told = moment == last and not (moment < look and key in heard)
                    if (key, deadline) not in climbed:
                        climbed.add((key, deadline))
                        self.reminders.append((tick, n, key, deadline, is_told))
                        if is_told:
                            told_now.add(key)
                            for address in self.hearers(who, unit, category, tick):
                                self.letters[tick, address].add(n)
                heard |= told_now
                look = after(marks, tick)

    def hearers(self, who, unit, category, moment):
        """Returns the addresses that an escalation step notifies: of its target, else of the next level up."""
        world, bloc = self.world, self.world["parents"][unit]
        group = world["groups"][category]
        ways = {
            "handler": [world["desks"].get(unit)],
            "head": [world["heads"].get(unit)],
            "leader": [world["leaders"][bloc], world["deputies"].get(group)],
            "city": [world["city"]],
        }
        order = list(ways)
        for name in order[order.index(who) :]:
            addresses = [address for address in ways[name] if address]
            if addresses:
                return [self.present(address, moment.date()) for address in addresses]
        return []

    def present(self, address, day):
        for away, since, until, deputy in self.world["absences"]:
            if away == address and since <= day <= until:
                return deputy
        return address

    # ── The digests

    def digests(self):
        stars = defaultdict(list)
        for given_at, n, number in self.story.stars:
            stars[n].append((given_at, number))
        moments = sorted({(moment, week) for moment, week, _post, _counts in self.story.digests})
        return {
            (moment, week, post): self.counts(cells, unit, group)
            for moment, week in moments
            for cells in [self.cells(moment, week, stars)]
            for post, unit, group in self.world["posts"]
        }

    def weeks(self):
        """Returns {day on which leaders get the digest: moment}, within the week or not at all."""
        day = self.start.date()
        while day < self.end.date():
            if day.weekday() == 4:
                moment = datetime.combine(day, datetime.min.time()) + self.digest_at
                later = [moment + timedelta(hours=hours) for hours in (0, 1, 18, 53)]
                up = [
                    later_day
                    for later_day in later
                    if not any(since <= later_day < until for since, until in self.outages)
                ]
                if up and up[0] < self.end:
                    yield up[0], day
            day += DAY

    def cells(self, moment, week, stars):
        """Returns the counts of a week by (unit at that moment, group of categories)."""
        until = datetime.combine(week, datetime.min.time()) + self.digest_at
        counts, since = defaultdict(Counter), until - 7 * DAY
        for n, (received, _first, category, _area) in self.story.reports.items():
            if received > moment:
                continue
            begun, _end, state, _by, due, unit = next(
                interval for interval in reversed(self.lives[n]) if interval[0] <= moment
            )
            cell = counts[unit, self.world["groups"][category]]
            cell["received"] += since < received <= until
            if state == "done":
                cell["done"] += since < begun <= until
                cell["in_time"] += since < begun <= until and begun <= due
            cell["late"] += state in CLOCK_RUNS and due < moment
            cell["waiting"] += state == "waiting"
            cell["extension"] += state == "extension"
            for given_at, number in stars.get(n, ()):
                if since < given_at <= until:
                    cell["stars"] += number
                    cell["ratings"] += 1
        return counts

    def counts(self, cells, top, group):
        counts = Counter()
        for (unit, other), cell in cells.items():
            if group in (None, other) and self.under(unit, top):
                counts.update(cell)
        names = ("received", "done", "in_time", "late", "waiting", "extension", "ratings")
        average = round(counts["stars"] / counts["ratings"], 2) if counts["ratings"] else None
        return {name: counts[name] for name in names} | {"stars": average}

    def under(self, unit, top):
        while unit and unit != top:
            unit = self.world["parents"].get(unit)
        return unit == top


def over(mark):
    return mark[2] == "resolve" and mark[0] >= mark[4]


def after(marks, moment):
    times = sorted(mark[0] for mark in marks)
    place = bisect_left(times, moment + timedelta(microseconds=1))
    return times[place] if place < len(times) else None


def differences(story, expected):
    """Returns all differences as sentences; [] if both agree."""
    sent_reminders, due = Counter(story.reminders), Counter(expected.reminders)
    for row in sorted((sent_reminders - due).keys()):
        yield f"a reminder that nobody expected: {row}"
    for row in sorted((due - sent_reminders).keys()):
        yield f"a reminder that is missing: {row}"
    letters = Counter((moment, address) for moment, address, _named in story.letters)
    for row, number in letters.items():
        if number != 1:
            yield f"{number} letters at once: {row}"
    sent = {(moment, address): named for moment, address, named in story.letters}
    for key in sorted(set(sent) | set(expected.letters)):
        if sent.get(key) != expected.letters.get(key):
            yield f"a letter {key} about {sent.get(key)} instead of {expected.letters.get(key)}"
    known = {(moment, week, post): counts for moment, week, post, counts in story.digests}
    if (weeks := set(expected.weeks())) != {(moment, week) for moment, week, _post in known}:
        yield f"digests at {sorted({key[:2] for key in known})} instead of {sorted(weeks)}"
    for key, counts in expected.digests().items():
        got = {name: value for name, value in known.get(key, {}).items() if name != "before"}
        if got != counts:
            yield f"a digest {key} says {got} instead of {counts}"
    for (moment, week, post), counts in known.items():
        before = next((row for (_at, day, who), row in known.items() if day == week - 7 * DAY and who == post), None)
        if before and counts["before"] != {name: value for name, value in before.items() if name != "before"}:
            yield f"the digest {(moment, week, post)} is compared with {counts['before']}"
