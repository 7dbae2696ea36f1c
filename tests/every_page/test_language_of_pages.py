"""Test that no page contains our own texts in the other language."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client

from cameras.evidence import keeping
from cameras.models import Camera
from incidents.models import Incident, User
from tests.every_address import every_address, people_of, values_of

PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|%%")
SAID_IN = ("alt", "aria-label", "placeholder", "title", "content")


class Said(HTMLParser):
    """Collects a page's texts and the attributes that screen readers speak."""

    def __init__(self, language):
        super().__init__()
        self.language, self.texts, self.silent = language, set(), []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        foreign = values.get("lang", self.language) != self.language or "hreflang" in values
        if tag in ("script", "style", "textarea", "code", "pre") or foreign:
            self.silent.append(tag)
        if not self.silent:
            self.texts.update(values[name] or "" for name in SAID_IN if name in values)

    def handle_endtag(self, tag):
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, text):
        if not self.silent:
            self.texts.add(text)


@cache
def texts_in(language):
    """Returns our texts in a language that differ from the other: whole ones, and patterns of those with placeholders.

    With each pattern its longest literal part, which tells most texts apart.
    """
    whole, patterns = set(), []
    for pair in pairs():
        text, other = pair if language == "en" else reversed(pair)
        if text == other or len(PLACE.sub("", text).split()) < 2:
            continue  # a word alone may be a name
        if PLACE.search(text):
            parts = PLACE.split(text)
            patterns.append((max(parts, key=len), ".+?".join(map(re.escape, parts))))
        else:
            whole.add(text)
    return whole, patterns


@cache
def pairs():
    po = polib.pofile(str(Path(settings.BASE_DIR) / "locale/vi/LC_MESSAGES/django.po"))
    forms = [(entry.msgid, entry.msgstr or entry.msgstr_plural[0]) for entry in po]
    return forms + [(entry.msgid_plural, entry.msgstr_plural[0]) for entry in po if entry.msgid_plural]


def is_in(language, text):
    whole, patterns = texts_in(language)
    if text in whole or INSIDE[language].search(text):
        return True
    return any(part in text and re.fullmatch(pattern, text) for part, pattern in patterns)


# What stands inside other texts: before the name of a place or of a camera; and what Django itself says.
INSIDE = {
    "en": re.compile(r"\bnear [A-Z]|\bwhen it was reported|\b\d+\xa0?\s?(minute|hour|day|week|month|year)s?\b"),
    "vi": re.compile(r"\bgần [A-Z]|\blúc báo\b|\b\d+\xa0?\s?(phút|giờ|ngày|tuần|tháng|năm)\b"),
}


@pytest.fixture
def addresses(town, settings):
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    all_addresses = every_address(values_of(town, people_of(town)))
    incident = Incident.objects.order_by("pk").first()
    keeping.keep_evidence(incident.pk, "reported")
    Incident.objects.update(near=True)
    Camera.objects.update(public=True)
    return [
        address for address in all_addresses if address.route.endswith("/") and not address.route.startswith("/admin/")
    ]


# Letters that English has not, and the language's own name, by which people find it.
VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)


# In a usual run half of the pages are looked at in each language.
@pytest.mark.parametrize("part", [None, pytest.param(slice(None), marks=pytest.mark.deep)])
@pytest.mark.parametrize(
    ("language", "other", "half"), [("vi", "en", slice(0, None, 2)), ("en", "vi", slice(1, None, 2))]
)
def test_no_text_of_ours_is_in_the_other_language(addresses, language, other, half, part):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username="mighty"), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    route_of_text = {}
    for address in addresses[part or half]:
        answer = client.get(address.path)
        if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
            page_texts = Said(language)
            page_texts.feed(answer.content.decode())
            route_of_text |= dict.fromkeys(
                (" ".join(text.split(" ")).strip() for text in page_texts.texts), address.route
            )
    assert len(route_of_text) > (1000 if part else 500)
    assert {
        text: route for text, route in route_of_text.items() if is_in(other, text) and not is_in(language, text)
    } == {}
    if language == "en":
        assert {
            text: route for text, route in route_of_text.items() if VIETNAMESE.search(text.replace("Tiếng Việt", ""))
        } == {}
