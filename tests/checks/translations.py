"""Says what differs between the texts of code, pages and scripts and their translations, for both catalogues."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
# Catalogue: how xgettext reads its sources, and which files of the product these are.
DOMAINS = {
    "django": ("Python", ("*.py", "*.html", "*.txt")),
    "djangojs": ("JavaScript", ("*.js",)),
}
# What xgettext does not know by itself: Django's functions, and the names under which they are imported here.
FUNCTIONS = [
    "gettext_lazy",
    "gettext_noop",
    "ngettext_lazy:1,2",
    "pgettext:1c,2",
    "pgettext_lazy:1c,2",
    "_",
    "_lazy",
    "w",
]


def faults(root: Path = ROOT) -> list[str]:
    """Each fault of each catalogue as one line: the file, what is wrong, the text."""
    return [
        f"{path.relative_to(root)}: {kind}: {msgid}"
        for domain in DOMAINS
        for texts in [texts_of(domain, root)]
        for path in sorted(root.glob(f"locale/*/LC_MESSAGES/{domain}.po"))
        for kind, msgid in faults_of(polib.pofile(str(path)), texts)
    ]


def faults_of(catalogue: polib.POFile, texts: set[tuple[str | None, str]]) -> Iterator[tuple[str, str]]:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    for _context, msgid in sorted(texts - known, key=str):
        yield "missing", msgid
    for _context, msgid in sorted(known - texts, key=str):
        yield "unused", msgid
    for entry in catalogue:
        if entry.obsolete:
            yield "obsolete", entry.msgid
        elif entry.fuzzy:
            yield "fuzzy", entry.msgid
        elif not entry.translated():
            yield "not translated", entry.msgid


def texts_of(domain: str, root: Path) -> set[tuple[str | None, str]]:
    """The (context, text) pairs that xgettext finds in the sources of a catalogue; of a plural, the singular."""
    return {(entry.msgctxt, entry.msgid) for entry in extract(domain, root)}


def found_in_sources(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each text of pages and code, in English, and the files in which it stands."""
    for domain in DOMAINS:
        for entry in extract(domain, root):
            files = sorted({name.removeprefix("./") for name, _line in entry.occurrences})
            yield from ((text, files) for text in (entry.msgid, entry.msgid_plural) if text)


@cache
def extract(domain: str, root: Path) -> list[polib.POEntry]:
    """What xgettext finds in the sources of a catalogue."""
    language, patterns = DOMAINS[domain]
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns, ":!tests"]
    names = subprocess.run(listed, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for name in names:
            source = Path(folder) / name
            source.parent.mkdir(parents=True, exist_ok=True)
            text = (root / name).read_text()
            source.write_text(templatize(text, origin=name) if source.suffix in (".html", ".txt") else text)
            sources.append(f"./{name}")
        (Path(folder) / "names").write_text("\n".join(sources))
        catalogue = Path(folder) / "found.po"
        keywords = [f"--keyword={keyword}" for keyword in FUNCTIONS]
        subprocess.run(
            ["xgettext", f"--language={language}", "--from-code=UTF-8", *keywords, "-o", catalogue,
             "--files-from=names"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return list(polib.pofile(str(catalogue))) if catalogue.exists() else []


if __name__ == "__main__":
    settings.configure()
    lines = faults()
    for line in lines:
        print(line)
    sys.exit(bool(lines))
