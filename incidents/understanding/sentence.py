"""Put together what a sentence means: its intent, place, kind, dangers and number."""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

from gis_data.addresses.suggest import Candidate
from gis_data.words import plain, tidy
from incidents import rulebook
from incidents.models import Category
from incidents.reporting.categories.learned import current_model
from incidents.reporting.categories.lexicon import rank_by_lexicon
from incidents.reporting.dangers import find_dangers
from incidents.understanding.intents import GUESS, WHERE_IS, Intent, Signs, Verdict, find_intent
from incidents.understanding.kinds import find_kinds, is_question_kind, kinds_for_intent, take_kind
from incidents.understanding.languages import find_language
from incidents.understanding.matters import split_matters
from incidents.understanding.openings import strip_openings
from incidents.understanding.places import NamedPlaces, find_places, sure_place
from incidents.understanding.references import find_reference

MAX_CHARS = 4000
# What may stand around a place that is asked for and nothing else.
AROUND = (
    "vay a ha nhi z ad admin oi cho hoi xin toi em minh o tai gan duong pho phuong xa quan khu vuc the of in to nha so "
    "please can you me la thang mot hai ba bon nam sau bay tam chin muoi"
)
AROUND_PLACE = frozenset(" ".join([AROUND, *WHERE_IS]).split())
Named = TypeVar("Named")
# "đèn đường Lý Thái Tổ" is a street light, not a light of Đường Lý Thái Tổ.
PART_OF_ROAD = re.compile(r"(?<!\w)(?:đèn|den|mặt|lòng|lề)\s$", re.IGNORECASE)
ROAD = re.compile(r"(?:đường|duong)\s", re.IGNORECASE)
PAIR_OF_NUMBERS = re.compile(r"[-+]?\d{1,3}[.]\d{1,15}\s{0,3}[,; ]\s{0,3}[-+]?\d{1,3}[.]\d{1,15}", re.ASCII)


@dataclass(frozen=True)
class Corrections:
    """What a person has set right; None leaves it to the text."""

    intent: Intent | None = None
    kind: Category | None = None
    place: Candidate | None = None


@dataclass(frozen=True)
class Understanding:
    """What a sentence means. `places` and `kinds` likeliest first; `place` and `kind` may be taken without asking."""

    text: str  # as written, NFC, trimmed
    language: str  # "vi", "en" or a code of another language; "" where it cannot be known
    intent: Intent
    certainty: float  # of the intent, 0…1
    places: tuple[Candidate, ...] = ()
    place: Candidate | None = None
    kinds: tuple[Category, ...] = ()  # at most four, none below its threshold
    kind: Category | None = None
    dangers: frozenset[str] = frozenset()
    reference: str = ""  # number of an incident or enquiry in its normal form
    matters: tuple[str, ...] = ()  # of a message that holds several; () where it is one
    words: str = ""  # the description without commands, address kept


def understand(
    text: str, *, near: tuple[float, float] | None = None, corrections: Corrections | None = None
) -> Understanding:
    """Return what the text means. `near` (lon, lat, EPSG:4326): where the person is. Reads 4,000 characters.

    What a person has corrected is kept as it is; the rest is found anew from the text.
    """
    text = tidy(text[: 4 * MAX_CHARS])[:MAX_CHARS]
    fixed = corrections or Corrections()
    dangers, reference = find_dangers(text), find_reference(text)
    named = find_places(text, near)
    leaves, model = list(rulebook.current_rulebook().categories.values()), current_model()
    bare_text = cut_spans(text, named.spans)
    language = find_language(bare_text) or find_language(text)
    kinds = find_kinds(text, bare_text, leaves, model)
    signs = Signs(
        danger=bool(dangers),
        reference=bool(reference),
        place=bool(named.candidates or named.spans),
        only_place=is_only_place(text, bare_text, named),
        kinds=bool(kinds),
        plain_kind=bool(rank_by_lexicon(bare_text, leaves)),
        language=language,
    )
    verdict = Verdict(fixed.intent, 1.0) if fixed.intent else find_intent(bare_text, signs)
    kinds = kinds_for_intent(kinds, verdict.intent, dangers, leaves)
    return Understanding(
        text=text,
        language=language,
        intent=verdict.intent,
        certainty=verdict.certainty,
        places=with_first(fixed.place, named.candidates),
        place=fixed.place or sure_place(named.candidates),
        kinds=with_first(fixed.kind, [copy(kind) for kind in kinds])[:4],
        kind=fixed.kind or copy(take_kind(bare_text, kinds, leaves, model)),
        dangers=frozenset(dangers),
        reference=reference,
        matters=split_matters(text, leaves),
        words=strip_openings(text),
    )


def may_be_wish(understood: Understanding) -> bool:
    """Whether a text that asks nothing may name a matter of an office (“đổi bằng lái”): no fault is surely reported."""
    if understood.dangers or understood.reference or understood.matters or understood.language not in ("vi", "en", ""):
        return False
    if understood.intent != Intent.REPORT or understood.certainty <= GUESS or understood.kind is None:
        return understood.intent in (Intent.REPORT, Intent.UNKNOWN)
    return is_question_kind(understood.kind, list(rulebook.current_rulebook().categories.values()))


def with_first(fixed: Named | None, others: Sequence[Named]) -> tuple[Named, ...]:
    if fixed is None:
        return tuple(others)
    return (fixed, *(other for other in others if other != fixed))


def cut_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        if (road := ROAD.match(text, start)) and PART_OF_ROAD.search(text[:start]):
            start = road.end()
        text = f"{text[:start]} , {text[end:]}"
    return text


def is_only_place(text: str, bare_text: str, named: NamedPlaces) -> bool:
    """Whether the text is a place, or asks where it is, and nothing else."""
    if PAIR_OF_NUMBERS.fullmatch(text):
        return True
    if not named.spans:
        return False
    rest = set(plain(bare_text).split())
    return not rest - AROUND_PLACE if named.candidates or named.has_coordinates else not rest
