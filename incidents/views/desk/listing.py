"""The list of a desk: tabs with counts, filters and sort orders, in a fixed number of queries."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, FloatField, Func, Min, Q
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import read_number
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from gis_data.sql import fetch_rows
from incidents import access
from incidents.casework import crews
from incidents.emergency.current import find_emergency, own_condition
from incidents.models import (
    AnyUser,
    Authority,
    Category,
    Contact,
    Crew,
    Event,
    Incident,
    Membership,
    Mention,
    SavedFilter,
    Severity,
    Subtask,
    User,
)
from incidents.models.incident import IncidentQuerySet
from incidents.models.people import AuthorityQuerySet
from incidents.page_access import SignedInRequest
from incidents.sql import statement

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

S = Incident.State
ROWS = 60  # shown at first; "more" shows as many again
KEYS = ("unit", "show", "q", "group", "severity", "mine", "crew", "sort", "rows")  # list parameters of the address
w = gettext_lazy
# The fields that a row of the list shows; other columns are not read.
ROW_FIELDS = (
    "reference", "state", "severity", "steps_taken", "accuracy_m", "address", "near", "text", "reports_count",
    "received_at", "due_at", "closed_at", "category__name", "category__name_en", "category__icon", "area__full_name",
    "area__full_name_en", "authority", "authority__name", "authority__name_en", "handler__first_name",
    "handler__last_name", "handler__username", "crew__name",
)  # fmt: skip
SORTS = {
    "due": (w("Nearest deadline"), ()),  # by SECTIONS
    "newest": (w("Newest first"), ("-received_at", "-pk")),
    "changed": (w("Recently changed"), ("-changed_at", "-pk")),
    "reports": (w("Most reports"), ()),  # by JOINED and ALONE
}
# Sections by deadline: running clock, stopped clock, closed.
RUNNING, WAITING, CLOSED = (
    (Q(closed_at=None) & ~Q(state=S.WAITING), ("due_at", "pk")),
    (Q(closed_at=None, state=S.WAITING), ("due_at", "pk")),
    (Q(closed_at__isnull=False), ("-closed_at", "pk")),
)
ALL_SECTIONS = (RUNNING, WAITING, CLOSED)
# By number of reports: a partial index holds the few incidents with more than one.
JOINED, ALONE = (
    (Q(reports_count__gt=1), ("-reports_count", "due_at", "pk")),
    (Q(reports_count__lte=1), ("due_at", "pk")),
)
CREW_UNITS_MAX = 20  # people with more units, such as administrators, see no crews
WATCHED_ROWS = 60  # below the unit's own
ROWS_AHEAD = 2000  # searched first
REFERENCE = r"[0-9]{4}-[0-9]{5,6}"
GROUPS = {
    "late": w("Late"),
    "today": w("Today"),
    "later": w("Tomorrow and later"),
    "waiting": w("Waiting for the reporter"),
    "closed": w("Closed"),
}


@dataclass(frozen=True)
class Tab:
    """One list of a desk. `always`: shown even if empty; `sign`: the glyph of a state, or an icon.

    `sections`: conditions of its sections, in order, each sorted by deadline.
    """

    label: "StrOrPromise"
    sign: str = ""
    always: bool = False
    sections: tuple = (RUNNING,)


TABS = {
    "open": Tab(w("Open"), always=True, sections=(RUNNING, WAITING)),
    "emergency": Tab(w("Emergency mode"), "i-alert", sections=(RUNNING, WAITING)),
    "late": Tab(w("Overdue"), "late", always=True),
    "today": Tab(w("Today"), "i-clock", always=True),
    "new": Tab(w("New"), "received", always=True),
    "working": Tab(w("In progress"), "working", always=True),
    "waiting": Tab(w("Waiting for reporter"), "waiting", always=True, sections=(WAITING,)),
    "extension": Tab(w("Extensions"), "extension"),
    "disputed": Tab(w("Disputed"), "disputed"),
    "decide": Tab(w("To decide"), "i-calendar"),
    "mine": Tab(w("Mine"), "i-user", sections=(RUNNING, WAITING)),
    "mentions": Tab(w("Mentions"), "i-bell", sections=ALL_SECTIONS),
    "parts": Tab(w("Help requested"), "i-handover"),
    "maybe": Tab(w("May be ours"), "i-map", sections=(RUNNING, WAITING)),  # a neighbour's incidents with a vague place
    "watched": Tab(w("Others are working on it"), "i-eye", sections=(RUNNING, WAITING)),  # in the own area
    "resolved": Tab(w("Resolved this week"), "resolved", always=True, sections=(CLOSED,)),
}


@dataclass(frozen=True)
class ListQuery:
    """The list parameters of the address; invalid values count as absent."""

    unit: Authority | None
    show: str
    words: str
    group: Category | None
    severity: str
    mine: bool
    crew: Crew | None
    sort: str
    limit: int

    @property
    def filters(self) -> Q:
        wanted = Q()
        if self.group:
            wanted &= Q(category__parent=self.group) | Q(category=self.group)
        if self.severity:
            wanted &= Q(severity=self.severity)
        if self.crew:
            wanted &= Q(crew=self.crew.pk)
        return wanted

    @property
    def in_groups(self) -> bool:
        return self.sort == "due" and self.show != "parts"

    @property
    def is_filtered(self) -> bool:
        return bool(self.group or self.severity or self.mine or self.crew)


def parse_list_query(
    request: SignedInRequest, units: Sequence[Authority], groups: Sequence[Category], crews_here: Sequence[Crew] = ()
) -> ListQuery:
    params = request.GET
    words, rows = params.get("q", "").strip()[:200], read_number(params.get("rows"), at_most=99_999) or ROWS
    return ListQuery(
        unit=next((unit for unit in units if unit.code == params.get("unit")), None),
        show=params["show"] if params.get("show") in (*TABS, "all") else ("all" if words else "open"),
        words=words,
        group=next((group for group in groups if group.code == params.get("group")), None),
        severity=params["severity"] if params.get("severity") in Severity.values else "",
        mine=params.get("mine") == "1",
        crew=next((crew for crew in crews_here if str(crew.pk) == params.get("crew")), None),
        sort=params["sort"] if params.get("sort") in SORTS else "due",
        limit=min(max(rows, ROWS), 20 * ROWS),
    )


def desk_units(user: AnyUser, posts: Sequence[Membership]) -> AuthorityQuerySet:
    units = Authority.objects.all() if user.is_superuser else access.authorities_of(user, posts)
    return units.select_related("area").defer("area__shape", "area__outline").order_by(in_alphabet("name"))


def ordinate(axis: str) -> Func:
    return Func("place", function=f"ST_{axis}", output_field=FloatField())


@dataclass
class DeskLists:
    """Querysets of the incidents on each tab of one person's desk, evaluated on demand."""

    user: User
    posts: list[Membership]
    units: list[Authority]
    list_query: ListQuery
    at: datetime
    groups: list[Category]
    crews: list[Crew]

    def __post_init__(self):
        user, unit = self.user, self.list_query.unit
        keys = [unit.pk] if unit else [unit.pk for unit in self.units]
        ours = Authority.objects.filter(pk__in=keys)
        narrow = self.list_query.filters & (Q(handler=user.pk) if self.list_query.mine else Q())

        def incidents_allowing(action):
            return access.incidents_for(user, action, self.posts).filter(narrow)

        # Repeats the units by their keys, so that the planner reads the open incidents of a desk in order.
        self.theirs = incidents_allowing("work").filter(authority__in=keys)
        self.claim = access.claimable_incidents(ours).filter(narrow) if unit else incidents_allowing("claim")
        self.help, self.called, self.decide = (
            incidents_allowing("help"),
            incidents_allowing("notes"),
            incidents_allowing("decide"),
        )
        self.watching = [post for post in self.posts if not unit or post.authority_id == unit.pk]
        self.watched = access.watched_incidents(self.watching).filter(narrow)
        self.judge = incidents_allowing("judge") if self.judges else Incident.objects.none()
        if unit:
            self.help = self.help.filter(access.incidents_with_requested_part(ours))
            self.judge, self.decide = self.judge.filter(authority=unit), self.decide.filter(authority=unit)
        midnight = localtime(self.at).replace(hour=0, minute=0, second=0, microsecond=0)
        self.tomorrow = midnight + timedelta(days=1)
        self.monday = midnight - timedelta(days=midnight.weekday())
        self.parts = Q(subtasks__state=Subtask.State.OPEN, subtasks__authority__in=keys)

    @property
    def judges(self) -> bool:
        roles = access.MAY["judge"] | access.MAY_EVERYWHERE["judge"]
        return self.user.is_superuser or any(post.role in roles for post in self.posts)

    def incidents_of_tab(self, name: str) -> IncidentQuerySet:
        """Returns the incidents of a tab; `all` is the whole history."""
        late, today = Q(due_at__lt=self.at), Q(due_at__gte=self.at, due_at__lt=self.tomorrow)
        mentions = Mention.objects.filter(user=self.user.pk, seen_at=None).values("event__incident")
        match name:
            case "open":
                return self.theirs.open()
            case "emergency":
                return self.of_emergency
            case "late":
                return self.theirs.filter(late, state__in=Incident.RUNNING)
            case "today":
                return self.theirs.filter(today, state__in=Incident.RUNNING)
            case "new":
                return self.theirs.filter(state__in=Incident.UNACCEPTED)
            case "working":
                return self.theirs.filter(state__in=[S.ACCEPTED, S.WORKING])
            case "waiting" | "extension":
                return self.theirs.filter(state=name)
            case "disputed":
                # Judges see the disputes of all units; a unit sees its own.
                return (self.theirs | self.judge if self.judges else self.theirs).filter(state=S.DISPUTED)
            case "decide":
                extension_requested = Q(extensions__granted=None, extensions__pk__isnull=False)
                return self.decide.filter(extension_requested, state=S.EXTENSION).exclude(
                    Q(extensions__asked_by=self.user.pk, extensions__granted=None)
                )
            case "mine":
                # Repeats that they are open, so that a partial index of open incidents serves.
                return self.theirs.open().filter(handler=self.user.pk, closed_at=None)
            case "mentions":
                return self.called.filter(pk__in=mentions)
            case "parts":
                return self.help.filter(self.parts).annotate(part_due=Min("subtasks__due_at", filter=self.parts))
            case "maybe":
                return self.claim
            case "watched":
                return self.watched.open().filter(closed_at=None)
            case "resolved":
                return self.theirs.filter(state__in=Incident.DONE, closed_at__gte=self.monday)
            case _:
                return self.theirs

    @cached_property
    def of_emergency(self) -> IncidentQuerySet:
        """Returns the open incidents of the emergency mode that is on: the unit's, or all for who may switch it."""
        emergency = find_emergency()
        if emergency is None:
            return Incident.objects.none()
        everywhere = access.does_work(self.user, "emergency", self.posts) and not self.list_query.unit
        readable = access.incidents_for(self.user, "read", self.posts) if everywhere else self.theirs
        return readable.filter(own_condition(emergency)).open()

    def tab_counts(self) -> dict[str, int]:
        """Returns the count of each tab: one aggregate over open incidents by state, and one query per other list."""
        counts = self.theirs.open().order_by().values("state").annotate(
            n=Count("*"),
            late=Count("due_at", filter=Q(due_at__lt=self.at)),
            today=Count("due_at", filter=Q(due_at__gte=self.at, due_at__lt=self.tomorrow)),
        )  # fmt: skip
        by_state = {count["state"]: count for count in counts}

        def total(states, what="n"):
            return sum(by_state[state][what] for state in states if state in by_state)

        numbers = {
            "open": total(Incident.OPEN),
            "late": total(Incident.RUNNING, "late"),
            "today": total(Incident.RUNNING, "today"),
            "new": total(Incident.UNACCEPTED),
            "working": total([S.ACCEPTED, S.WORKING]),
            "waiting": total([S.WAITING]),
            "extension": total([S.EXTENSION]),
        }
        if not self.judges:
            numbers["disputed"] = total([S.DISPUTED])
        numbers["watched"] = self.watched_counts["n"]
        return {
            name: numbers[name] if name in numbers else self.incidents_of_tab(name).order_by().count() for name in TABS
        }

    @cached_property
    def watched_counts(self) -> dict[str, int]:
        if not self.watched_areas:
            return {"n": 0, "late": 0}
        running = Q(due_at__lt=self.at, state__in=Incident.RUNNING)
        watched = self.incidents_of_tab("watched").order_by()
        return watched.aggregate(n=Count("*"), late=Count("due_at", filter=running))

    @cached_property
    def watched_areas(self) -> list[str]:
        keys = {post.authority.area_id for post in self.watching if post.role in access.MAY["watch"]} - {None}
        return list(Area.objects.within(keys).values_list("full_name", flat=True)) if keys else []

    @property
    def shows_watched(self) -> bool:
        """Returns whether watched incidents follow the unit's own: on the open list, and for a search in all."""
        return self.list_query.show == "open" or bool(self.list_query.words and self.list_query.show == "all")

    def watched_rows(self, limit: int = WATCHED_ROWS) -> list[Incident]:
        """Returns the watched incidents as the list shows them, nearest deadline first.

        A search matches their public text only: the words of reports belong to the unit that has the incident.
        """
        if not self.shows_watched or not self.watched_counts["n"]:
            return []
        keys: list[int] = []
        for narrower, order in (RUNNING, WAITING):
            matching = self.incidents_of_tab("watched").filter(narrower).matching_in_public(self.list_query.words)
            keys += matching.order_by(*order).values_list("pk", flat=True)[: limit - len(keys)]
        return self.read_rows(dict.fromkeys(keys))

    def rows(self) -> list[Incident]:
        """Returns the sorted rows, one more than are shown. Reads keys first, because sorting wide rows is slow."""
        list_query = self.list_query
        wanted = self.incidents_of_tab(list_query.show)
        keys = {}
        for narrower, order in self.sections():
            matching = wanted.filter(narrower)
            left = list_query.limit + 1 - len(keys)
            if list_query.show == "parts":
                keys |= dict(matching.matching(list_query.words).order_by(*order).values_list("pk", "part_due")[:left])
            elif list_query.show == "watched":
                matching = matching.matching_in_public(list_query.words).order_by(*order)
                keys |= dict.fromkeys(matching.values_list("pk", flat=True)[:left])
            elif left and list_query.words:
                keys |= dict.fromkeys(find_by_words(matching, list_query.words, order, number=left))
            elif left:
                keys |= dict.fromkeys(matching.order_by(*order).values_list("pk", flat=True)[:left])
        return self.read_rows(keys)

    def read_rows(self, keys: dict) -> list[Incident]:
        shown = Incident.objects.select_related("category", "area", "authority", "handler", "crew").only(*ROW_FIELDS)
        shown = shown.annotate(lon=ordinate("X"), lat=ordinate("Y"))
        rows = shown.in_bulk(list(keys))
        for key, row in rows.items():
            row.part_due = keys[key]  # type: ignore[attr-defined]  # for the page
        return [rows[key] for key in keys if key in rows]

    def sections(self) -> Sequence[tuple[Q, tuple[str, ...]]]:
        show, sort = self.list_query.show, self.list_query.sort
        if sort == "reports":
            return JOINED, ALONE
        if sort != "due":
            return [(Q(), SORTS[sort][1])]
        if show == "parts":
            return [(Q(), ("part_due", "pk"))]
        return TABS[show].sections if show in TABS else ALL_SECTIONS


