"""Find what a public question must not say: contacts, numbers of people and papers, and words of health."""

from collections.abc import Iterable

from gis_data.words import plain
from incidents.redaction import MARK, without_contacts

LONGEST_PHRASE = 4  # words of the longest of HEALTH
# Illnesses and states of one person, without diacritics. Services of health, as vaccination, are not among them.
HEALTH = frozenset((
    "hiv", "aids", "ung thu", "tam than", "tam than phan liet", "tram cam", "roi loan lo au", "dong kinh", "benh lao",
    "lao phoi", "viem gan", "giang mai", "benh lau", "tieu duong", "dai thao duong", "suy than", "chay than", "dot quy",
    "tai bien", "tai bien mach mau nao", "tu ky", "hoi chung down", "cham phat trien", "sa sut tri tue", "alzheimer",
    "nghien ma tuy", "vo sinh", "hiem muon", "pha thai", "say thai", "mang thai", "benh an", "nhoi mau", "suy tim",
    "bi benh", "mac benh", "benh nhan",
    "cancer", "depression", "depressed", "epilepsy", "tuberculosis", "hepatitis", "syphilis", "diabetes", "diabetic",
    "kidney failure", "dialysis", "stroke", "autism", "autistic", "dementia", "mental illness", "addicted", "infertile",
    "abortion", "miscarriage", "pregnant", "schizophrenia",
))  # fmt: skip


def find_personal(text: str, *, known: Iterable[str] = ()) -> list[str]:
    """Return the pieces of a text that must be removed or masked before it is public, each once.

    `known`: numbers that are public already, as an office's telephone.
    """
    for number in filter(None, known):
        text = text.replace(number, " ")
    return list(dict.fromkeys([*pieces_of_contacts(text), *health_words(text)]))


def mask_personal(text: str) -> str:
    """Return the text with ‹…› in place of all that `find_personal` finds."""
    text = without_contacts(text)
    for words in sorted(health_words(text), key=len, reverse=True):
        text = text.replace(words, MARK)
    return text


def pieces_of_contacts(text: str) -> list[str]:
    """Return what `without_contacts` takes out of a text."""
    pieces, start = [], 0
    first, *rest = without_contacts(text).split(MARK)
    start = len(first)
    for part in rest:
        end = text.find(part, start) if part else len(text)
        end = len(text) if end < 0 else end
        pieces.append(text[start:end].strip())
        start = end + len(part)
    return [piece for piece in pieces if piece and piece != MARK]


def health_words(text: str) -> list[str]:
    words = text.split()
    folded = [plain(word) for word in words]
    matches = []
    for start in range(len(words)):
        for length in range(LONGEST_PHRASE, 0, -1):
            if " ".join(folded[start : start + length]) in HEALTH:
                matches.append(" ".join(words[start : start + length]).strip(".,;:!?()[]\"'“”…"))
                break
    return matches
