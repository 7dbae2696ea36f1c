"""Suggest incidents that may be the same matter, by distance, time, category and words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.measure import D

from gis_data.addresses import geocode
from gis_data.words import plain
from incidents.models import Incident, Report
from incidents.models.incident import IncidentQuerySet

WITHIN_M = 200.0
WITHIN = timedelta(days=7)  # of one another they came in
SHOWN = 20
LIKELY = 0.65
TEXT_MAX = 600  # letters of the words of an incident that are compared
# Stop words: they describe neither matter nor place.
EMPTY_WORDS = frozenset(
    """
    và là có của cho ở tại thì mà bị được không rất đã đang này đó đây kia với thế nhé ơi xin nhờ giúp em anh chị tôi
    chúng mình bạn quá làm rồi nữa cũng trên dưới trong ngoài trước sau gần bên các những một hai ba cái con
    a an the is are at on in of to and near there here it this that very please
    """.split()  # noqa: SIM905 - words of two languages, to be read
)
# Stop words in text written without diacritics.
EMPTY_PLAIN_WORDS = frozenset(map(plain, EMPTY_WORDS))


@dataclass(frozen=True)
class Suggestion:
    """A possible duplicate: distance, time between the reports, category group and words in common."""

    incident: Incident
    metres: int
    apart: timedelta
    same_kind: bool
    same_group: bool
    shared: tuple[str, ...]  # the words, as somebody wrote them
    score: float  # 0 … 1

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


def suggest_same(incident: Incident, among: IncidentQuerySet, at: datetime | None = None) -> list[Suggestion]:
    """Open incidents that may be the same matter, likeliest first; three queries.

    Candidates are near, of the same days, and of the same category group or with words in common.
    """
    candidates = near_open(incident, among)
    words = words_of_incidents([incident.pk, *(other.pk for other in candidates)])
    own = words.get(incident.pk, {})
    suggestions = [compare(incident, other, own, words.get(other.pk, {})) for other in candidates]
    fitting = [suggestion for suggestion in suggestions if suggestion.same_group or len(suggestion.shared) > 1]
    return sorted(fitting, key=lambda suggestion: (-suggestion.score, suggestion.metres, suggestion.incident.pk))[
        :SHOWN
    ]


def near_open(incident: Incident, among: IncidentQuerySet) -> list[Incident]:
    around = incident.place.buffer(geocode.degrees_of_metres(WITHIN_M, incident.place.y))
    near = among.open().exclude(pk=incident.pk).filter(
        place__intersects=around,
        received_at__range=(incident.received_at - WITHIN, incident.received_at + WITHIN),
    )  # fmt: skip
    near = near.annotate(distance=Distance("place", incident.place)).filter(distance__lte=D(m=WITHIN_M))
    return list(near.with_pages().order_by("distance", "pk")[: 3 * SHOWN])


def words_of_incidents(incidents: Sequence[int]) -> dict[int, dict[str, str]]:
    texts: dict[int, str] = {}
    rows = Report.objects.filter(incident__in=incidents).exclude(public_text="").order_by("pk")
    for incident, text in rows.values_list("incident", "public_text"):
        if len(texts.get(incident, "")) < TEXT_MAX:
            texts[incident] = f"{texts.get(incident, '')} {text[:TEXT_MAX]}"
    return {incident: telling_words(text) for incident, text in texts.items()}


def telling_words(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for piece in text.lower().split():
        written = piece.strip(".,;:!?()\"'“”")
        word, empty = plain(written), EMPTY_PLAIN_WORDS if written.isascii() else EMPTY_WORDS
        if len(word) > 1 and written not in empty and not word.isdigit() and " " not in word:
            words.setdefault(word, written)
    return words


def compare(incident: Incident, other: Incident, own: dict[str, str], words: dict[str, str]) -> Suggestion:
    metres = round(other.distance.m)  # type: ignore[attr-defined]  # annotated by `near_open`
    apart = abs(other.received_at - incident.received_at)
    same_kind = other.category_id == incident.category_id
    same_group = other.category.parent_id == incident.category.parent_id
    shared = tuple(own[word] for word in own if word in words)
    near = max(0.0, 1 - metres / WITHIN_M)
    soon = max(0.0, 1 - apart / WITHIN)
    alike = min(1.0, len(shared) / 3)
    score = 0.4 * near + (0.3 if same_kind else 0.15 if same_group else 0) + 0.2 * alike + 0.1 * soon
    return Suggestion(other, metres, apart, same_kind, same_group, shared, round(score, 3))


def mark_words(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """Pieces of a text as (piece, whether it is one of the words), for highlighting."""
    wanted = {plain(word) for word in words}
    pieces: list[tuple[str, bool]] = []
    for number, piece in enumerate(text.split(" ")):
        marked = plain(piece) in wanted
        gap = " " if number else ""
        if pieces and pieces[-1][1] == marked and not marked:
            pieces[-1] = (f"{pieces[-1][0]}{gap}{piece}", False)
        elif marked:
            pieces += [(gap, False), (piece, True)] if gap else [(piece, True)]
        else:
            pieces.append((f"{gap}{piece}", False))
    return pieces