def find_by_words(incidents: IncidentQuerySet, words: str, order: Sequence[str], *, number: int) -> list[int]:
    """Returns the keys of the first `number` incidents that match the words.

    Searches among the first ROWS_AHEAD rows; if these hold too few, sorts all matches. PostgreSQL knows how frequent a
    word is in the city but not at a unit, and would read a unit's whole history in order to find a word that the unit
    never wrote.
    """
    ordered = incidents.order_by(*order).values("pk")
    near = Incident.objects.filter(pk__in=ordered[:ROWS_AHEAD]).matching(words).order_by(*order)
    keys = list(near.values_list("pk", flat=True)[:number])
    if len(keys) == number or not ordered[ROWS_AHEAD : ROWS_AHEAD + 1].exists():
        return keys
    return sort_matching(incidents.matching(words), order, number=number)


def sort_matching(incidents, order, *, number):
    """Returns the keys of the first `number` matches; all are found before they are sorted."""
    columns = [name.removeprefix("-") for name in order]
    rows, params = incidents.order_by().values(*dict.fromkeys(["pk", *columns])).query.sql_with_params()
    directions = ["DESC" if name.startswith("-") else "ASC" for name in order]
    ordering = ", ".join(map(" ".join, zip(columns, directions, strict=True)))
    text = statement("first_found", rows=rows, order=ordering)
    return [key for (key,) in fetch_rows(text, [*params, number])]


