"""Fill a database with a city's history: three years of incidents with their reports and events.

Rows are written by COPY in chronological order with consecutive numbers. Assignments and due dates come from the
product's own rules. Differences from a real history:

- Foreign keys, unique keys and indexes are dropped before and built after, so that PostgreSQL checks all rows at once.
- The guards of the history stay; the owner of the tables removes the earlier rows.
- No jobs, notices, seals or photos; only open incidents have reasons of their assignment.
- An incident lies within two metres of a place with a known ward; areas are those of today for all three years.
"""

import json
import random
import struct
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.timezone import localdate, localtime

from demo.incidents.month import HOURS, DemoTexts
from geoapp.crypto import keyring
from geoapp.db import connections as database
from gis_data import city
from gis_data.addresses import geocode
from gis_data.models import Area, City
from incidents import aggregates
from incidents.deadlines import ladder, service_levels, working_time
from incidents.models import Authority, Category, Incident, Membership, Report, User
from incidents.models.incident import SHORT_TOKEN
from incidents.routing import rules
from tests import factories

PACK = settings.BASE_DIR / "gis_data" / "packs" / "hcmc"
SEED, YEARS = 1022, 3
DAY, HOUR = 86400, 3600
PLACES = 300_000  # at most: of which some see hundreds of reports in three years, and most a few
TABLES = ("incident", "report", "event", "rating", "extension")
COLUMNS = {
    "incident": "id reference category_id state place accuracy_m address area_id authority_id text published"
    " reports_count received_at accept_by due_at first_due_at due_date_trace severity handler_id steps_taken"
    " waiting_since changed_at closed_at",
    "report": "id incident_id channel sending token text public_text place accuracy_m phone email zalo language"
    " received_at",
    "event": "id incident_id kind state at by_id authority_id note public reasons receipt",
    "rating": "id report_id result_id stars reason at",
    "extension": "id incident_id asked_by_id asked_at reason was_due_at until decided_by_id decided_at granted note",
}
# What comes of incidents, in parts of all.
HANDED_OVER, REJECTED, ASKED, MORE_TIME, GRANTED, REOPENED = 0.04, 0.05, 0.07, 0.06, 0.7, 0.02
DISPUTED, UPHELD, CONFIRMED, HIDDEN, DANGEROUS, JOINED = 0.04, 0.5, 0.18, 0.01, 0.03, 0.12
# Those that no unit ends: of the last three months more, for some of them are ended later.
STUCK_LATELY, STUCK = 0.11, 0.0115
RATED = {"rejected": 0.2, "disputed": 0.4, "confirmed": 0.5, "silent": 0.08}
STARS = {"late": (14, 18, 28, 25, 15), "in time": (2, 4, 12, 34, 48)}
CHANNELS = {"web": 60, "open311": 12, "phone": 18, "zalo": 10}
WET_MONTHS = range(5, 12)
ANY_FIELD = SimpleNamespace(name="", code="all", parent=SimpleNamespace(code="all"))  # for notes that fit any

# Words beside those of the pack's demo: near which house, shop or gate it is. Some are in every twentieth text, some in
# every hundred-thousandth.
FIRST = """
    Hương Lan Kim Thành Phúc Minh Ngọc Bảo Gia Hồng Thu Thanh Tuyết Quỳnh Đông Tây Nam Bắc Sơn Hải Long Phượng Mai Trúc
    Đào Lộc Tài Vinh Quang Khánh Diễm Ánh Thảo Yến Nhật Nguyệt Tâm Đức Trí Dũng Nghĩa Hiệp Hòa Bình An Khang Thịnh
"""
SECOND = """
    Phát Lợi Hưng Thịnh Ký Quán Viên Các Lâu Hoa Xuân Thu Đông Hạ Vân Nhi My Chi Anh Em Ba Tư Năm Sáu Bảy Tám Chín Mười
    Đạt Tín Nghĩa Hảo Thảo Duyên Ngân Châu Giang Hà Hậu Liên Loan Nga Oanh Phương Quyên Sương Trang Uyên Vy Xoan Ý
"""
SHOPS = (
    "quán cà phê", "tiệm tạp hóa", "quán cơm tấm", "tiệm sửa xe", "nhà thuốc", "quán phở", "tiệm bánh mì", "quán bún",
    "trường mầm non", "phòng khám", "cửa hàng điện máy", "tiệm giặt ủi", "tiệm vàng", "xưởng gỗ", "quán hủ tiếu",
    "hiệu sách", "nhà trọ", "tiệm hớt tóc", "vựa ve chai", "trại hòm", "lò rèn", "miếu", "đình", "chùa", "nhà thờ",
)  # fmt: skip
DETAILS = (
    "", "", "", "Ngay trước {shop} {name}.", "Gần {shop} {name}, đối diện số {number}.", "Trước nhà số {number}.",
    "Hẻm {number}/{alley}, đi sâu vào chừng trăm mét.", "Kế bên {shop} {name}.", "Báo giùm mấy lần chưa ai tới.",
    "Số nhà {number}, hỏi {shop} {name} ai cũng biết.", "Xin xử lý sớm giùm bà con.", "Kéo dài hơn tuần nay.",
)  # fmt: skip


