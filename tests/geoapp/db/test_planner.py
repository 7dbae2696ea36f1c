"""What steers the planner stands in one module, or in a file of SQL that says why."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from geoapp.db import planner
from gis_data.models import City
from incidents.models import Authority
from tests.checks.sources import python_files, read_files

ROOT = Path(settings.BASE_DIR)
APPS = ("geoapp", "gis_data", "incidents", "cameras", "demo")
TRICKS = re.compile(
    r"MATERIALIZED|OFFSET 0|\benable_\w*(scan|loop|join|sort|agg|material|memoize)|\w+_page_cost|\w+_collapse_limit"
    r"|max_parallel_\w+|plan_cache_mode|prepare_threshold = |analyze_table\("
)
FILES = read_files(*(f"{app}/*.sql" for app in APPS))


def test_python_steers_the_planner_in_one_module():
    sources = {path: text for path, text in python_files(*APPS).items() if "/migrations/" not in path}
    tricks = {path for path, text in sources.items() if TRICKS.search(re.sub(r"planner\.analyze_table\(", "", text))}
    assert tricks == {"geoapp/db/planner.py"}


@pytest.mark.parametrize("path", [path for path, text in FILES.items() if re.search("MATERIALIZED|OFFSET 0", text)])
def test_sql_that_steers_the_planner_says_why(path):
    assert re.search(r"^-- planner: .{20}", FILES[path], re.M)


def test_expected_rows_are_those_of_the_plan(town):
    assert planner.expected_rows(City.objects.filter(pk=town.city.pk)) == 1


def test_rows_of_a_query_of_keys_are_those_of_in(town):
    keys = Authority.objects.order_by("-pk").values("pk")[:2]
    rows = Authority.objects.filter(planner.has_key_of(keys)).order_by("-pk")
    assert [row.pk for row in rows] == [row["pk"] for row in keys]


def test_bounds_without_an_index_are_the_field(town):
    rows = City.objects.alias(first=planner.without_index("pk"), last=planner.without_index_either("pk"))
    assert rows.filter(first__gte=town.city.pk, last__lt=town.city.pk + 1).get() == town.city


def test_statements_are_prepared_only_inside(db):
    before = connection.connection.prepare_threshold
    with planner.prepared_statements():
        assert connection.connection.prepare_threshold == 3
    assert connection.connection.prepare_threshold == before