@dataclass(frozen=True)
class Elsewhere:
    """The unit that has an incident and how to reach it; nothing else about the incident."""

    reference: str
    authority: Authority
    asked_at: list[Contact]
    may_open: bool


def find_elsewhere(user: AnyUser, words: str) -> Elsewhere | None:
    """Returns the unit that has the incident with this number; never for categories that are never public.

    Names the duty desk if the unit cannot be reached.
    """
    if not re.fullmatch(REFERENCE, words):
        return None
    incidents = Incident.objects.exclude(category__in=Category.objects.never_public().values("pk"))
    incident = incidents.select_related("authority").only("reference", "authority").filter(reference=words).first()
    if incident is None:
        return None
    contacts = Contact.objects.filter(authority=incident.authority_id).order_by("pk")
    contacts = contacts if contacts else Contact.objects.filter(authority__duty_desk=True).order_by("pk")
    may_open = access.incidents_for(user, "watch").filter(pk=incident.pk).exists()
    return Elsewhere(incident.reference, incident.authority, asked_at=list(contacts), may_open=may_open)


def read_lists(request: SignedInRequest) -> DeskLists:
    user, posts = request.user, access.posts_of(request.user)
    units, groups = list(desk_units(user, posts)), list(Category.objects.filter(parent=None))
    crews_here = list(Crew.objects.of_units(unit.pk for unit in units)) if len(units) <= CREW_UNITS_MAX else []
    list_query = parse_list_query(request, units, groups, crews_here)
    return DeskLists(user, posts, units, list_query, now(), groups, crews_here)