class History:
    """Draws incidents one after the other as rows of the tables, without writing to the database."""

    def __init__(self, size, now, words):
        self.dice, self.size, self.now, self.words = random.Random(SEED), size, int(now.timestamp()), words
        self.zone = now.tzinfo
        self.offset = int(now.utcoffset().total_seconds())
        self.city, self.levels = city.current(), service_levels.current_rules()
        self.categories = list(Category.objects.leaves().select_related("parent").order_by("pk"))
        self.units = {unit.pk: unit for unit in Authority.objects.all()}
        self.departments = [unit.pk for unit in self.units.values() if unit.area_id is None and not unit.duty_desk]
        self.speed = {pk: self.dice.lognormvariate(0, 0.35) for pk in self.units}  # how slow a unit is
        self.people, self.decider = staff()
        self.places, self.heaps = places(self.city, min(PLACES, size), self.dice)
        self.routes, self.located, self.hours, self.dates, self.mixes = {}, {}, {}, {}, {}
        self.names = FIRST.split(), SECOND.split()
        self.numbers = dict.fromkeys(TABLES, 0)
        self.days = defaultdict(list)  # events that are to be written, by their day
        self.sealed = Sealed(self.dice, size)

    # ── when

    def moments(self):
        """Returns the times of the reports, oldest first: more each year, in wet months, on wet days, and by day."""
        first = self.now - YEARS * 365 * DAY
        first -= (first + self.offset) % DAY
        days, weights = range(first, self.now, DAY), []
        wet = set()
        for n, day in enumerate(days):
            local = datetime.fromtimestamp(day, self.zone)
            weight = (0.75 + 0.5 * n / len(days)) * (0.7 if local.weekday() > 4 else 1)
            if local.month in WET_MONTHS:
                weight *= 1.15
                if self.dice.random() < 0.15:
                    wet.add(day)
                    weight *= 1.6
            weights.append(weight)
        elapsed = (self.now - days[-1]) / DAY
        weights[-1] *= elapsed
        each, left = self.size / sum(weights), 0.0
        for day, weight in zip(days, weights, strict=True):
            left += weight * each
            count, left = int(left), left - int(left)
            hours = self.dice.choices(range(24), HOURS, k=count)
            times = sorted(day + hour * HOUR + self.dice.randrange(HOUR) for hour in hours)
            if day == days[-1]:
                times = sorted(day + int((at - day) * elapsed) for at in times)
            yield day, day in wet, times

    # ── what, where, whose

    def mix(self, wet, late):
        if (wet, late) not in self.mixes:
            weights = random.Random(SEED)
            total, categories = 0.0, []
            for category in self.categories:
                weight = weights.paretovariate(1.2) * (7 if category.everyday else 0.5 if category.restricted else 1)
                if category.code in self.words.rain:
                    weight *= 5 if wet else 0.3
                if category.code in self.words.evening:
                    weight *= 3 if late else 0.3
                total += min(weight, 60)
                categories.append(total)
            self.mixes[wet, late] = categories
        return self.mixes[wet, late]

    def route(self, category, area):
        key = category.pk, area
        if key not in self.routes:
            if area not in self.located:
                deepest = Area.objects.get(pk=area)
                above = [deepest.parent] if deepest.parent else []
                self.located[area] = geocode.Located((deepest, *above), ())
            way = rules.find_route(category, self.located[area])
            state = Incident.State.ASSIGNED if way.by_rule else Incident.State.RECEIVED
            reasons = json.dumps(way.reasons, ensure_ascii=False).replace("\\", "\\\\")
            self.routes[key] = way.authority.pk, str(state), reasons, json.dumps(way.receipt).replace("\\", "\\\\")
        return self.routes[key]

    def deadline(self, target, unit, start):
        """Returns when a target is reached: by the calendar for office time or days, cached per hour."""
        key = target, self.calendar_key(unit), start // HOUR
        if key not in self.dates:
            amount, kind = working_time.parse_target(target)
            if kind in ("min", "h", "d"):
                length = timedelta(minutes=amount) if kind == "min" else amount * timedelta(hours=1)
                self.dates[key] = int(length.total_seconds() * (24 if kind == "d" else 1)), True
            else:
                moment = datetime.fromtimestamp(start - start % HOUR, self.zone)
                due = working_time.due_date(moment, target, self.levels.calendar(unit))
                self.dates[key] = int(due.timestamp()), False
        deadline, from_start = self.dates[key]
        return start + deadline if from_start else max(deadline, start + 60)

    def calendar_key(self, unit):
        if unit not in self.hours:
            self.hours[unit] = dict(self.levels.data["hours"]).get(str(unit), "")
        return self.hours[unit]

    # ── words

    def text(self, category, street):
        dice = self.dice
        sentence = self.words.report_text(dice, category, street)
        detail = dice.choice(DETAILS)
        if not detail:
            return sentence
        pick = dice.random()
        first, second = self.names
        name = f"{first[int(len(first) * pick * pick)]} {second[int(len(second) * dice.random() ** 3)]}"
        shop = SHOPS[int(len(SHOPS) * dice.random() ** 3)]
        return f"{sentence} " + detail.format(
            shop=shop, name=name, number=dice.randrange(1, 900), alley=dice.randrange(1, 60)
        )

    # ── stories

    def rows(self):
        """Yields (table, COPY line) of everything; lines of the history in order of time."""
        for day, wet, times in self.moments():
            local = datetime.fromtimestamp(day, self.zone)
            month = f"{local:%y%m}"
            places = self.dice.choices(self.places, cum_weights=self.heaps, k=len(times))
            for start, place in zip(times, places, strict=True):
                yield from self.story(month, start, place, wet)
            yield from self.lines_until(day)
        yield from self.lines_until(self.now + DAY)

    def lines_until(self, day):
        for day_key in sorted(key for key in self.days if key <= day):
            for line in sorted(self.days.pop(day_key), key=lambda line: line[0]):
                at, incident, kind, state, by, unit, note, public, why, rating = line
                self.numbers["event"] += 1
                number = self.numbers["event"]
                yield (
                    "event",
                    (
                        f"{number}\t{incident}\t{kind}\t{state}\t{moment(at)}\t{by or N}\t{unit or N}\t{note}"
                        f"\t{'t' if public else 'f'}\t{why}\n"
                    ),
                )
                if rating:
                    self.numbers["rating"] += 1
                    report, stars, reason, then = rating
                    yield (
                        "rating",
                        (f"{self.numbers['rating']}\t{report}\t{number}\t{stars}\t{reason}\t{moment(then)}\n"),
                    )

    def story(self, month, start, place, wet):
        dice, now = self.dice, self.now
        area, x, y, street = place
        x, y = dice.gauss(x, 2e-5), dice.gauss(y, 2e-5)
        hour = (start + self.offset) % DAY // HOUR
        category = dice.choices(self.categories, cum_weights=self.mix(wet, hour >= 18 or hour < 5))[0]
        unit, state, reasons, receipt = self.route(category, area)
        severity = "dangerous" if dice.random() < DANGEROUS else "normal"
        level = self.levels.level(category, severity, unit)
        accept = level["accept"] if level else category.accept_within
        target = level["resolve"] if level else category.resolve_within
        accept_by, due = self.deadline(accept, unit, start), self.deadline(target, unit, start)
        text = self.text(category, street)
        number = self.numbers["incident"] = self.numbers["incident"] + 1
        story = Story(self, number, start, state, unit, due)
        published = category.publishes(category.Publish.AT_ONCE) and dice.random() > HIDDEN
        story.add(start, "received", note=text)
        story.add(start, "assigned", unit=unit)
        story.happen(accept_by, category, self.speed[unit])
        ended = story.ended
        if story.is_open:
            story.events[1][8] = f"{reasons}\t{receipt}"
        hexed = EWKB(1, 0x20000001, 4326, x, y).hex()
        reports = 1
        accuracy = round(dice.uniform(4, 40), 1)
        first = self.numbers["report"] + 1
        yield "report", self.report(number, start, text, hexed, accuracy)
        if dice.random() < JOINED:
            for _one in range(min(7, 1 + int(dice.expovariate(0.6)))):
                then = start + int(dice.expovariate(1 / 18000)) + 60
                if then < min(now, ended or now):
                    more = self.words.step_note(dice, "joins", category)
                    yield "report", self.report(number, then, more, hexed, accuracy)
                    story.insert(then, "joined", more)
                    reports += 1
        story.rate(first, published)
        if story.extension:
            self.numbers["extension"] += 1
            yield "extension", f"{self.numbers['extension']}\t{number}\t{story.extension}\n"
        changed = max(line[0] for line in story.events)
        trace = (
            f'[{{"kind":"start","at":"{moment(start)}"}},{{"kind":"target","target":"{target}","unit":{unit}}},'
            f'{{"kind":"due","at":"{moment(due)}"}}{story.moved}]'
        )
        address = f"{dice.randrange(1, 900)} {street}" if street else ""
        yield (
            "incident",
            (
                f"{number}\t{month}-{number:05d}\t{category.pk}\t{story.state}\t{hexed}\t{accuracy}\t{address}\t{area}"
                f"\t{story.unit}\t{text}\t{'t' if published else 'f'}\t{reports}\t{moment(start)}\t{moment(accept_by)}"
                f"\t{moment(story.due)}\t{moment(due) if story.due != due else N}\t{trace}\t{severity}"
                f"\t{story.handler or N}\t{story.steps}\t{moment(story.waits) if story.waits else N}\t{moment(changed)}"
                f"\t{moment(ended) if ended else N}\n"
            ),
        )
        for line in story.events:
            at = line[0]
            self.days[at - (at + self.offset) % DAY].append(line)

    def report(self, incident, at, text, place, accuracy):
        dice, sealed = self.dice, self.sealed
        self.numbers["report"] += 1
        channel = dice.choices(sealed.channels, cum_weights=sealed.shares)[0]
        phone, email, zalo = sealed.contacts(channel)
        return (
            f"{self.numbers['report']}\t{incident}\t{channel}\t{dice.getrandbits(128):032x}\t{sealed.token()}\t{text}"
            f"\t{text}\t{place}\t{accuracy}\t{phone}\t{email}\t{zalo}\t{'en' if dice.random() < 0.04 else 'vi'}"
            f"\t{moment(at)}\n"
        )


