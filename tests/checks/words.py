"""Says where texts in Vietnamese and English differ from docs/words.md: terms, words not to use, marks, numbers."""

import csv
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib
from django.conf import settings

from tests.checks.translations import ROOT, found_in_sources

# Columns of a pack in which citizens' words or names given by law stand, and files that hold nothing else.
NOT_OURS = {
    "abbreviations.csv", "areas.csv", "elsewhere.csv", "former_units.csv", "landmarks.csv", "older_units.csv",
    "renamed_streets.csv", "sentences.csv", "ward_files_2025.csv",
}  # fmt: skip
OTHERS_WORDS = {"keywords", "email"}
# Where programs are the readers: these are their words.
FOR_DEVELOPERS = (
    "incidents/views/api/",
    "incidents/views/public/developers.py",
    "incidents/developers.py",
    "incidents/webhooks.py",
    "incidents/channels/voice/",
    "templates/incidents/public/developers/",
)
DEVELOPERS_WORDS = {"token", "webhook", "queue"}

NEW_STYLE = re.compile("(?<![qQ])(?:[oO][àáảãạèéẻẽẹÀÁẢÃẠÈÉẺẼẸ]|[uU][ỳýỷỹỵỲÝỶỸỴ])(?![^\\W\\d_])")  # hoà; not hoàn, quý
WRITING = {
    "a tone mark in the new style": NEW_STYLE,
    "a space before %": re.compile(r"(?:\)[sd]|\d) %(?!\()"),
    "a decimal point": re.compile(r"\d\.\d+%"),
    "an exclamation mark": re.compile(r"(?<=\w)!"),
}
SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
IN_QUOTES = re.compile("“[^”]*”")


@dataclass(frozen=True)
class Term:
    """A row of a table of docs/words.md."""

    term: str
    english: tuple[str, ...]
    forbidden: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """A text in Vietnamese: where it stands, and in a catalogue of what it is the translation."""

    place: str
    text: str
    english: str = ""


def terms_of(page: str) -> list[Term]:
    """The rows of the Vietnamese tables of a page: term, meaning, English, not."""
    return [Term(row[0], quoted_words(row[2]), quoted_words(row[3])) for row in rows_of(page, "Term")]


def english_terms_of(page: str) -> list[Term]:
    """The rows of the English tables of a page: what to write, Vietnamese, meaning, not."""
    return [Term(row[0], (), quoted_words(row[3])) for row in rows_of(page, "Write")]


def rows_of(page: str, first: str) -> Iterator[list[str]]:
    """The rows with four cells of all tables whose first column has this head."""
    head = ""
    for line in re.findall(r"^\|.*", page, re.M):
        row = [cell.strip() for cell in line.strip("| ").split("|")]
        if row[0] in ("Term", "Write"):
            head = row[0]
        elif row[0] != "---" and head == first:
            yield row + [""] * (4 - len(row))


def workshop_words(page: str) -> tuple[str, ...]:
    """Words that stand on no page: those in backticks under the last heading, before the first full stop."""
    return quoted_words(page.rpartition("\n## ")[2].partition("`.")[0] + "`")


def quoted_words(text: str) -> tuple[str, ...]:
    return tuple(re.findall("`([^`]+)`", text))


@cache
def whole_word(words: str) -> re.Pattern[str]:
    """These words, not as parts of longer ones, in capitals or not."""
    return re.compile(rf"(?<![\w-]){re.escape(words)}(?![\w-])", re.IGNORECASE)


def faults(translations: Iterable[Said], terms: list[Term]) -> Iterator[str]:
    """A line for each fault: the place, what is wrong, the text."""
    translations = list(translations)
    texts = {translation.english for translation in translations}
    for translation in translations:
        for what in wrong_with(translation, terms, texts):
            yield f"{translation.place}: {what}: {translation.text}"


def wrong_with(translation: Said, terms: list[Term], texts: set[str]) -> Iterator[str]:
    if translation.text != unicodedata.normalize("NFC", translation.text):
        yield "not NFC"
    yield from (what for what, pattern in WRITING.items() if pattern.search(translation.text))
    if translation.text == translation.english and SENTENCE.search(translation.text):
        yield "the English text"
    for term in terms:
        yield from (
            f"“{words}” is not to be used" for words in term.forbidden if whole_word(words).search(translation.text)
        )
        wanted = any(demands(words, translation.english, texts) for words in term.english)
        if wanted and not whole_word(term.term).search(translation.text):
            yield f"“{term.term}” is missing"


