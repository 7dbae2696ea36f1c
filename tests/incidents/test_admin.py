import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from cameras.models import Camera
from gis_data.models import (
    Area,
    City,
    Edition,
    FormerPart,
    FormerUnit,
    House,
    Junction,
    Landmark,
    Street,
    Succession,
    Upload,
)
from incidents import photos, workflow
from incidents.models import (
    ApiKey,
    Authority,
    Category,
    Event,
    Incident,
    Membership,
    Notice,
    Photo,
    Reform,
    Report,
    User,
)
from tests import factories

OURS = [model for model in admin.site._registry if model._meta.app_label in ("incidents", "gis_data", "cameras")]
# What is looked at only: (may be added, changed, deleted) is False for each.
ONLY_SEEN = {
    Incident, Event, Report, Notice, Reform, Area, City, Street, Succession, Upload, House, Junction, FormerUnit,
}  # fmt: skip


INLINE = re.compile(r"<[^>]+ (?:style|on[a-z]+)=[^>]*>|<style|<script>")
SAME_WORD = {"SMS", "Camera", "camera", "", "-", "Zalo"}  # in both languages


def labels_of(pages):
    """What the columns of a list and the fields of a form are called, in the language that is active."""
    fields = [name for _title, options in pages.fieldsets or () for name in options["fields"]] or pages.fields or ()
    names = [name for name in (*pages.list_display, *fields) if isinstance(name, str) and name != "action_checkbox"]
    of_form = pages.form.declared_fields  # fields that may be none of the model
    return {
        name: str(of_form[name].label if name in of_form else label_for_field(name, pages.model, pages))
        for name in names
    }


def test_every_column_and_field_has_a_name_in_vietnamese():
    same = []
    for pages in admin.site._registry.values():
        with override("vi"):
            ours = labels_of(pages)
        with override("en"):
            theirs = labels_of(pages)
        same += [f"{pages.model._meta.label}.{name}: {label}" for name, label in ours.items()
                 if label == theirs[name] and label not in SAME_WORD]  # fmt: skip
    assert same == []


@pytest.fixture
def everything(town, officer):
    """At least one row of each kind."""
    incident = factories.incident(
        town.hole,
        phone="+84937123216",
        email="an@example.org",
        pictures=[photos.read_photo(SimpleUploadedFile("a.jpg", factories.jpeg()))],
    )
    event = workflow.move(incident, "accept", by=officer)
    Notice.objects.create(event=event, address="an@example.org", subject="Accepted", text="Dear An")
    Camera.objects.create(code="C1", name="Harbour", place=factories.IN_OLD)
    ApiKey.objects.create(name="Partner", sha256="0" * 64)
    places_of_every_kind(town)
    return incident


def places_of_every_kind(town):
    draft = Edition.objects.create(city=town.city, level=3, code="2027", name="2027")
    wharf = factories.area(draft, "001", "Wharf", (10.0, 50.0, 10.02, 50.01))
    Succession.objects.create(old=town.old, new=wharf, km2=0.8, share_old=1, share_new=0.5)
    Upload.objects.create(city=town.city, file="boundaries/a.geojson", name="a.geojson", edition=draft)
    Reform.objects.create(edition=draft, day="2027-01-01")
    Junction.objects.create(city=town.city, one="Harbour Road", other="Mill Lane", point=factories.IN_OLD)
    House.objects.create(city=town.city, number="12/3", street="Harbour Road", point=factories.IN_OLD)
    Landmark.objects.create(city=town.city, kind="market", name="Old Market", point=factories.IN_OLD)
    former = FormerUnit.objects.create(city=town.city, level=3, code="00001", full_name="Ward of the Old Mill")
    FormerPart.objects.create(former=former, area=town.old, how="whole")


