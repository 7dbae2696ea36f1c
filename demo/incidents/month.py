"""Invent a month of incidents for a city that has none, from a fixed seed, with dates counted back from now."""

import math
import random
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path

import phonenumbers
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import localdate, localtime, now

from demo.incidents import scenes
from geoapp.db import locks
from gis_data import city, policies
from gis_data.addresses import geocode
from gis_data.models import Area, GroundShape, Street
from incidents import access, photos, workflow
from incidents.announcements import acts as announcement_acts
from incidents.casework import between_units, verdicts
from incidents.casework.numbers import next_reference
from incidents.deadlines import ladder, service_levels
from incidents.enquiries import steps as enquiries
from incidents.enquiries.receiving import IncomingEnquiry, store_enquiry
from incidents.models import (
    Announcement,
    AnnouncementLine,
    Authority,
    Category,
    Crew,
    Event,
    Extension,
    Incident,
    Rating,
    Report,
    Severity,
    User,
)
from incidents.redaction import without_contacts
from incidents.routing import rules

SEED, DAYS = 73, 30
RAINY_DAYS = 3
# How often reports come in each hour of a day, midnight first.
HOURS = (2, 1, 1, 1, 2, 5, 10, 18, 22, 22, 20, 16, 12, 13, 16, 18, 20, 22, 20, 18, 16, 12, 7, 4)
STREET_WEIGHT = {1: 4, 2: 2, 3: 1}  # by rank: more is seen, and said, on main roads
CHANNELS = {"web": 70, "phone": 22, "open311": 8}
# What comes of incidents, in parts of all.
ASKED, ANSWERED, HANDED_OVER, REJECTED, STUCK, REOPENED = 0.08, 0.65, 0.05, 0.05, 0.06, 0.02
MORE_TIME, GRANTED, CONFIRMED, DISPUTED, JUDGED, UPHELD = 0.07, 0.7, 0.2, 0.06, 0.6, 0.5
LONGER = 0.4  # of the first time, where more is granted
# How many rate a result, by what they said of it or what it is; and how many of them give one to five stars.
RATED = {"disputed": 0.5, "confirmed": 0.6, "silent": 0.15, "rejected": 0.25}
STARS = {"disputed": (60, 28, 12, 0, 0), "rejected": (30, 25, 20, 15, 10), "late": (14, 18, 28, 25, 15),
         "in time": (2, 4, 12, 34, 48)}  # fmt: skip
WITH_WORDS = 0.35  # of the ratings
HOME, HOME_PART, HOME_DAYS = 25, 8, 4  # open ones of the ward of the demo's officer: at most, one of so many, how old
NEAR_WATER_M = 60  # what lies at a river or a canal lies so near to it
TRIES = 60  # places that are looked at for a kind that lies at the water, and kinds for what is a ward's own
JOINED_BY_OTHERS, WITH_PHOTO, WITH_RESULT_PHOTO = 0.14, 0.13, 0.4


