"""List what fits the words in the box while somebody types: answers, places, open incidents, announcements."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import cache_control

from geoapp.db.planner import has_key_of, without_index
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import FloatField, QueryError, QueryForm, TextField
from geoapp.web.figures import format_number
from gis_data.addresses.suggest import Candidate, suggest
from gis_data.words import plain, tidy
from incidents.announcements import acts as announcement_acts
from incidents.answers.search import EMPTY, SURE_FROM, search_answers
from incidents.answers.sentences import page_address, split_text
from incidents.answers.wording import title_of
from incidents.campaigns.finding import find_campaigns
from incidents.forms import lies_in_city
from incidents.map import public_map
from incidents.models import AnnouncementLine, Incident
from incidents.models.incident import IncidentQuerySet
from incidents.reporting.dangers import find_dangers
from incidents.result_checks import metres_apart
from incidents.understanding import Intent
from incidents.understanding.places import SHOWN, find_places
from incidents.understanding.references import find_reference
from incidents.views.public.box import CACHE_S, SENTENCE_MAX, as_text, sentence_title

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_CHARS = 200  # of the sentence that are read
ANSWERS, CAMPAIGNS, PLACES, INCIDENTS, ANNOUNCEMENTS = 2, 1, 3, 3, 2
INCIDENTS_READ = 2_000  # open ones, the newest, among which words are looked for
ANNOUNCEMENTS_READ = 300
SHORTEST_BEGINNING = 2  # letters of a word that is being typed
KM = 1000
SIGNS = ".,;:!?()[]“”‘’\"'…-–/"
PLACE_ICONS = {
    "house": "i-building", "street": "c-road", "junction": "c-signal", "landmark": "i-flag", "ward": "i-map",
    "district": "i-map", "former": "i-history", "point": "i-flag",
}  # fmt: skip


class GroupsForm(QueryForm):
    """The words, and where the device is."""

    q = TextField(gettext_lazy("q: use at most %(most)s characters."), at_most=SENTENCE_MAX)
    lon = FloatField(gettext_lazy("lon, lat: enter numbers in degrees."))
    lat = FloatField(gettext_lazy("lon, lat: enter numbers in degrees."))


@dataclass(frozen=True)
class Option:
    """A line to choose. `query`: of the box, which answers with a card; else `address` is gone to."""

    icon: str
    title: SafeString
    note: str = ""
    language: str = ""  # of title and note; "": that of the page
    address: str = ""
    query: str = ""
    metres: float | None = None
    incident: Incident | None = None

    @property
    def distance(self) -> str:
        if self.metres is None:
            return ""
        if self.metres < KM:
            return _("%(metres)s m") % {"metres": format_number(round(self.metres, -1))}
        return _("%(distance)s km") % {"distance": format_number(self.metres / KM, 1)}


@dataclass(frozen=True)
class Group:
    title: "StrOrPromise"
    options: list[Option]


@dataclass(frozen=True)
class Typed:
    """What is typed, its telling words as `plain` writes them, and where the device is."""

    text: str
    words: list[str]
    here: Point | None

    @property
    def near(self) -> tuple[float, float] | None:
        return (self.here.x, self.here.y) if self.here else None

    def metres_to(self, place: Point) -> float | None:
        return metres_apart(self.here, place) if self.here else None


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@cache_control(private=True, max_age=CACHE_S)
def box_groups(request: HttpRequest) -> HttpResponse:
    """Returns the options for what is typed as HTML; 400 with the reasons for invalid parameters."""
    try:
        cleaned = GroupsForm(request.GET).read()
    except QueryError as error:
        return render(request, "query_faults.html", {"faults": error.faults}, status=error.status)
    return render(
        request,
        "incidents/public/box/groups.html",
        groups_context(cleaned["q"], cleaned["lon"], cleaned["lat"]) | {"listbox": True},
    )


def groups_context(text: str, lon: float | None = None, lat: float | None = None) -> dict[str, object]:
    """Returns the groups for these words; none for no words, or where they speak of danger: then numbers show."""
    text = tidy(text[: 4 * MAX_CHARS])[:MAX_CHARS]
    if not plain(text).strip() or find_dangers(text):
        return {"finds": [], "typed": ""}
    here = None if lon is None or lat is None else Point(lon, lat, srid=4326)
    typed = Typed(text, telling_words(text), here if here and lies_in_city(here) else None)
    groups = [Group(title, make(typed)) for title, make in GROUPS]
    return {
        "finds": [group for group in groups if group.options],
        "typed": text,
        "report_query": "?" + urlencode({"q": text, "intent": str(Intent.REPORT)}),
    }


def telling_words(text: str) -> list[str]:
    words = plain(text).split()
    return [word for word in words if word not in EMPTY["vi"]] or words


def page_options(typed: Typed) -> list[Option]:
    """Returns the answers that fit, and the campaigns beside them."""
    return [*answer_options(typed), *campaign_options(typed)]


def answer_options(typed: Typed) -> list[Option]:
    options = []
    for match in search_answers(typed.text, limit=ANSWERS):
        address = page_address(match.answer)
        if match.score < SURE_FROM or not address:
            continue
        title, language = title_of(match.answer)
        options.append(
            Option(
                icon="i-ask", title=mark_words(title, typed.text), note=split_text(match.answer)[0],
                language=language, address=address,
            )
        )  # fmt: skip
    return options


def campaign_options(typed: Typed) -> list[Option]:
    options = []
    for campaign in find_campaigns(typed.words)[:CAMPAIGNS]:
        title, language = title_of(campaign)
        options.append(
            Option(
                icon="i-flag", title=mark_words(title, typed.text), note=campaign.description.split(". ")[0],
                language=language, address=reverse("campaign", args=[campaign.slug]),
            )
        )  # fmt: skip
    return options


def place_options(typed: Typed) -> list[Option]:
    places: Iterable[Candidate] = find_places(typed.text, typed.near).candidates or suggest(typed.text, typed.near)
    likely = [place for place in places if place.confidence >= SHOWN][:PLACES]
    return [place_option(typed, place) for place in likely]


def place_option(typed: Typed, place: Candidate) -> Option:
    spot = {} if len(place.choices) > 1 else {"place": as_text(place.point)}
    area = place.area.title if place.area and place.area.title != place.name else ""
    return Option(
        icon=PLACE_ICONS.get(place.kind, "i-pin"),
        title=mark_words(place.name, typed.text),
        note=place.note or area,
        query="?" + urlencode({"q": place.title, "intent": str(Intent.PLACE)} | spot),
        metres=typed.metres_to(place.point),
    )


def incident_options(typed: Typed) -> list[Option]:
    return [
        Option(
            icon=incident.category.icon,
            title=mark_words(incident.headline, typed.text),
            note=", ".join(filter(None, [incident_kind(incident), incident.where])),
            query="?" + urlencode({"q": incident.reference}),
            metres=typed.metres_to(incident.place),
            incident=incident,
        )
        for incident in find_incidents(typed)
    ]


def incident_kind(incident: Incident) -> str:
    return incident.category.title if incident.headline != incident.category.title else ""


def find_incidents(typed: Typed) -> IncidentQuerySet:
    """Returns the newest open incidents with each of the words, or the one whose number is typed."""
    shown = public_map.published_incidents().open()
    if reference := find_reference(typed.text):
        return shown.filter(reference=reference).with_pages()
    newest = shown.order_by("-received_at").values("pk")[:INCIDENTS_READ]
    matching = Incident.objects.filter(has_key_of(newest)).matching_in_public(" ".join(typed.words), by_index=False)
    return matching.with_pages().order_by(without_index("received_at").desc(), "-pk")[:INCIDENTS]


def announcement_options(typed: Typed) -> list[Option]:
    lines = [
        line
        for line in AnnouncementLine.objects.shown()[:ANNOUNCEMENTS_READ]
        if has_all(typed.words, words_of_line(line))
    ]
    return [
        Option(
            icon=announcement_acts.KINDS[line.announcement.kind].icon,
            title=mark_words(sentence_title(line.brief), typed.text),
            note=" · ".join([line.announcement.place_title, announcement_acts.until_in_words(line)]),
            address=reverse("announcement", args=[line.announcement_id]),
        )
        for line in lines[:ANNOUNCEMENTS]
    ]


def words_of_line(line: AnnouncementLine) -> list[str]:
    texts = (line.announcement.get_kind_display(), line.announcement.place_title)
    texts += (line.title, line.title_en, line.text, line.text_en)
    return plain(" ".join(map(str, texts))).split()


def has_all(words: Sequence[str], text: Sequence[str]) -> bool:
    return all(any(other.startswith(word) for other in text) for word in words)


GROUPS: tuple[tuple["StrOrPromise", Callable[[Typed], list[Option]]], ...] = (
    (pgettext_lazy("in the box", "Answers"), page_options),
    (pgettext_lazy("in the box", "Places"), place_options),
    (gettext_lazy("Open incidents"), incident_options),
    (gettext_lazy("Announcements"), announcement_options),
)


def mark_words(title: str, typed: str) -> SafeString:
    """Returns the title as HTML with the words that are typed marked, those side by side as one, unless all are empty.

    Of the last word its beginning counts.
    """
    words = plain(typed).split()
    runs: list[tuple[bool, list[str]]] = []
    for token in title.split():
        word = plain(token.strip(SIGNS)).strip()
        is_typed = bool(word) and (word in words or is_beginning(words[-1], word))
        if runs and runs[-1][0] == is_typed:
            runs[-1][1].append(token)
        else:
            runs.append((is_typed, [token]))
    return format_html_join(" ", "{}", ((run_html(" ".join(run), is_typed=is_typed),) for is_typed, run in runs))


def run_html(run: str, *, is_typed: bool) -> SafeString | str:
    """Returns the run, in a mark where it is typed; signs around it stay outside."""
    if not is_typed or EMPTY["vi"].issuperset(plain(run).split()):
        return run
    inside = run.strip(SIGNS)
    before, _inside, after = run.partition(inside)
    return format_html("{}<mark>{}</mark>{}", before, inside, after)


def is_beginning(typed: str, word: str) -> bool:
    return len(typed) >= SHORTEST_BEGINNING and word.startswith(typed)
