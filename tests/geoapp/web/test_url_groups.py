"""Test that grouped URL patterns resolve, refuse and reverse as before."""

import pytest
from django.urls import Resolver404, URLResolver, path, re_path
from django.urls.resolvers import RegexPattern
from django.views.defaults import page_not_found

from cameras import urls as cameras
from geoapp.web.url_groups import group_by_first_part
from gis_data import urls as gis_data
from incidents import urls as incidents

ALL = [*incidents.urlpatterns, *cameras.urlpatterns, *gis_data.urlpatterns]
ASKED = [
    "", "desk/", "desk/A7K2M9/", "desk", "control/findings/", "control//findings/", "mapit/areas/1,2.geojson", "mapit/",
    "mapit/x/y/z", "open311/v2/requests.json", "open311/test/v2/requests/1.xml", "open311/", "ogc/api", "ogc/x/y",
    "tiles/incidents/1/2/3.json", "tiles/areas/1/2/3.mvt", "data/incidents.csv", "healthz", "healthz/", "nothing/",
    "sitemap.xml", "sitemap/pages.xml", ".well-known/security.txt", "deskx/", "i/2026-1/map.png",
]  # fmt: skip


def resolver_of(patterns):
    return URLResolver(RegexPattern(r"^"), patterns)


def find(resolver, path):
    try:
        match = resolver.resolve(path)
    except Resolver404:
        return None
    return match.func, match.args, match.kwargs, match.url_name, match.route.replace("^", "")


@pytest.mark.parametrize("path", ASKED)
def test_a_grouped_address_is_found_as_before(path):
    assert find(resolver_of(group_by_first_part(ALL)), path) == find(resolver_of(ALL), path)


def test_an_address_is_compared_with_its_group_only():
    groups = group_by_first_part(ALL)
    assert len(groups) < len(ALL) / 4
    names = [pattern.name for part in groups for pattern in getattr(part, "url_patterns", [part])]
    assert sorted(map(str, names)) == sorted(str(pattern.name) for pattern in ALL)


@pytest.mark.parametrize("beginning", [path("<slug:any>/x/", page_not_found), re_path("^(?P<any>.*)$", page_not_found)])
def test_an_address_that_begins_with_anything_is_refused(beginning):
    with pytest.raises(ValueError, match="begins with no words"):
        group_by_first_part([beginning])