def list_context(request: SignedInRequest) -> dict:
    # Read before the rows, so that the stream resumes with events missing in them.
    last_event = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    lists, params = read_lists(request), list_parameters(request)
    user, units, groups, list_query, at = lists.user, lists.units, lists.groups, lists.list_query, lists.at
    numbers, rows, watched = lists.tab_counts(), lists.rows(), lists.watched_rows()
    shown = rows[: list_query.limit]
    saved = list(SavedFilter.objects.filter(user=user))
    picking = request.GET.get("pick") == "1"
    return {
        "units": units,
        "unit": list_query.unit or (units[0] if len(units) == 1 else None),
        "owns": "" if user.is_superuser else ",".join(str(unit.pk) for unit in units),
        "tabs": [
            {"name": name, "tab": tab, "number": numbers[name], "query": query_string(params, show=name)}
            for name, tab in TABS.items()
            if tab.always or numbers[name] or name == list_query.show
        ],
        "show": list_query.show,
        "title": TABS[list_query.show].label if list_query.show in TABS and list_query.show != "open" else "",
        "words": list_query.words,
        "sort": list_query.sort,
        "sorts": [(name, label) for name, (label, _order) in SORTS.items()],
        "crews": crew_links(lists, params),
        "categories": groups,
        "severities": Severity.choices,
        "asked": list_query,
        "saved": [
            {
                "filter": saved_filter,
                "query": f"?{saved_filter.query}",
                "now": saved_filter.query == shown_query(request),
            }
            for saved_filter in saved
        ],
        "kept": params,
        "all_query": query_string({}, show="all", sort="newest"),
        "files_query": query_string(params, rows=""),
        "clear_query": query_string({"unit": params.get("unit", "")}),
        "groups": group_rows(shown, at) if list_query.in_groups else [("", shown)] if rows else [],
        "more_query": query_string(params, rows=list_query.limit + ROWS) if len(rows) > list_query.limit else "",
        "picking": picking,
        "pick_query": query_string(params, rows=params.get("rows", ""), pick="" if picking else "1"),
        "watched_rows": watched,
        "watched_counts": lists.watched_counts,
        "own_counts": {"n": numbers["open"], "late": numbers["late"]},
        "watched_query": query_string(params, show="watched"),
        "watches": json.dumps(areas, ensure_ascii=False) if (areas := lists.watched_areas) else "",
        "elsewhere": None if rows or watched else find_elsewhere(user, list_query.words),
        "last_event": last_event,
        "at": at,
    }


