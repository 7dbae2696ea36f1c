"""Test the pages that the city writes: what they show in which language, where they are linked, who changes them."""

import re

import pytest

from gis_data import site_pages
from gis_data.models import City, SitePage
from tests import factories
from tests.pages import one_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(town):
    """Write the page about the site, and one below it that has no English."""
    SitePage.objects.create(
        slug="about", title="Giới thiệu", text="## Mục\nCổng [hỏi](/ask/)", title_en="About us", text_en="A **site**"
    )
    SitePage.objects.create(slug="handling", title="Cách xử lý", text="Theo hạn")
    site_pages.note_pages()
    return town


def article_of(page):
    return one_line(page).partition("<article")[2].partition("</article>")[0]


def test_page_is_shown_in_the_language_of_the_reader(client, pages):
    page = client.get("/about/")
    assert '<h2 id="part-1">Mục</h2> <p>Cổng <a href="/ask/">hỏi</a></p>' in article_of(page)
    assert page["Cache-Control"] == "private, max-age=60"
    client.cookies["django_language"] = "en"
    assert "<p>A <b>site</b></p>" in article_of(client.get("/about/"))


def test_page_without_english_says_so_and_its_language(client, pages):
    client.cookies["django_language"] = "en"
    article = article_of(client.get("/about/handling/"))
    assert article.startswith(' lang="vi">')
    assert ("This page is not in English yet." in article, "Theo hạn" in article) == (True, True)


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [("/help/", 404, None), ("/about/no-such/", 404, None), ("/about/about/", 302, "/about/"),
     ("/about/handling/", 200, None)],
)  # fmt: skip
def test_addresses_of_pages(client, pages, path, status, to):
    answer = client.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (status, to)


def test_footer_and_sitemap_name_the_pages_that_there_are(client, pages):
    foot = client.get("/stats/").text.partition("<footer")[2]
    assert re.findall(r'<a href="(/(?:about|help|terms|accessibility)/)"', foot) == ["/about/"]
    addresses = re.findall(r"/about/[a-z-]*/?(?=</loc>)", client.get("/sitemap/pages.xml").text)
    assert addresses == ["/about/", "/about/handling/"]


def test_what_is_written_is_never_code(client, pages):
    SitePage.objects.filter(slug="about").update(title="<script>a</script>", text="<script>b</script>")
    page = client.get("/about/").text
    assert ("<script>a" in page, "<script>b" in page, "&lt;script&gt;b" in page) == (False, False, True)


def test_administrator_edits_a_page_and_loading_leaves_it(client, pages):
    client.force_login(factories.superuser("root"))
    page = SitePage.objects.get(slug="about")
    form = {"slug": "about", "title": "Của chúng tôi", "text": "Mới", "title_en": "", "text_en": ""}
    answer = client.post(f"/admin/gis_data/sitepage/{page.pk}/change/", form)
    before = page.changed_at
    page.refresh_from_db()
    assert (answer.status_code, page.edited, page.text, page.changed_at > before) == (302, True, "Mới", True)


def test_pages_made_and_deleted_in_the_administration_are_noted(client, pages):
    client.force_login(factories.superuser("root"))
    form = {"slug": "terms", "title": "Điều khoản", "text": "Mới", "title_en": "", "text_en": ""}
    client.post("/admin/gis_data/sitepage/add/", form)
    assert City.objects.get().site_pages == ["about", "handling", "terms"]
    client.post(f"/admin/gis_data/sitepage/{SitePage.objects.get(slug='about').pk}/delete/", {"post": "yes"})
    assert City.objects.get().site_pages == ["handling", "terms"]