N = "\\N"
EWKB = struct.Struct("<BIIdd").pack


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


class Story:
    """The events of one incident until now."""

    def __init__(self, history, number, start, state, unit, due):
        self.history, self.number, self.start = history, number, start
        self.state, self.unit, self.due = state, unit, due
        self.events, self.steps, self.handler = [], 0, None
        self.ended = self.waits = None
        self.extension, self.moved, self.verdict = None, "", "silent"

    @property
    def is_open(self):
        return self.ended is None

    def add(self, at, kind, state=None, *, by=None, unit=None, note="", public=True):
        """Writes a line unless it lies in the future. Returns whether it was written."""
        if at > self.history.now:
            return False
        if state:
            self.steps += 1
            self.state = state
            self.waits = at if state == "waiting" else None
            if state in ("resolved", "rejected"):
                self.ended = at
            elif state != "closed":
                self.ended = None
        self.events.append([at, self.number, kind, self.state, by, unit, note, public, f"[]\t{N}", None])
        return True

    def insert(self, at, kind, note):
        place = next((n for n, line in enumerate(self.events) if line[0] > at), len(self.events))
        state = self.events[place - 1][3]
        self.events.insert(place, [at, self.number, kind, state, None, None, note, True, f"[]\t{N}", None])

    def note(self, what, category):
        return self.history.words.step_note(self.history.dice, what, category)

    def happen(self, accept_by, category, slow):
        dice, history = self.history.dice, self.history
        luck, later = dice.random, dice.lognormvariate
        span = max(self.due - self.start, 1800)
        at = self.start + int((accept_by - self.start) * 0.5 * later(0, 0.6)) + 60
        if luck() < HANDED_OVER and len(history.departments) > 1:
            to = dice.choice(history.departments)
            if not self.add(at, "handed_over", "assigned", unit=self.unit, note=self.note("hand_overs", category)):
                return
            self.unit = to
            at += int(span * 0.05 * later(0, 0.5)) + 60
        unit = self.unit
        person = history.people.get(unit)
        if luck() < REJECTED:
            at += int(span * 0.3 * later(0, 0.6)) + 60
            note = self.note("rejections", category)
            if self.add(at, "rejected", "rejected", by=person, unit=unit, note=note):
                self.verdict = "rejected"
            return
        if not self.add(at, "accepted", "accepted", by=person, unit=unit):
            return
        if luck() < 0.7:
            self.handler = person
        stuck = luck() < (STUCK_LATELY if history.now - self.start < 90 * DAY else STUCK)
        at += int(span * 0.05 * later(0, 0.6)) + 60
        if (stuck and luck() < 0.3) or not self.add(at, "begun", "working", by=person, unit=unit):
            return
        if luck() < ASKED:
            at += int(span * 0.1 * later(0, 0.6)) + 60
            if not self.add(at, "asked", "waiting", by=person, unit=unit, note=self.note("asks", category)):
                return
            if stuck and luck() < 0.5:
                return
            at += int(dice.expovariate(1 / 50000)) + 600
            if not self.add(at, "answered", "working", note=self.note("answers", category), public=False):
                return
        if luck() < MORE_TIME:
            at = self.ask_for_time(at + int(span * 0.2 * later(0, 0.5)), span, person, category)
            if at is None:
                return
        if stuck:
            return
        self.end(at + int(span * 0.4 * slow * later(0, 0.8)) + 120, span, person, category)

    def ask_for_time(self, at, span, person, category):
        """Requests an extension, mostly granted. Returns its time, None if that lies in the future."""
        dice, decider, unit = self.history.dice, self.history.decider, self.unit
        reason, until = self.note("delays", category), self.due + int(span * 0.4)
        if not self.add(at, "more_time", "extension", by=person, unit=unit, note=reason, public=False):
            return None
        extension_row = f"{person or N}\t{moment(at)}\t{reason}\t{moment(self.due)}\t{moment(until)}"
        at += int(dice.expovariate(1 / 60000)) + 1800
        granted = dice.random() < GRANTED
        if not self.add(at, "extended" if granted else "no_more_time", "working", by=decider, public=False):
            self.extension = f"{extension_row}\t{N}\t{N}\t{N}\t"
            return None
        self.extension = f"{extension_row}\t{decider}\t{moment(at)}\t{'t' if granted else 'f'}\t"
        if granted:
            self.due = until
            self.moved += f',{{"kind":"extension","until":"{moment(until)}","due":"{moment(until)}"}}'
        return at

    def end(self, at, span, person, category):
        dice, unit = self.history.dice, self.unit
        if not self.add(at, "resolved", "resolved", by=person, unit=unit, note=self.note("results", category)):
            return
        luck, then = dice.random(), at + int(dice.expovariate(1 / 36000)) + 300
        if luck < DISPUTED:
            self.verdict = "disputed"
            if not self.add(then, "disputed", "disputed", note=self.note("disputes", category), public=False):
                return
            then += int(dice.expovariate(1 / 90000)) + 3600
            if dice.random() < UPHELD:
                if not self.add(then, "upheld", "working", note=self.note("reopenings", category)):
                    return
                at = then + int(span * 0.4 * dice.lognormvariate(0, 0.6))
                if not self.add(at, "resolved", "resolved", by=person, unit=unit, note=self.note("results", category)):
                    return
            else:
                if self.add(then, "overruled", "closed", note=self.note("verdicts", category)):
                    self.ended = then
                return
        elif luck < DISPUTED + REOPENED:
            if not self.add(then, "reopened", "working", by=person, unit=unit):
                return
            at = then + int(span * 0.4 * dice.lognormvariate(0, 0.6))
            if not self.add(at, "resolved", "resolved", by=person, unit=unit, note=self.note("results", category)):
                return
        elif luck < DISPUTED + REOPENED + CONFIRMED:
            self.verdict = "confirmed"
            self.add(then, "confirmed", "closed", public=False)
            return
        self.add(at + 7 * DAY, "closed", "closed", note=self.note("closings", category))

    def rate(self, report, published):
        dice = self.history.dice
        results = [line for line in self.events if line[2] in ("resolved", "rejected")]
        if results and self.ended and dice.random() < RATED[self.verdict]:
            result = results[-1]
            late = self.verdict in ("rejected", "disputed") or result[0] > self.due
            stars = dice.choices((1, 2, 3, 4, 5), STARS["late" if late else "in time"])[0]
            then = min(self.history.now, result[0] + int(dice.expovariate(1 / 36000)) + 60)
            reason = self.note("praises" if stars > 3 else "complaints", ANY_FIELD) if dice.random() < 0.35 else ""
            note = f"{stars}/5: {reason}" if reason else f"{stars}/5"
            result[9] = report, stars, reason, then
            self.events.append([then, self.number, "rated", self.state, None, None, note, False, f"[]\t{N}", None])
        if not published:
            for line in self.events:
                line[7] = line[7] and line[2] not in ("received", "joined")


