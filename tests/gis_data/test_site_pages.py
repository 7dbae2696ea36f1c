"""Test the pages about this site of a pack: read, loaded, kept where the city has edited them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import resolve
from django.utils.timezone import now

from geoapp.web import markup
from gis_data import site_pages
from gis_data.models import City, SitePage
from gis_data.pack import InvalidData, Pack
from gis_data.policies import Policies
from gis_data.site_pages import PageTexts

PACK = Pack(Path(settings.BASE_DIR) / "gis_data" / "packs" / "hcmc")
LINK = re.compile(r"\]\((/[^)]*)\)")
PICTURE = re.compile(r"!\[[^\]]+\]\((help/[^)]+)\)")


@pytest.fixture
def pack(tmp_path):
    """Return a function that writes a pack with these pages: the texts by file name."""

    def write_pack(**files):
        folder = tmp_path / site_pages.FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, text in files.items():
            (folder / f"{name.replace('_', '.')}.md").write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "city.toml").write_text('[city]\nlanguage = "vi"\n')
        return Pack(tmp_path)

    return write_pack


def test_page_is_a_title_and_a_text_in_each_language(pack):
    files = pack(about_vi="# Giới thiệu\n\nCổng\n", about_en="# About\nA site", help_vi="# Trợ giúp\nGọi")
    assert site_pages.read_pages(files) == [
        PageTexts("about", "Giới thiệu", "Cổng", "About", "A site"), PageTexts("help", "Trợ giúp", "Gọi"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"about_de": "# Über\nx"}, "the name must be PAGE.vi.md or PAGE.en.md"),
        ({"About_vi": "# A\nx"}, "the name must be PAGE.vi.md or PAGE.en.md"),
        ({"about_en": "# A\nx"}, "about.vi.md is missing"),
        ({"about_vi": "A\nx"}, "the first line must be"),
        ({"about_vi": "# A\n \n"}, "the first line must be"),
        ({"about_vi": ""}, "the first line must be"),
        ({"about_vi": "# " + 101 * "a" + "\nx"}, "at most 100 characters"),
        ({"about_vi": "# A\n" + 30_001 * "x"}, "a text 30000"),
        ({"about_vi": b"# A\n\xff"}, "invalid start byte"),
    ],
)
def test_faulty_pages_are_refused_with_the_reason(pack, files, fault):
    with pytest.raises(InvalidData, match=re.escape(fault)):
        site_pages.read_pages(pack(**files))


def test_loading_again_replaces_what_was_not_edited(town, pack):
    site_pages.load_pages(pack(about_vi="# A\nold", help_vi="# H\nold", terms_vi="# T\nold"))
    long_ago = now() - timedelta(days=9)
    SitePage.objects.update(changed_at=long_ago)
    SitePage.objects.filter(slug="help").update(edited=True, text="ours")
    site_pages.load_pages(pack(about_vi="# A\nnew", help_vi="# H\nnew"))
    rows = SitePage.objects.values_list("slug", "text", "edited")
    assert list(rows) == [("about", "new", False), ("help", "ours", True)]
    changed = {page.slug: page.changed_at > long_ago for page in SitePage.objects.all()}
    assert changed == {"about": True, "help": False}
    assert City.objects.get().site_pages == ["about", "help"]


def test_pack_that_ships_has_whole_pages_in_both_languages():
    pages = {page.slug: page for page in site_pages.read_pages(PACK)}
    assert set(pages) == {*site_pages.OWN_ADDRESS, "handling", "personal-data"}
    for page in pages.values():
        vietnamese, english = markup.render(page.text), markup.render(page.text_en)
        marks = [re.findall(r"<(\w+)", html) for html in (vietnamese, english)]
        assert marks[0] == marks[1], page.slug
        assert min(len(page.text.split()), len(page.text_en.split())) > 250, page.slug
        assert "](" not in vietnamese + english, page.slug


def test_links_of_the_pages_that_ship_lead_somewhere():
    for page in site_pages.read_pages(PACK):
        links = LINK.findall(page.text)
        assert links == LINK.findall(page.text_en)
        for link in links:
            assert resolve(link.partition("?")[0]), link


def test_pictures_of_the_pages_that_ship_are_there():
    pictures = [PICTURE.findall(text) for page in site_pages.read_pages(PACK) for text in (page.text, page.text_en)]
    names = [name for of_page in pictures for name in of_page]
    assert len(names) == 6
    assert [name for name in names if finders.find(f"incidents/public/{name}") is None] == []


def test_numbers_in_the_pages_are_those_of_the_policies():
    pages = {page.slug: f"{page.text}\n{page.text_en}" for page in site_pages.read_pages(PACK)}
    policies = Policies()
    for slug, days, words in (
        ("handling", policies.dispute_days, ("{} ngày", "{} days")),
        ("handling", policies.close_after_days, ("sau {} ngày", "after {} days")),
        ("personal-data", policies.keep_contacts_months, ("{} tháng", "{} months")),
        ("personal-data", policies.keep_calls_days, ("{} ngày", "{} days")),
        ("personal-data", policies.link_months, ("{} tháng", "{} months")),
    ):
        assert [sentence.format(days) in pages[slug] for sentence in words] == [True, True], (slug, words)
