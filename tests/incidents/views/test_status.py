"""Test `/status/`, and how somebody says something about a page."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from incidents.analytics import service_state
from incidents.models import Enquiry
from tests import factories
from tests.pages import one_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    service_state.read_state.cache_clear()
    client.cookies["django_language"] = "en"
    yield client
    service_state.read_state.cache_clear()


def words_of(markup):
    return " ".join(unescape(re.sub(r"(?s)<.*?>", " ", markup)).split())


def test_status_is_told_in_words(reader, town):
    factories.incident(town.hole)
    page = reader.get("/status/")
    words = words_of(page.text.partition('id="main"')[2].partition("</main>")[0])
    assert page["Cache-Control"] == "private, max-age=30"
    assert "Everything is working normally" in words
    assert "Messages and answers working normally Codes, messages and answers are sent without delay." in words
    assert "Traffic cameras" not in words
    assert "The newest public report was received at" in words


def test_interruption_is_told_first(reader, town, monkeypatch):
    usual = {"oldest_unsent_notice_seconds": 4000, "oldest_job_seconds": {}, "cameras_alive_ratio": 0.5,
             "cameras": {"live": 1, "offline": 1}, "feed_failing_seconds": {}}  # fmt: skip
    monkeypatch.setattr(service_state, "read_figure", usual.__getitem__)
    words = words_of(reader.get("/status/").text)
    assert "Part of the service is slow or interrupted" in words
    assert "Messages and answers interrupted Messages are not sent at the moment." in words
    assert "Traffic cameras slower than usual Only 1 of 2 cameras give a picture." in words


def about_of(page):
    """Return the page that the footer's link to the form names."""
    link = unescape(re.search(r'href="(/ask/\?[^"]*)"[^>]*>\s*Say something about this page', page.text)[1])
    return parse_qs(urlsplit(link).query).get("about", [""])[0]


def test_footer_names_the_page_unless_its_address_is_secret(reader, town, incident):
    report = incident.reports.get()
    paths = ["/stats/?days=7", "/wards/001/", f"/i/{incident.reference}/", f"/f/{report.token}/", "/no/such/page/"]
    assert [about_of(reader.get(path)) for path in paths] == [
        "/stats/", "/wards/001/", f"/i/{incident.reference}/", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("/wards/001/", "About the page /wards/001/:"), ("/stats/", "About the page /stats/:"), ("/no/such/", ""),
        ("/f/abcdef/", ""), ("/q/abcdef/", ""), ("https://evil.example/", ""), ("//evil.example/", ""),
        ("/stats/\u202e", ""), ("/" + 300 * "a", ""), ("<script>", ""), ("", ""),
    ],
)  # fmt: skip
def test_form_begins_with_a_page_of_this_site_only(reader, town, about, text):
    page = one_line(reader.get("/ask/", {"kind": "question", "about": about}))
    words = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page)[1].strip()
    assert words == text


def test_what_is_said_of_a_page_is_an_enquiry(reader, town):
    text = "About the page /stats/:\nThe columns are too narrow"
    answer = reader.post("/ask/", {"kind": "question", "text": text})
    assert (answer.status_code, Enquiry.objects.get().text) == (303, text)
