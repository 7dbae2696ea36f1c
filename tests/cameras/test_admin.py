"""Test cameras in the administration site: sources, rows and views, validated as everywhere."""

import pytest

from cameras.models import Camera, Source, View
from cameras.register.fields_of_view import update_view
from incidents.models import Membership
from tests import factories
from tests.cameras.conftest import camera


@pytest.fixture
def as_chief(client, town):
    client.force_login(factories.person("chief", town.desk, Membership.Role.ADMIN))
    return client


SOURCE = {"code": "port", "name": "Port office", "owner": "", "networks": "10.20.0.0/16,fd00::/8", "at_once": "4",
          "quickest_s": "10"}  # fmt: skip
ROW = {"code": "A1", "name": "Pier", "road": "", "place_lat": "50.006", "place_lon": "10.007", "height_m": "",
       "source": "", "kind": "jpeg", "url": "http://camera.example/1.jpg", "period_s": "30",
       "active": "on", "views-TOTAL_FORMS": "0", "views-INITIAL_FORMS": "0"}  # fmt: skip


def test_a_source_and_its_networks(as_chief):
    answer = as_chief.post("/admin/cameras/source/add/", SOURCE | {"networks": "10.20.0.0/40, port"})
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["networks"])
    assert as_chief.post("/admin/cameras/source/add/", SOURCE).status_code == 302
    assert Source.objects.get().networks == ["10.20.0.0/16", "fd00::/8"]


def test_a_row_takes_its_view_along_and_its_address_is_judged(as_chief):
    row = camera("A1")
    view = update_view(View(camera=row), bearing_deg=90, angle_deg=60, range_m=100)
    address = f"/admin/cameras/camera/{row.pk}/change/"
    answer = as_chief.post(address, ROW | {"url": "http://127.0.0.1/"})
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["url"])
    assert as_chief.post(address, ROW).status_code == 302
    row.refresh_from_db()
    view.refresh_from_db()
    assert (row.name, row.place.coords) == ("Pier", (10.007, 50.006))
    assert view.footprint.covers(factories.place_ahead(row.place, 90, 50))
    page = as_chief.get(address).content.decode()
    assert 'href="/cameras/A1/"' in page


def test_views_are_looked_at_and_changed_on_their_page(as_chief):
    view = update_view(View(camera=camera("A1")), bearing_deg=90, angle_deg=60, range_m=100)
    blank = View.objects.create(camera=camera("A2"))
    for row in (view, blank):
        page = as_chief.get(f"/admin/cameras/view/{row.pk}/change/")
        assert page.status_code == 200
        assert f"/cameras/{row.camera.code}/?view={row.pk}" in page.content.decode()
    assert as_chief.get("/admin/cameras/view/").status_code == 200
    assert as_chief.get("/admin/cameras/view/add/").status_code == 403
    assert Camera.objects.count() == 2