@dataclass
class DemoTexts:
    """Texts of reporters and officers, from a pack's demo.toml; a category without any has its name."""

    reports: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)  # joins, asks, answers, hand_overs, rejections, reopenings, results
    evening: frozenset = frozenset()
    rain: frozenset = frozenset()
    water: frozenset = frozenset()  # kinds that lie at a river or a canal
    bridges: frozenset = frozenset()  # kinds that may lie above the water
    announcements: tuple = ()  # kind, texts, hours, and a kind of incident (`near`) or a ward (`area`) for where
    crews: tuple = ()  # of a ward: name, starts, ends, others, room, and how many incidents it has
    between_units: tuple = ()  # who speaks (ward or control), step (a key of MESSAGE_KINDS), note, reply
    # kind, channel, language, text, hours ago, and steps: each of a name, hours later, who (an account), note, to (one)
    enquiries: tuple = ()
    people: dict = field(default_factory=dict)  # the first and the last name of who has an account, by its name

    @classmethod
    def from_file(cls, path: Path) -> "DemoTexts":
        if not path.is_file():
            return cls()
        toml = tomllib.loads(path.read_text(encoding="utf-8"))
        evening, rain, water, bridges = (
            frozenset(toml.pop(name, ())) for name in ("evening", "rain", "water", "bridges")
        )
        rows = {name: tuple(toml.pop(name, ())) for name in ("announcements", "crews", "between_units", "enquiries")}
        people = toml.pop("people", {})
        return cls(
            toml.pop("reports", {}),
            **rows,
            people=people,
            notes=toml,
            evening=evening,
            rain=rain,
            water=water,
            bridges=bridges,
        )

    def report_text(self, dice, category, street):
        fitting = [text for text in self.reports.get(category.code, ()) if street or "{street}" not in text]
        return dice.choice(fitting or [category.name]).replace("{street}", street)

    def step_note(self, dice, what, category):
        return dice.choice(self.step_notes(what, category) or [category.name])

    def step_notes(self, what, category):
        notes = self.notes.get(what, {})
        return notes.get(category.code) or notes.get(category.parent.code) or notes.get("all") or []

    def answer_to(self, dice, question, category):
        questions, answers = (self.step_notes(what, category) for what in ("asks", "answers"))
        if question in questions and len(answers) == len(questions):
            return answers[questions.index(question)]
        return self.step_note(dice, "answers", category)


@dataclass
class ToDraw:
    """A photo of an incident, not drawn yet."""

    seed: int
    taken_at: datetime
    giver: dict  # the report or the line of history that brought it, as `photos.store_photos` takes it
    mended: bool = False


@dataclass
class Story:
    """An incident with its reports, events and photos, unsaved."""

    incident: Incident
    reports: list = field(default_factory=list)
    events: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    ratings: list = field(default_factory=list)


@transaction.atomic
def create_demo_month(how_many: int, words: DemoTexts, say: Callable[[str], object] = lambda line: None) -> int:
    """Write `how_many` incidents of the last 30 days with their reports, history and photos. All or nothing.

    They are routed and given deadlines by the same functions as real ones, but nobody is notified: no jobs, no NOTIFY.
    `say` is called with lines on the progress. Returns the number of incidents.
    """
    maker = StoryMaker(random.Random(SEED), words)
    stories, photos_to_keep = [], []
    with ThreadPoolExecutor(2) as pool:  # drawn while the next stories are thought up
        for moment, at_home in maker.story_times(how_many):
            stories.append(story := maker.make_story(moment, at_home=at_home))
            for planned in story.pictures:
                photos_to_keep.append((story.incident, planned.giver, pool.submit(draw_photo, story.incident, planned)))
            if len(stories) % 500 == 0:
                say(f"{len(stories)} of {how_many} incidents thought up")
        Incident.objects.bulk_create([story.incident for story in stories], batch_size=500)
        Report.objects.bulk_create([report for story in stories for report in story.reports], batch_size=500)
        locks.hold(locks.Lock.HISTORY)  # as timeline does it: no line may appear before one that is sealed
        # The numbers of events follow their time, as they do where each is written as it happens.
        events = sorted((event for story in stories for event in story.events), key=lambda event: event.at)
        Event.objects.bulk_create(events, batch_size=500)
        Rating.objects.bulk_create([rating for story in stories for rating in story.ratings], batch_size=500)
        say(f"{len(events)} lines of history written")
        for incident, giver, drawn in photos_to_keep:
            drawn_photos = [drawn.result()]
            photos.store_photos(drawn_photos, incident=incident, public=incident.published, from_citizen=False, **giver)
        ladder.renew_next_checks()
    say(f"{len(photos_to_keep)} photos drawn")
    return len(stories)


def draw_photo(incident, planned):
    icon, night = incident.category.icon, not 6 <= localtime(planned.taken_at).hour < 18
    # That a lamp burns again is seen after dark only.
    return scenes.draw_scene(
        planned.seed, icon, dark=night or (planned.mended and icon == "c-light"), mended=planned.mended
    )