def crew_links(lists: DeskLists, params: dict[str, str]) -> list[dict[str, Any]]:
    unit, list_query = lists.list_query.unit, lists.list_query
    shown = [crew for crew in lists.crews if not unit or crew.authority_id == unit.pk]
    return [
        {
            "state": state,
            "here": state.crew == list_query.crew,
            "query": query_string(params, crew="" if state.crew == list_query.crew else state.crew.pk, rows=""),
        }
        for state in crews.crew_states(shown, lists.at)
    ]


def list_parameters(request: SignedInRequest) -> dict[str, str]:
    return {key: request.GET[key] for key in KEYS if request.GET.get(key)}


def query_string(params: dict[str, str], **change: object) -> str:
    wanted = {key: value for key, value in (params | change).items() if value}
    if change and "rows" not in change:
        wanted.pop("rows", None)
    if change.get("show"):
        wanted.pop("q", None)
    return f"?{urlencode(wanted)}" if wanted else ""


def shown_query(request: SignedInRequest) -> str:
    """Returns the list's query string without its length, as saved filters store it."""
    return query_string(list_parameters(request), rows="").removeprefix("?")


def group_rows(rows: Iterable[Incident], at: datetime) -> list[tuple]:
    return [(GROUPS[name], list(members)) for name, members in groupby(rows, lambda row: group_name(row, at))]


def group_name(incident: Incident, at: datetime) -> str:
    if incident.closed_at:
        return "closed"
    if incident.state == S.WAITING:
        return "waiting"
    if incident.due_at < at:
        return "late"
    return "today" if localtime(incident.due_at).date() == localtime(at).date() else "later"
