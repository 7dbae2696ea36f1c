"""What becomes public and when; what people take back or cover; what is never shown."""

import io

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from incidents import photos, workflow
from incidents.disclosure import publishing
from incidents.models import Category, CoveredNote, Incident, Membership, Photo
from tests import factories

PUBLISH = Category.Publish


def becomes(category, moment):
    Category.objects.filter(pk=category.pk).update(publish=moment)
    category.refresh_from_db()
    return factories.incident(category)


@pytest.mark.parametrize(
    ("moment", "at_once", "accepted"),
    [
        (PUBLISH.AT_ONCE, True, True),
        (PUBLISH.ACCEPTED, False, True),
        (PUBLISH.CHECKED, False, False),
        (PUBLISH.NEVER, False, False),
    ],
)
def test_a_category_says_when_its_incidents_become_public(town, officer, client, moment, at_once, accepted):
    incident = becomes(town.hole, moment)
    seen = [client.get(f"/i/{incident.reference}/").status_code == 200]
    workflow.move(incident, "accept", by=officer)
    seen.append(client.get(f"/i/{incident.reference}/").status_code == 200)
    assert seen == [at_once, accepted]


def test_hidden_incident_stays_hidden_when_accepted(town, officer):
    incident = becomes(town.hole, PUBLISH.ACCEPTED)
    publishing.release_incident(incident, by=officer)
    publishing.hide_incident(incident, by=officer, note="Có tên người")
    workflow.move(incident, "accept", by=officer)
    assert incident.published is False


@pytest.mark.parametrize("change", [{"restricted": True}, {"publish": PUBLISH.NEVER}])
def test_what_is_never_public_the_database_keeps_back(town, officer, change):
    Category.objects.filter(pk=town.hole.pk).update(**change)
    town.hole.refresh_from_db()
    incident = factories.incident(town.hole)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(published=True)
    with pytest.raises(publishing.PublishingRefused):
        publishing.release_incident(incident, by=officer)
    assert Incident.objects.get().published is False


def test_category_made_restricted_withdraws_its_incidents(town):
    shown = [factories.incident(town.hole) for _n in range(2)]
    other = factories.incident(town.waste)
    Category.objects.filter(pk=town.hole.pk).update(restricted=True)
    assert publishing.withdraw_category(town.hole) == 2
    assert list(Incident.objects.filter(published=True)) == [other]
    assert [incident.timeline.last().kind for incident in shown] == ["hidden", "hidden"]


def test_hidden_with_a_reason_it_is_gone_and_shown_it_is_back(incident, officer, client):
    client.force_login(officer)
    page = f"/desk/{incident.reference}/public/"
    assert client.post(page, {"do": "hide", "note": ""}).status_code == 400
    client.post(page, {"do": "hide", "note": "Có tên người"})
    assert (client.get(f"/i/{incident.reference}/").status_code, incident.timeline.last().kind) == (404, "hidden")
    client.post(page, {"do": "release"})
    assert (client.get(f"/i/{incident.reference}/").status_code, incident.timeline.last().public) == (200, False)


def test_public_reads_covered_words_and_the_original_is_kept(town, officer, client):
    incident = factories.incident(town.hole, text="Ổ gà trước nhà ông Ba")
    workflow.move(incident, "resolve", by=officer, note="Đã vá, cảm ơn ông Ba")
    result = incident.timeline.last()
    client.force_login(officer)
    page = f"/desk/{incident.reference}/public/"
    client.post(page, {"do": "words", "text": "Ổ gà trước một ngôi nhà"})
    client.post(page, {"do": "note", "event": result.pk, "text": "Đã vá"})
    client.logout()
    shown = client.get(f"/i/{incident.reference}/").content.decode()
    assert ("ông Ba" in shown, "Ổ gà trước một ngôi nhà" in shown, "Đã vá" in shown) == (False, True, True)
    result.refresh_from_db()
    assert (incident.reports.get().text, result.note) == ("Ổ gà trước nhà ông Ba", "Đã vá, cảm ơn ông Ba")
    assert CoveredNote.objects.count() == 2