@pytest.mark.usual_rows(7)
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_search_and_row_of_the_administration_opens(admin_client, everything, model):
    here = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pages = [admin_client.get(reverse(f"{here}_changelist"), parameters) for parameters in ({}, {"q": "old"})]
    pages += [admin_client.get(reverse(f"{here}_change", args=[row.pk])) for row in model.objects.all()[:2]]
    assert {page.status_code for page in pages} == {200}
    if admin.site._registry[model].has_add_permission(pages[0].wsgi_request):
        pages.append(admin_client.get(reverse(f"{here}_add")))
    # The Content-Security-Policy lets neither styles nor scripts stand in a page.
    assert [INLINE.findall(page.content.decode()) for page in pages] == [[] for _page in pages]
    if model in ONLY_SEEN:
        assert admin_client.get(reverse(f"{here}_add")).status_code == 403
        for row in model.objects.all()[:1]:
            assert admin_client.post(reverse(f"{here}_change", args=[row.pk]), {}).status_code == 403
            assert admin_client.post(reverse(f"{here}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_lists_speak_the_words_of_an_office(admin_client, town):
    """Ours, where Django's Vietnamese is missing or is not what an office writes; targets are no codes."""
    admin_client.cookies["django_language"] = "vi"
    page = admin_client.get("/admin/incidents/category/?all=").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for ours in ("Thao tác:", "Thực hiện", "Danh sách loại việc", "Đăng xuất", "kể cả đêm và ngày nghỉ"):
        assert ours in text, ours
    for theirs in ("Breadcrumbs", "Sidebar", 'alt="Search"', ">4h<", "Hoạt động:", "Đi đến", "Bởi "):
        assert theirs not in page, theirs


@pytest.mark.parametrize("model", [Authority, Area, Category, User], ids=lambda model: model.__name__)
def test_a_field_can_be_filled_by_typing(admin_client, town, model):
    source = "membership" if model is User else "routingrule"
    answer = admin_client.get(
        "/admin/autocomplete/",
        {"term": "a", "app_label": "incidents", "model_name": source, "field_name": model._meta.model_name},
    )
    assert answer.json()["results"]


def test_the_administration_shows_no_reporters_contact(admin_client, everything):
    for model in (Incident, Report, Notice, Event, Photo):
        here = f"admin:incidents_{model._meta.model_name}"
        for address in [
            reverse(f"{here}_changelist"),
            *(reverse(f"{here}_change", args=[row.pk]) for row in model.objects.all()),
        ]:
            page = admin_client.get(address).content.decode()
            assert ("937123216" in page, "an@example.org" in page, "Dear An" in page) == (False, False, False)


def test_a_post_is_given_and_taken_in_the_administration(admin_client, town):
    person = factories.person("new-hand")
    answer = admin_client.post(
        reverse("admin:incidents_membership_add"), {"user": person.pk, "authority": town.office.pk, "role": "officer"}
    )
    assert answer.status_code == 302
    post = Membership.objects.get(user=person)
    admin_client.post(reverse("admin:incidents_membership_delete", args=[post.pk]), {"post": "yes"})
    assert not Membership.objects.filter(user=person).exists()


def test_a_category_is_found_by_its_new_name(admin_client, town):
    fields = {
        "code": "ST.1", "parent": town.streets.pk, "name": "Hố sâu", "name_en": "Crater", "icon": "c-road",
        "position": 0, "accept_within": "4h", "resolve_within": "5wd", "keywords": "", "publish": "at_once",
        "confirm": "code",
    }  # fmt: skip
    address = reverse("admin:incidents_category_change", args=[town.hole.pk])
    assert admin_client.post(address, fields).status_code == 302
    town.hole.refresh_from_db()
    assert (town.hole.search, town.hole.resolve_within) == ("ho sau crater duong pho streets", "5wd")
    assert town.hole.confirm == "code"
    answer = admin_client.post(address, fields | {"resolve_within": "soon"})
    assert answer.status_code == 200
    assert answer.context["errors"]


@pytest.mark.parametrize(("lat", "lon", "saved"), [
    ("50.004", "10.006", True),
    ("", "10.006", False),
    ("50.004", "", False),
    ("north", "10", False),
    ("nan", "10", False),
    ("91", "10", False),
    ("10", "1e9", False),
])  # fmt: skip
def test_a_camera_is_placed_by_two_numbers(admin_client, town, lat, lon, saved):
    fields = {"code": "C9", "name": "Pier", "place_lat": lat, "place_lon": lon, "period_s": 30, "kind": "jpeg"}
    answer = admin_client.post(reverse("admin:cameras_camera_add"), fields)
    assert answer.status_code == (302 if saved else 200)
    assert [(camera.place.y, camera.place.x) for camera in Camera.objects.all()] == (
        [(50.004, 10.006)] if saved else []
    )


def test_administration_changes_name_but_not_days_of_an_edition(admin_client, town):
    edition = Edition.objects.get()
    fields = {"name": "Two wards", "name_en": "", "in_force_0": "2025-08-01", "in_force_1": "", "attribution": ""}
    assert admin_client.post(reverse("admin:gis_data_edition_change", args=[edition.pk]), fields).status_code == 302
    edition.refresh_from_db()
    assert (edition.name, edition.in_force.lower.isoformat()) == ("Two wards", "2025-07-01")


def test_a_landmark_is_added_on_a_map_and_found_without_marks(admin_client, town):
    fields = {"name": "Chợ Cũ", "kind": "market", "point_lat": "50.004", "point_lon": "10.006"}
    assert admin_client.post(reverse("admin:gis_data_landmark_add"), fields).status_code == 302
    landmark = Landmark.objects.get()
    assert (landmark.search, landmark.city, landmark.point.coords) == ("cho cu", town.city, (10.006, 50.004))
    fields["name"] = "Chợ Mới"
    admin_client.post(reverse("admin:gis_data_landmark_change", args=[landmark.pk]), fields)
    landmark.refresh_from_db()
    assert landmark.search == "cho moi"


def test_what_became_of_an_area_is_drawn_over_the_new_one(admin_client, everything):
    succession = Succession.objects.get()
    page = admin_client.get(reverse("admin:gis_data_succession_change", args=[succession.pk])).content.decode()
    assert ('data-shape="{' in page, 'data-under="{' in page) == (True, True)


@pytest.mark.parametrize("address", ["/admin/", "/admin/incidents/incident/", "/admin/incidents/user/add/"])
def test_only_staff_enter_the_administration(client, town, officer, address):
    answer = client.get(address, follow=True)
    assert answer.redirect_chain[-1][0] == f"/sign-in/?next={address}"
    client.force_login(officer)
    assert client.get(address, follow=True).status_code == 404


def test_staff_without_rights_change_nothing(client, town, officer):
    officer.is_staff = True
    officer.save()
    client.force_login(officer)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/incidents/user/").status_code == 403
