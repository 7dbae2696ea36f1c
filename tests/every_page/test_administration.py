"""Test that the administration uses the product's look and words in both languages."""

import json
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import translation

from tests import factories
from tests.pages import one_line

OURS = ("gis_data", "cameras", "incidents")


def names_in(language):
    with translation.override(language):
        groups = {name: str(apps.get_app_config(name).verbose_name) for name in OURS}
        tables = [model._meta for model in admin.site._registry if model._meta.app_label in OURS]
        return groups | {table.label: str(table.verbose_name_plural) for table in tables}


def test_everything_has_a_name_in_either_language():
    vietnamese, english = names_in("vi"), names_in("en")
    assert [name for name in english if vietnamese[name] == english[name]] == []


@pytest.mark.parametrize(("language", "labels"), [
    ("vi", ["Loại việc:", "Khu vực:", "Đơn vị:", "Lý do:", "Lý do bằng tiếng Anh:"]),
    ("en", ["Type of incident:", "Area:", "Unit:", "Reason:", "Reason in English:"]),
])  # fmt: skip
def test_fields_of_a_rule_are_named(town, client, language, labels):
    client.force_login(factories.superuser("root"))
    client.cookies["django_language"] = language
    page = one_line(client.get("/admin/incidents/routingrule/add/"))
    assert re.findall(r"<label[^>]*>(.*?)</label>", page) == labels


@pytest.mark.parametrize(("language", "title", "name"), [
    ("vi", "<title>Quản trị · Sự cố Wharf", ["Phản ánh, đơn vị và quy tắc", "Quy tắc phân việc", "Chức vụ"]),
    ("en", "<title>Administration · Wharf Incidents", ["Reports, units and rules", "Routing rules", "Posts"]),
])  # fmt: skip
def test_its_pages_are_named_for_the_product(town, client, language, title, name):
    client.force_login(factories.superuser("root"))
    client.cookies["django_language"] = language
    page = one_line(client.get("/admin/"))
    assert page.partition("</title>")[0].replace("<title> ", "<title>").endswith(title)
    assert "Django" not in page
    assert [words for words in name if words not in page] == []
    assert re.search(r'href="[^"]*/look/admin[^"/]*\.css"', page)


@pytest.mark.parametrize(("language", "text"), [
    ("vi", "Đã chọn %(sel)s/%(cnt)s"),
    ("en", "%(sel)s of %(cnt)s selected"),
])  # fmt: skip
def test_its_scripts_count_ticked_rows_in_our_words(town, client, language, text):
    client.force_login(factories.superuser("root"))
    client.cookies["django_language"] = language
    script = client.get(reverse("admin:jsi18n")).text
    catalogue = json.loads(re.search(r"const newcatalog = (\{.*?\n  \});", script, re.DOTALL)[1])
    assert catalogue["%(sel)s of %(cnt)s selected"] == text