def test_a_line_of_another_incident_is_not_found(town, incident, officer, client):
    other = factories.incident(town.leak)
    client.force_login(officer)
    line = other.timeline.first()
    fields = {"do": "note", "event": line.pk, "text": "x"}
    assert client.post(f"/desk/{incident.reference}/public/", fields).status_code == 404
    assert client.post(f"/desk/{incident.reference}/public/", fields | {"event": "9" * 40}).status_code == 404
    assert client.post(f"/desk/{incident.reference}/public/", {"do": "anything"}).status_code == 404


@pytest.fixture
def photo(town):
    """A photo, left half black with a white face in it, right half white."""
    image = Image.new("RGB", (400, 200), "white")
    image.paste("black", (0, 0, 200, 200))
    image.paste("white", (90, 90, 100, 100))
    out = io.BytesIO()
    image.save(out, "PNG")
    upload = io.BytesIO(out.getvalue())
    upload.size, upload.name = len(out.getvalue()), "x.png"
    incident = factories.incident(town.hole, pictures=[photos.read_photo(upload)])
    return incident.photos.get()


def pixels(response):
    return Image.open(io.BytesIO(response.content)).convert("L")


def test_covered_photo_part_is_hidden_and_unit_keeps_original(photo, officer, outsider, client):
    client.force_login(officer)
    reference = photo.incident.reference
    done = client.post(f"/desk/{reference}/photo/{photo.pk}/", {"parts": "20 40 10 15"})
    assert done.status_code == 302
    client.logout()
    public = pixels(client.get(f"/photo/{photo.pk}/large.jpg"))
    assert max(public.crop((85, 85, 105, 105)).getextrema()) < 250  # the face is grey among black
    assert public.getpixel((300, 100)) > 250
    small = pixels(client.get(f"/photo/{photo.pk}/small.jpg"))
    assert max(small.crop((85, 85, 105, 105)).getextrema()) < 250
    assert client.get(f"/photo/{photo.pk}/original.jpg").status_code == 404
    client.force_login(outsider)
    assert client.get(f"/photo/{photo.pk}/original.jpg").status_code == 404
    client.force_login(officer)
    assert pixels(client.get(f"/photo/{photo.pk}/original.jpg")).getpixel((95, 95)) > 250
    client.post(f"/desk/{reference}/photo/{photo.pk}/", {"parts": ""})
    assert pixels(client.get(f"/photo/{photo.pk}/large.jpg")).getpixel((95, 95)) > 250


def test_covering_leaves_only_shown_files_and_the_original(
    photo, officer, settings, django_capture_on_commit_callbacks
):
    for parts in ([(0.2, 0.4, 0.1, 0.15)], [(0, 0, 0.5, 0.5)], []):
        with django_capture_on_commit_callbacks(execute=True):
            publishing.cover_photo(photo, parts, by=officer)
        photo.refresh_from_db()
        left = {path.relative_to(settings.MEDIA_ROOT).as_posix() for path in settings.MEDIA_ROOT.rglob("*.jpg")}
        assert left == {photo.picture.name, photo.small.name, photo.original.name}


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ("20 40 10", "Phần 1: hãy ghi bốn số"),
        ("a b c d", "Phần 1: hãy ghi bốn số"),
        ("10 10 10 10\n90 10 20 10", "Phần 2 nằm ngoài ảnh."),
        ("nan nan nan nan", "Phần 1 nằm ngoài ảnh."),
        ("-1 0 10 10", "Phần 1 nằm ngoài ảnh."),
        ("0 0 0 10", "Phần 1 nằm ngoài ảnh."),
        ("1 1 1 1\n" * 21, "Tối đa 20 phần."),
    ],
)
def test_parts_that_are_none_are_refused_with_a_sentence(photo, officer, client, parts, fault):
    client.force_login(officer)
    answer = client.post(f"/desk/{photo.incident.reference}/photo/{photo.pk}/", {"parts": parts})
    assert (answer.status_code, fault in answer.content.decode()) == (400, True)
    assert Photo.objects.get().original == ""


def test_only_unit_and_dispatcher_open_the_publishing_page(town, incident, officer, outsider, operator, client):
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    supervisor = factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR)
    statuses = {}
    for person in (officer, dispatcher, outsider, operator, supervisor):
        client.force_login(person)
        statuses[person.username] = client.get(f"/desk/{incident.reference}/public/").status_code
    assert statuses == {"officer": 200, "dispatcher": 200, "outsider": 404, "operator": 404, "supervisor": 404}