class StoryMaker:
    """Draws incidents and their histories at random, weighted by the tables above."""

    def __init__(self, dice, words):
        self.dice, self.words, self.numbers = dice, words, count(SEED)
        self.raters = random.Random(SEED)  # dice of their own: what else happens does not depend on them
        self.city, self.levels, self.end = city.current(), service_levels.current_rules(), localtime(now())
        self.wet = set(dice.sample(range(1, DAYS), RAINY_DAYS))
        self.categories = list(Category.objects.leaves().select_related("parent"))
        self.public = [category for category in self.categories if not category.restricted]
        self.areas, self.area_weights = self.weighed_areas()
        self.departments = list(Authority.objects.filter(area=None, duty_desk=False, units=None).order_by("code"))
        # The number that the country's numbering plan itself gives as an example: nobody's.
        example = phonenumbers.example_number_for_type(self.city.holidays, phonenumbers.PhoneNumberType.MOBILE)
        self.phone = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164) if example else ""
        self.streets, self.settlements, self.ways = {}, {}, {}
        self.units_of_group = defaultdict(dict)  # those that answer for some kind of it, by its key
        self.home = self.busiest_ward()
        waters = GroundShape.objects.filter(city=self.city, layer=GroundShape.Layer.WATER)
        finest = waters.order_by("-band").values_list("band", flat=True).first()
        self.waters = waters.filter(band=finest or 0)

    def weighed_areas(self):
        """Areas of the deepest level in force with their weights: more reports come from near the centre."""
        areas = list(Area.objects.on(self.end.date()).order_by("-level", "code").defer("shape"))
        areas = [area for area in areas if area.level == areas[0].level]
        metres = [self.city.centre.distance(area.label_point) * 111_000 for area in areas]
        near = sorted(metres)[len(metres) // 5] or 1
        return areas, [1 / (1 + (far / near) ** 2) for far in metres]

    def busiest_ward(self):
        """The unit of the area with most reports, for which the demo's officer works; None where no area has one."""
        units = {unit.area_id: unit for unit in Authority.objects.filter(area__in=self.areas, duty_desk=False)}
        weighed = sorted(zip(self.area_weights, self.areas, strict=True), key=lambda pair: (-pair[0], pair[1].code))
        return next((units[area.pk] for _weight, area in weighed if area.pk in units), None)

    def story_times(self, how_many):
        """Moments of the reports, the oldest first, each with whether the home ward answers for it."""
        own = min(HOME, how_many // HOME_PART) if self.home else 0
        moments = [(moment, False) for moment in self.report_times(how_many - own)]
        for _one in range(own):
            hours = self.dice.uniform(0.2, HOME_DAYS * 24)
            moments.append((self.end - timedelta(hours=hours), True))
        return sorted(moments, key=lambda pair: pair[0])

    def report_times(self, how_many):
        """Moments of reports, the oldest first: more by day, more on rainy afternoons."""
        moments = []
        while len(moments) < how_many:
            age, hour = self.dice.randrange(DAYS + 1), self.dice.choices(range(24), HOURS)[0]
            if age in self.wet and self.dice.random() < 0.5:
                hour = self.dice.choice((15, 16, 17, 18))
            elif age not in self.wet and self.dice.random() < 0.15:
                continue
            day = self.end - timedelta(days=age)
            moment = day.replace(hour=hour, minute=self.dice.randrange(60), second=self.dice.randrange(60))
            if moment < self.end - timedelta(minutes=2):
                moments.append(moment)
        return sorted(moments)

    def choose_category(self, moment):
        rains = (self.end.date() - moment.date()).days in self.wet and 14 <= moment.hour < 21
        late = moment.hour >= 18 or moment.hour < 5
        weights = []
        for category in self.categories:
            weight = 7 if category.everyday else 0.5 if category.restricted else 1
            if category.code in self.words.rain:
                weight *= 5 if rains else 0.3
            if category.code in self.words.evening:
                weight *= 3 if late else 0.3
            weights.append(weight)
        return self.dice.choices(self.categories, weights)[0]

    def choose_place(self, category, home=None):
        """Return a place for the category, in the `home` area if given, and its street's name or "".

        It lies beside a street or in a settlement; near water for kinds of the water; in water only on a bridge.
        """
        for _try in range(TRIES):
            point, located, street = self.choose_any_place(home)
            if category.code in self.words.bridges or self.fits_water(category, point):
                return point, located, street
        return point, located, street

    def fits_water(self, category, point):
        drawn = point.transform(3857, clone=True)
        if category.code in self.words.water:
            reach = NEAR_WATER_M / math.cos(math.radians(point.y))  # a metre on the ground is longer on this map
            return self.waters.filter(shape__dwithin=(drawn, reach)).exists()
        return not self.waters.filter(shape__intersects=drawn).exists()

    def choose_any_place(self, home):
        while True:
            area = home or self.dice.choices(self.areas, self.area_weights)[0]
            street = self.choose_street(area)
            point = self.point_beside(street) if street else self.point_in_settlement(area)
            try:
                return point, geocode.locate(point), street.name if street else ""
            except geocode.OutsideTheCity:
                continue

    def choose_street(self, area):
        if area.pk not in self.streets:
            streets = list(Street.objects.filter(line__intersects=area.outline).order_by("pk"))
            self.streets[area.pk] = streets, [street.line.length * STREET_WEIGHT[street.rank] for street in streets]
        streets, weights = self.streets[area.pk]
        return self.dice.choices(streets, weights)[0] if streets else None

    def point_beside(self, street):
        on = street.line.interpolate_normalized(self.dice.random())
        return Point(on.x + self.dice.gauss(0, 4e-5), on.y + self.dice.gauss(0, 4e-5), srid=4326)

    def point_in_settlement(self, area):
        if area.pk not in self.settlements:
            west, south, east, north = area.outline.extent
            inside = area.outline.prepared
            self.settlements[area.pk] = points = [(area.label_point.x, area.label_point.y)]
            while len(points) < 5:
                at = self.dice.uniform(west, east), self.dice.uniform(south, north)
                if inside.contains(Point(*at, srid=4326)):
                    points.append(at)
        spread = math.sqrt(area.outline.area) / 14
        x, y = self.dice.choice(self.settlements[area.pk])
        return Point(self.dice.gauss(x, spread), self.dice.gauss(y, spread), srid=4326)

    def find_route(self, category: Category, located: geocode.Located) -> tuple[rules.Route, list[dict[str, str]]]:
        """Return the route of `rules.find_route`, cached by category and area, with reasons for this place."""
        key = category.pk, *(area.pk for area in located.areas)
        if key not in self.ways:
            self.ways[key] = rules.find_route(category, located)
        way = self.ways[key]
        self.units_of_group[category.parent_id][way.authority.pk] = way.authority
        return way, [*rules.place_reasons(located), way.reasons[-1]]

    def choose_matter(self, start, at_home):
        """Return a category and a place; `at_home`: one for which the home ward answers."""
        for _try in range(TRIES):
            category = self.dice.choice(self.public) if at_home else self.choose_category(start)
            place = self.choose_place(category, self.home.area if at_home else None)
            if not at_home or self.find_route(category, place[1])[0].authority == self.home:
                break
        return category, *place

    def make_story(self, start, *, at_home=False):
        """Return an incident of that moment with its history since; `at_home`: an open one of the home ward."""
        category, point, located, street = self.choose_matter(start, at_home)
        way, reasons = self.find_route(category, located)
        text = self.words.report_text(self.dice, category, street)
        dates = self.levels.dates(category, Severity.NORMAL, way.authority.pk, start)
        named = geocode.named_place(point)
        incident = Incident(
            reference=next_reference(start),
            category=category,
            state=Incident.State.ASSIGNED if way.by_rule else Incident.State.RECEIVED,
            place=point,
            accuracy_m=round(self.dice.uniform(4, 40), 1),
            address=named.name,
            near=named.near,
            area=located.area,
            authority=way.authority,
            text=without_contacts(text),
            published=category.publishes(Category.Publish.AT_ONCE),
            received_at=start,
            changed_at=start,
            accept_by=dates.accept_by,
            due_at=dates.due_at,
            due_date_trace=dates.due_date_trace,
        )
        story = Story(incident)
        self.add_report(story, start, text, Event.Kind.RECEIVED)
        self.add_line(story, Event.Kind.ASSIGNED, start, authority=way.authority, reasons=reasons, receipt=way.receipt)
        joins = self.join_times(start)
        for moment, name in self.step_times(incident):
            while joins and joins[0] < moment:
                self.add_join(story, joins.pop(0))
            if moment > self.end or (at_home and name not in AT_WORK):
                return story
            if name == "rate":
                self.add_rating(story, moment)
            else:
                self.take_step(story, name, moment)
        for moment in joins:
            self.add_join(story, moment)
        return story

    def join_times(self, start):
        """Moments at which others report the same incident: mostly none, at most seven."""
        if self.dice.random() > JOINED_BY_OTHERS:
            return []
        more = min(7, 1 + int(self.dice.expovariate(0.6)))
        return sorted(start + timedelta(hours=self.dice.expovariate(1 / 5)) for _one in range(more))

    def step_times(self, incident):
        """Yield (moment, step of `workflow`) in order; some lie in the future."""
        dice, start = self.dice, incident.received_at
        quick = incident.category.resolve_within.endswith(("min", "h", "wmin", "wh"))
        time = incident.due_at - start

        def after(moment, span, usual):
            """A random moment about `usual` of the span later, sometimes much later; slow ones in office hours."""
            moment += span * usual * dice.lognormvariate(0, 0.5)
            if not quick and not 7 <= moment.hour < 19:
                moment = (moment + timedelta(hours=12)).replace(hour=dice.randrange(8, 11))
            return moment

        moment = after(start, incident.accept_by - start, 0.5)
        if dice.random() < HANDED_OVER and len(self.departments) > 1:
            yield moment, "hand_over"
            moment = after(moment, time, 0.08)
        if dice.random() < REJECTED:
            moment = after(moment, time, 0.3)
            yield moment, "reject"
            yield from self.rating_times(moment + timedelta(hours=self.raters.expovariate(1 / 10) + 0.1), "rejected")
            return
        if incident.authority.works != Authority.Works.HERE:
            yield start + timedelta(minutes=1), "pass_on"
        yield moment, "accept"
        if dice.random() < STUCK:
            return
        moment = after(moment, time, 0.05)
        yield moment, "begin"
        if dice.random() < ASKED:
            moment = after(moment, time, 0.1)
            yield moment, "ask"
            if dice.random() > ANSWERED:
                return
            moment += timedelta(hours=dice.expovariate(1 / 14) + 0.2)
            yield moment, "answer"
        if dice.random() < MORE_TIME:
            moment = after(moment, time, 0.2)
            yield moment, "more_time"
            moment += timedelta(hours=dice.expovariate(1 / 20) + 0.5)
            yield moment, "grant" if dice.random() < GRANTED else "refuse"
        moment = after(moment, time, 0.45)
        yield moment, "resolve"
        if dice.random() < REOPENED:
            moment = after(moment, timedelta(days=1), 1)
            yield moment, "reopen"
            moment = after(moment, time, 0.5)
            yield moment, "resolve"
        yield from self.verdict_times(moment, time)

    def verdict_times(self, done, time):
        """Yield the reporter's verdict on a result, if any, and the decision on a dispute."""
        dice, moment = self.dice, done + timedelta(hours=self.dice.expovariate(1 / 10) + 0.1)
        if dice.random() < DISPUTED:
            yield moment, "dispute"
            yield from self.rating_times(moment, "disputed")
            moment += timedelta(hours=dice.expovariate(1 / 30) + 1) if dice.random() < JUDGED else timedelta(days=DAYS)
            if dice.random() < UPHELD:
                yield moment, "uphold"
                done = moment + time * 0.4
                yield done, "resolve"
            else:
                yield moment, "overrule"
        elif dice.random() < CONFIRMED:
            yield moment, "confirm"
            yield from self.rating_times(moment, "confirmed")
        else:
            yield from self.rating_times(moment, "silent")
        yield done + timedelta(days=policies.current().close_after_days), "close"

    def rating_times(self, moment, verdict):
        """Yield the moment at which the reporter rates a result; none for most."""
        if self.raters.random() < RATED[verdict]:
            yield moment + timedelta(seconds=self.raters.randint(20, 150)), "rate"

    def take_step(self, story: Story, name: str, moment: datetime) -> None:
        incident, transition = story.incident, workflow.TRANSITIONS[name]
        if incident.state not in transition.origins:
            return
        speaker = incident.authority
        to = self.choose_other_unit(incident) if name == "hand_over" else None
        if name == "hand_over" and to is None:
            return  # no other unit answers for anything of the kind
        note = self.words.step_note(self.dice, NOTES[name], incident.category) if name in NOTES else ""
        if name == "answer":
            question = next((event.note for event in reversed(story.events) if event.kind == Event.Kind.ASKED), "")
            note = self.words.answer_to(self.dice, question, incident.category)
        if name == "grant":
            first = incident.first_due_at or incident.due_at
            service_levels.add_extension(incident, incident.due_at + (first - incident.received_at) * LONGER)
        workflow.apply_step(incident, name, moment, to)
        own = transition.by_reporter
        event = self.add_line(
            story, transition.kind, moment, authority=None if own else speaker, note=note, public=not own
        )
        shows_result = name == "resolve" and story.pictures and self.dice.random() < WITH_RESULT_PHOTO
        if shows_result and incident.category.icon in scenes.MATTERS:  # else both photos would show the same
            story.pictures.append(ToDraw(story.pictures[0].seed, moment, {"event": event}, mended=True))

    def choose_other_unit(self, incident):
        """A department that answers for something of the same group, or None."""
        units = self.units_of_group[incident.category.parent_id].values()
        fitting = [unit for unit in units if unit in self.departments and unit != incident.authority]
        return self.dice.choice(fitting) if fitting else None

    def add_rating(self, story, moment):
        incident = story.incident
        results = [event for event in story.events if event.kind in verdicts.RESULTS]
        if not results or incident.state not in (*Incident.ENDED, Incident.State.DISPUTED):
            return
        done_late = "late" if results[-1].at > incident.due_at else "in time"
        view = {Incident.State.DISPUTED: "disputed", Incident.State.REJECTED: "rejected"}.get(incident.state, done_late)
        stars = self.raters.choices(verdicts.STARS, STARS[view])[0]
        what = NOTES["praise" if stars > 3 else "complain"]
        reason = ""
        if self.raters.random() < WITH_WORDS:
            reason = self.words.step_note(self.raters, what, incident.category)
        rating = Rating(report=story.reports[0], result=results[-1], stars=stars, reason=reason, at=moment)
        story.ratings.append(rating)
        self.add_line(story, Event.Kind.RATED, moment, note=verdicts.rating_note(stars, reason), public=False)

    def add_join(self, story, moment):
        incident = story.incident
        if moment > self.end or not incident.is_open:
            return
        incident.reports_count += 1
        incident.changed_at = moment
        self.add_report(story, moment, self.words.step_note(self.dice, "joins", incident.category), Event.Kind.JOINED)

    def add_report(self, story, moment, text, kind):
        number, incident = next(self.numbers), story.incident
        report = Report(
            incident=incident,
            channel=self.dice.choices(list(CHANNELS), CHANNELS.values())[0],
            text=text,
            public_text=without_contacts(text),
            place=incident.place,
            accuracy_m=incident.accuracy_m,
            phone=self.phone if self.dice.random() < 0.6 else "",
            email=f"reporter-{number}@example.invalid" if self.dice.random() < 0.2 else "",
            received_at=moment,
        )
        story.reports.append(report)
        self.add_line(story, kind, moment, note=without_contacts(text), public=incident.published)
        if self.dice.random() < WITH_PHOTO:
            story.pictures.append(ToDraw(number, moment, {"report": report}))

    def add_line(self, story, kind, moment, **more):
        event = Event(incident=story.incident, kind=kind, state=story.incident.state, at=moment, **more)
        story.events.append(event)
        return event


def create_crews(officer: User, rows: Iterable[dict]) -> int:
    """Create the crews of an officer's unit, assign incidents to them, and return how many. Notifies nobody.

    The first crew has that officer.
    """
    unit, moment, lines = officer.memberships.get().authority, now(), []
    waiting = list(
        Incident.objects.open().filter(authority=unit).select_related("category__parent").order_by("due_at", "pk")
    )
    for number, row in enumerate(rows):
        hours = {name: time.fromisoformat(row[name]) for name in ("starts", "ends")}
        crew = Crew.objects.create(
            authority=unit, name=row["name"], others=row["others"], room=row.get("room", 6), **hours
        )
        if number == 0:
            crew.members.add(officer)
        for incident in take_fitting(waiting, row.get("groups"), row.get("has", 0)):
            line = {"by": officer, "authority": unit, "note": crew.name, "public": False}
            lines.append(Event(incident=incident, kind=Event.Kind.CREWED, state=incident.state, at=moment, **line))
            Incident.objects.filter(pk=incident.pk).update(crew=crew)
    return len(Event.objects.bulk_create(lines))


def take_fitting(waiting: list[Incident], groups: Iterable[str] | None, number: int) -> list[Incident]:
    """Remove the first incidents of these groups from a list and return them; of any group where none fits."""
    wanted = set(groups or ())
    fitting = [incident for incident in waiting if incident.category.parent and incident.category.parent.code in wanted]
    chosen = (fitting or waiting)[:number]
    for incident in chosen:
        waiting.remove(incident)
    return chosen


def create_words_between_units(speakers: dict[str, User], answerer: User, rows: Iterable[dict]) -> int:
    """Write questions and replies between units, a row each, and return how many lines. Notifies nobody.

    A ward asks about incidents of others in it, first of the answerer's unit; the control room asks the ward.
    """
    ward, theirs = (user.memberships.get().authority for user in (speakers["ward"], answerer))
    known = Incident.objects.open().select_related("category__parent")
    watched = access.incidents_for(speakers["ward"], "watch").open().exclude(authority=ward)
    others = known.filter(pk__in=watched.values("pk")).order_by("due_at", "pk")
    waiting = {
        "ward": sorted(others, key=lambda incident: incident.authority_id != theirs.pk),
        "control": list(known.filter(authority=ward).order_by("-due_at", "-pk")),
    }
    moment, lines = now(), []
    for row in rows:
        speaker = speakers[row["from"]]
        fitting = take_fitting(waiting[row["from"]], row.get("groups"), 1)
        if not fitting:
            continue
        incident = fitting[0]
        unit = speaker.memberships.get().authority
        messages: list[tuple] = [(between_units.MESSAGE_KINDS[row["step"]], speaker, unit, row.get("note", ""))]
        if reply := row.get("reply"):
            by = answerer if incident.authority_id == theirs.pk else None
            messages.append((Event.Kind.REPLIED, by, incident.authority, reply))
        lines += [
            Event(incident=incident, kind=kind, state=incident.state, at=moment, by=by, authority=of, note=note,
                  public=False)
            for kind, by, of, note in messages
        ]  # fmt: skip
    return len(Event.objects.bulk_create(lines))


def create_announcements(by: User, rows: Iterable[dict]) -> int:
    unit, moment, created = by.memberships.get().authority, now(), 0
    for row in rows:
        reach = demo_reach(row)
        if reach is None:
            continue
        about = Announcement.objects.create(kind=row["kind"], unit=unit, **reach.as_columns())
        starts_at = moment + timedelta(hours=row.get("begins", 0))
        AnnouncementLine.objects.create(
            announcement=about, kind=AnnouncementLine.Kind.ISSUED, by=by, at=moment, text=row["text"],
            text_en=row.get("text_en", ""), starts_at=starts_at, until=starts_at + timedelta(hours=row["hours"]),
            urgent=announcement_acts.KINDS[row["kind"]].urgent,
        )  # fmt: skip
        created += 1
    return created


def demo_reach(row: dict) -> announcement_acts.Reach | None:
    """Return the ward that a row names, or a circle around the newest open incident of its category, or None."""
    if row.get("area"):
        area = Area.objects.on(localdate()).filter(code=row["area"]).first()
        return announcement_acts.Reach(area=area) if area else None
    incident = Incident.objects.open().filter(category__code=row["near"], published=True).order_by("-pk").first()
    if incident is None:
        return None
    names = (incident.address, "") if incident.address else (incident.area.full_name, incident.area.full_name_en)
    radius = row.get("radius", announcement_acts.RADIUS)
    return announcement_acts.Reach(middle=incident.place, radius_m=radius, name=names[0], name_en=names[1])


def create_enquiries(people: dict[str, User], rows: Iterable[dict]) -> None:
    """Create enquiries with their answers, a row each. Notifies nobody.

    `people`: who has an account, by user name.
    """
    end = now()
    for number, row in enumerate(rows, start=1):
        moment = end - timedelta(hours=row["hours_ago"])
        incoming = IncomingEnquiry(
            channel=row["channel"], kind=row["kind"], text=row["text"], language=row["language"],
            email=f"sender-{number}@example.invalid" if row["channel"] == Report.Channel.EMAIL else "",
        )  # fmt: skip
        enquiry = store_enquiry(incoming, None, text=incoming.text, reasons=[], at=moment)
        for step in row.get("steps", ()):
            moment += timedelta(hours=step["hours"])
            unit = people[step["to"]].memberships.get().authority if "to" in step else None
            enquiries.take_step(
                enquiry, step["step"], by=people[step["by"]], note=step.get("note", ""), authority=unit, at=moment
            )


def granted_dates(trace: Sequence[dict]) -> tuple[datetime, datetime]:
    """Return the due dates before and after the extension in a `due_date_trace`, whatever the clock did later."""
    number = next(n for n, line in enumerate(trace) if line["kind"] == "extension")
    before = next(line for line in reversed(trace[:number]) if "due" in line or line["kind"] == "due")
    return datetime.fromisoformat(before.get("due") or before["at"]), datetime.fromisoformat(trace[number]["until"])


def create_extensions(asker: User, decider: User) -> None:
    kinds = {Event.Kind.MORE_TIME, Event.Kind.EXTENDED, Event.Kind.NO_MORE_TIME}
    extensions = {}
    for event in Event.objects.filter(kind__in=kinds).select_related("incident").order_by("pk"):
        incident = event.incident
        if event.kind == Event.Kind.MORE_TIME:
            more = (incident.due_at - incident.received_at) * LONGER
            extensions[incident.pk] = Extension(
                incident=incident, asked_by=asker, asked_at=event.at, reason=event.note,
                was_due_at=incident.due_at, until=incident.due_at + more,
            )  # fmt: skip
            continue
        extension = extensions[incident.pk]
        extension.decided_by, extension.decided_at, extension.note = decider, event.at, event.note
        extension.granted = event.kind == Event.Kind.EXTENDED
        if extension.granted:
            extension.was_due_at, extension.until = granted_dates(incident.due_date_trace)
    Extension.objects.bulk_create(extensions.values())


# The steps after which an incident is still open, and a unit's own.
AT_WORK = frozenset({"pass_on", "accept", "begin", "ask", "answer"})
# Which of the pack's sentences a step, or a rating, takes; accepting needs none.
NOTES = {
    "more_time": "delays",
    "refuse": "no_delays",
    "dispute": "disputes",
    "uphold": "reopenings",
    "overrule": "verdicts",
    "close": "closings",
    "ask": "asks",
    "answer": "answers",
    "hand_over": "hand_overs",
    "resolve": "results",
    "reject": "rejections",
    "reopen": "reopenings",
    "praise": "praises",
    "complain": "complaints",
}