def demands(words: str, english: str, texts: set[str]) -> bool:
    """Whether a text must be translated with the term of these words."""
    return english == words if words in texts else bool(whole_word(words).search(english))


def catalogue_texts(root: Path = ROOT) -> Iterator[Said]:
    for path in sorted(root.glob("locale/vi/LC_MESSAGES/*.po")):
        for entry in polib.pofile(str(path)):
            for text in entry.msgstr_plural.values() or [entry.msgstr]:
                yield Said(f"{path.relative_to(root)}:{entry.linenum}", text, entry.msgid)


def pack_texts(root: Path = ROOT) -> Iterator[Said]:
    """Yield the Vietnamese texts of the pack that ships."""
    folder = root / "gis_data" / "packs" / "hcmc"
    for path in sorted(folder.glob("*.csv")):
        if path.name in NOT_OURS:
            continue
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                ours = {name: text for name, text in row.items() if name not in OTHERS_WORDS}
                yield from (Said(f"{path.name} {name}", text) for name, text in ours.items() if text)
    yield from site_page_lines("vi", root)
    city = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    named = [city["city"], *city["emergency"]]
    yield from (Said(f"city.toml {key}", str(text)) for table in named for key, text in table.items())


def site_page_lines(language: str, root: Path = ROOT) -> Iterator[Said]:
    """Yield the lines of the pages about the site that ship with the pack."""
    folder = root / "gis_data" / "packs" / "hcmc" / "information" / "pages"
    for path in sorted(folder.glob(f"*.{language}.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from (Said(f"{path.name} text_{language}", line) for line in lines if line)


def page_texts(root: Path = ROOT) -> Iterator[Said]:
    """Lines of templates and scripts that hold Vietnamese."""
    for path in [*sorted(root.glob("templates/**/*.html")), *sorted(root.glob("*/static/**/*.js"))]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if VIETNAMESE.search(line) and not line.lstrip().startswith(("//", "/*", "*", "{#")):
                yield Said(f"{path.relative_to(root)}:{number}", line.strip())


def template_texts(root: Path = ROOT) -> Iterator[tuple[str, list[str]]]:
    """Yield the untranslated texts of templates: their lines without tags."""
    tags = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^<>]*>", re.DOTALL)
    for path in sorted(root.glob("templates/**/*.html")):
        for line in tags.sub("", path.read_text(encoding="utf-8")).splitlines():
            if line.strip():
                yield line.strip(), [str(path.relative_to(root))]


def workshop_faults(sources: Iterable[tuple[str, list[str]]], words: tuple[str, ...]) -> Iterator[str]:
    """A line for each English text (and the files that say it) with a word that people need not know."""
    for text, files in sources:
        for word in words:
            plural = re.compile(whole_word(word).pattern.replace("(?![\\w-])", "s?(?![\\w-])"), re.IGNORECASE)
            known = word in DEVELOPERS_WORDS and all(name.startswith(FOR_DEVELOPERS) for name in files)
            if plural.search(text) and not known:
                yield f"{', '.join(files)}: “{word}” is a word of the workshop: {text}"


def english_faults(sources: Iterable[tuple[str, list[str]]], terms: list[Term]) -> Iterator[str]:
    """A line for each English text with words that are not to be used, or with Vietnamese outside of quotes."""
    for text, files in sources:
        where = ", ".join(files)
        for term in terms:
            for words in term.forbidden:
                if whole_word(words).search(text):
                    yield f"{where}: “{words}” is not to be used, but “{term.term}”: {text}"
        if VIETNAMESE.search(IN_QUOTES.sub("", text)) and not where.endswith("_en"):  # a pack says names
            yield f"{where}: Vietnamese in an English text: {text}"


def pack_texts_in_english(root: Path = ROOT) -> Iterator[tuple[str, list[str]]]:
    """Yield the English texts of the pack that ships."""
    texts = [*pack_texts(root), *site_page_lines("en", root)]
    yield from ((text.text, [text.place]) for text in texts if text.place.endswith("_en"))


def all_faults(root: Path = ROOT) -> list[str]:
    page = (root / "docs" / "words.md").read_text(encoding="utf-8")
    translations = [*catalogue_texts(root), *pack_texts(root), *page_texts(root)]
    catalogues = [*found_in_sources(root), *pack_texts_in_english(root)]
    return [
        *faults(translations, terms_of(page)),
        *english_faults(catalogues, english_terms_of(page)),
        *workshop_faults([*catalogues, *template_texts(root)], workshop_words(page)),
    ]


if __name__ == "__main__":
    settings.configure()
    lines = all_faults()
    for line in lines:
        print(line)
    sys.exit(bool(lines))
