"""Read the pages about this site from a city pack, and keep those that the city has edited itself.

A page is a file for each language, `information/pages/SLUG.vi.md`: its first line is the title after `# `, the rest
is text as `geoapp.web.markup` renders it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now

from gis_data.models import City, SitePage
from gis_data.pack import InvalidData, Pack
from gis_data.words import tidy

FOLDER = "information/pages"
NAME = re.compile(r"([a-z0-9-]{1,50})\.([a-z]{2})\.md")
TITLE_SIGN = "# "
ENGLISH = "en"
OWN_ADDRESS = ("about", "help", "terms", "accessibility")  # names of addresses, too


@dataclass(frozen=True)
class PageTexts:
    """A page in the city's own language and, where the pack has it, in English."""

    slug: str
    title: str
    text: str
    title_en: str = ""
    text_en: str = ""

    @property
    def fields(self) -> dict[str, str]:
        return {"title": self.title, "text": self.text, "title_en": self.title_en, "text_en": self.text_en}


def address_of(slug: str) -> str:
    """Return where a page stands: `/help/` for those that have an address of their own, else below `/about/`."""
    return reverse(slug) if slug in OWN_ADDRESS else reverse("site-page", args=[slug])


def page_files(pack: Pack) -> list[Path]:
    return sorted((pack.folder / FOLDER).glob("*.md"))


def read_pages(pack: Pack) -> list[PageTexts]:
    """Return the pages of a pack. Raises InvalidData with the faults of all."""
    own = pack.toml["city"].get("language", settings.LANGUAGE_CODE)
    texts: dict[str, dict[str, tuple[str, str]]] = {}
    faults = []
    for path in page_files(pack):
        name = NAME.fullmatch(path.name)
        if name is None or name[2] not in (own, ENGLISH):
            faults.append(f"{FOLDER}/{path.name}: the name must be PAGE.{own}.md or PAGE.{ENGLISH}.md.")
            continue
        try:
            texts.setdefault(name[1], {})[name[2]] = read_page(path)
        except InvalidData as error:
            faults += error.faults
    faults += [f"{FOLDER}: {slug}.{own}.md is missing." for slug, languages in texts.items() if own not in languages]
    if faults:
        raise InvalidData(*faults)
    return [
        PageTexts(slug, *languages[own], *(languages.get(ENGLISH, ("", "")) if own != ENGLISH else ()))
        for slug, languages in texts.items()
    ]


def read_page(path: Path) -> tuple[str, str]:
    """Return title and text of a file. Raises InvalidData."""
    try:
        head, _line, text = tidy(path.read_text(encoding="utf-8-sig")).partition("\n")
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidData(f"{FOLDER}/{path.name}: {error}") from error
    title = head.removeprefix(TITLE_SIGN).strip()
    if not head.startswith(TITLE_SIGN) or not title or not text.strip():
        raise InvalidData(f"{FOLDER}/{path.name}: the first line must be “# ” and the title, the text below it.")
    if len(title) > SitePage.TITLE_MAX or len(text) > SitePage.TEXT_MAX:
        raise InvalidData(
            f"{FOLDER}/{path.name}: a title has at most {SitePage.TITLE_MAX} characters, a text {SitePage.TEXT_MAX}."
        )
    return title, text.strip()


def load_pages(pack: Pack) -> int:
    """Write the pages of a pack; those that were edited here stay, others that the pack has no longer are deleted."""
    pages = read_pages(pack)
    saved = SitePage.objects.in_bulk(field_name="slug")
    for page in pages:
        row = saved.get(page.slug) or SitePage(slug=page.slug)
        changed = any(getattr(row, name) != text for name, text in page.fields.items())
        if changed and not row.edited:
            for name, text in page.fields.items():
                setattr(row, name, text)
            row.changed_at = now()
            row.save()
    SitePage.objects.filter(edited=False).exclude(slug__in=[page.slug for page in pages]).delete()
    note_pages()
    return len(pages)


def note_pages() -> None:
    """Store which pages there are with the city, which every page reads anyway for its footer."""
    City.objects.update(site_pages=list(SitePage.objects.order_by("slug").values_list("slug", flat=True)))