class Sealed:
    """Contacts of the city's reporters and the links of their reports, as they lie in the database."""

    def __init__(self, dice, size):
        self.ring, self.dice = keyring.current(), dice
        self.channels, total, self.shares = list(CHANNELS), 0, []
        for share in CHANNELS.values():
            total += share
            self.shares.append(total)
        fields = {name: Report._meta.get_field(name) for name in ("phone", "email", "chat", "token")}
        self.place = {name: field.place for name, field in fields.items()}
        many = max(50, size // 12)
        self.phones = [self.seal("phone", f"+849{n:08d}") for n in range(many)]
        self.emails = [self.seal("email", f"reporter-{n}@example.invalid") for n in range(many // 3 + 1)]
        self.zalos = [self.seal("chat", f"{8_000_000_000_000 + n}") for n in range(many // 4 + 1)]
        self.letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def seal(self, name, value, indexed=None):
        sealed = self.ring.blind_index(indexed or value) + self.ring.seal(value.encode(), self.place[name])
        return f"\\\\x{sealed.hex()}"

    def token(self):
        token = "".join(self.dice.choices(self.letters, k=43))
        return self.seal("token", token, token[:SHORT_TOKEN])

    def contacts(self, channel):
        luck = self.dice.random()
        if channel == "zalo":
            return "", "", self.pick(self.zalos)
        if channel == "open311" or luck > 0.75:
            return "", "", ""
        return self.pick(self.phones), self.pick(self.emails) if luck < 0.15 else "", ""

    def pick(self, of):
        return of[int(len(of) * self.dice.random() ** 1.5)]


def places(city, many, dice):
    """Returns [(area, longitude, latitude, street)] along streets and in settlements, and the cumulated weights of
    their reports: more near the centre, hundreds from a few spots.
    """
    deepest = Area.objects.on(localdate()).order_by("-level").values_list("level", flat=True)[0]
    areas = {area.pk: area for area in Area.objects.on(localdate()).filter(level=deepest).defer("shape", "outline")}
    metres = {pk: city.centre.distance(area.label_point) * 111_000 for pk, area in areas.items()}
    near = sorted(metres.values())[len(metres) // 5] or 1
    central = {pk: 1 / (1 + (far / near) ** 2) for pk, far in metres.items()}
    with connection.cursor() as cursor:
        cursor.execute(BESIDE_STREETS, {"many": many, "areas": list(areas)})
        street_rows = cursor.fetchall()
        cursor.execute(IN_SETTLEMENTS, {"each": max(2, many // 5 // len(areas)), "areas": list(areas)})
        street_rows += cursor.fetchall()
    dice.shuffle(street_rows)
    total, heaps = 0.0, []
    for area, *_at in street_rows:
        total += central[area] * min(dice.paretovariate(1.1), 400)
        heaps.append(total)
    return street_rows, heaps


BESIDE_STREETS = """
SELECT DISTINCT ON (n) area_id, ST_X(place), ST_Y(place), name FROM (
    SELECT row_number() OVER () AS n, name, ST_Translate(
        ST_LineInterpolatePoint(line, random()), (random() - 0.5) * 1.2e-4, (random() - 0.5) * 1.2e-4) AS place
    FROM (SELECT name, line, ST_Length(line) * (CASE rank WHEN 1 THEN 4 WHEN 2 THEN 2 ELSE 1 END) AS weight,
                 sum(ST_Length(line) * (CASE rank WHEN 1 THEN 4 WHEN 2 THEN 2 ELSE 1 END)) OVER () AS all_of_it
          FROM gis_data_street) street
    CROSS JOIN LATERAL generate_series(1, floor(%(many)s * weight / all_of_it + random())::int)
) spot
JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, place) AND piece.area_id = ANY(%(areas)s)
"""
IN_SETTLEMENTS = """
SELECT id, ST_X(place), ST_Y(place), '' FROM (
    SELECT id, (ST_Dump(ST_GeneratePoints(shape, %(each)s, 1022))).geom AS place
    FROM gis_data_area WHERE id = ANY(%(areas)s)
) spots
"""


def staff():
    top = Authority.objects.filter(parent=None, units__isnull=False).order_by("pk").first()
    if top is None:
        top = Authority.objects.create(code="scale-city", kind="CITY", name="UBND", name_en="People's Committee")
        Authority.objects.filter(parent=None).exclude(pk=top.pk).update(parent=top)
    desk = Authority.objects.get(duty_desk=True)
    units = list(Authority.objects.all())
    User.objects.bulk_create(
        (User(username=f"officer-{unit.pk}", password="!", last_name=unit.code) for unit in units),
        ignore_conflicts=True,
    )
    officers = User.objects.in_bulk([f"officer-{unit.pk}" for unit in units], field_name="username")
    people = {unit.pk: officers[f"officer-{unit.pk}"] for unit in units}
    officer = Membership.Role.OFFICER
    posts = [Membership(user=people[unit.pk], authority=unit, role=officer) for unit in units]
    with database.as_owner():
        Membership.objects.bulk_create(posts, ignore_conflicts=True)
    for name, unit, role in (
        ("scale-leader", top, Membership.Role.LEADER),
        ("scale-dispatcher", desk, Membership.Role.DISPATCHER),
        ("scale-supervisor", top, Membership.Role.SUPERVISOR),
    ):
        user, _made = User.objects.get_or_create(username=name)
        user.set_password("secret-harbour")
        user.save()
        with database.as_owner():
            Membership.objects.get_or_create(user=user, authority=unit, role=role)
    return {unit: user.pk for unit, user in people.items()}, User.objects.get(username="scale-leader").pk


def fill(size, say=print):
    began = time.monotonic()
    with database.as_owner():
        owner = database.connection_parameters()
    with psycopg.connect(**owner) as own:
        empty(own)
    history = History(size, localtime(), DemoTexts.from_file(PACK / "demo.toml"))
    say(f"  {len(history.places):,} places after {time.monotonic() - began:.0f} s")
    with psycopg.connect(**owner, autocommit=True) as connection:
        put_back = take_away(connection)
    try:
        copy_rows(owner, history, say, began)
    finally:
        build(owner, put_back, say)
    with psycopg.connect(**owner, autocommit=True) as connection:
        for table in TABLES:
            count = history.numbers[table]
            connection.execute(f"SELECT setval(pg_get_serial_sequence('incidents_{table}', 'id'), {count + 1})")
            connection.execute(f"VACUUM (FREEZE, ANALYZE) incidents_{table}")
        connection.execute(f"SELECT setval('incident_serial', {history.numbers['incident'] + 1})")
    ladder.renew_next_checks()
    with transaction.atomic():
        aggregates.rebuild_sums(say)
        last: int | None = 0
        while last is not None:
            last = aggregates.place_open(last)
    with psycopg.connect(**owner, autocommit=True) as connection:
        # The notes of all rows were deleted again: their table is as short as it is later on.
        connection.execute("VACUUM ANALYZE incidents_incident, incidents_unitchange, incidents_acceptedchange")
    say(
        f"  filled after {time.monotonic() - began:.0f} s: "
        + ", ".join(f"{n:,} {t}s" for t, n in history.numbers.items())
    )
    return history.numbers


def empty(connection):
    guarded = [table for (table,) in connection.execute(GUARDED).fetchall()]
    for table in guarded:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    connection.execute("TRUNCATE incidents_incident RESTART IDENTITY CASCADE")
    for table in guarded:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


# The tables that are not to be emptied (32: a trigger before TRUNCATE).
GUARDED = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND (tgtype & 32) > 0
"""
FOREIGN_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('f', 'u') AND conparentid = 0
ORDER BY contype DESC
"""  # a reference to a table in parts has a constraint for each part, which goes and comes with its parent
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisprimary
"""


def take_away(connection):
    """Drops keys and indexes. Returns for each table the statements that restore them."""
    back = {}
    for name in TABLES:
        table = f"incidents_{name}"
        keys = connection.execute(FOREIGN_KEYS, [table]).fetchall()
        for constraint, _definition in keys:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
        indexes = connection.execute(INDEXES, [table]).fetchall()
        for index, _definition in indexes:
            connection.execute(f"DROP INDEX {index}")
        # Of a table in parts: on all of them.
        back[name] = [definition.replace(" ON ONLY ", " ON ") for _index, definition in indexes] + [
            f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {definition}' for constraint, definition in keys
        ]
    return back


def build(owner, statements, say):
    began = time.monotonic()

    def bring_back(names):
        with psycopg.connect(**owner, autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            for name in names:
                for statement in statements[name]:
                    connection.execute(statement)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bring_back, (("report", "rating"), ("incident", "event", "extension"))))
    say(f"  indexes and keys after {time.monotonic() - began:.0f} s more")


def copy_rows(owner, history, say, began, chunk=4000):
    connections = {name: psycopg.connect(**owner) for name in TABLES}
    copies, waiting = {}, {name: [] for name in TABLES}
    try:
        for name, connection in connections.items():
            columns = ", ".join(COLUMNS[name].split())
            copies[name] = connection.cursor().copy(f"COPY incidents_{name} ({columns}) FROM STDIN")
        opened = {name: copy.__enter__() for name, copy in copies.items()}
        for table, line in history.rows():
            lines = waiting[table]
            lines.append(line)
            if len(lines) >= chunk:
                opened[table].write("".join(lines))
                lines.clear()
                if table == "incident" and history.numbers["incident"] % (chunk * 50) < chunk:
                    say(f"  {history.numbers['incident']:,} incidents after {time.monotonic() - began:.0f} s")
        for name, lines in waiting.items():
            opened[name].write("".join(lines))
    except BaseException:
        for copy in copies.values():
            copy.__exit__(*sys.exc_info())
        raise
    else:
        for name, copy in copies.items():
            copy.__exit__(None, None, None)
            connections[name].commit()
    finally:
        for connection in connections.values():
            connection.close()


def make(size):
    call_command("migrate", verbosity=0)
    if not City.objects.exists() and settings.CITY_DATA:
        call_command("load_city", str(PACK), verbosity=0)
    elif not City.objects.exists():
        factories.town()
    fill(size, say=lambda line: print(line, flush=True))
