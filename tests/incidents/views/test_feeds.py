"""Test feeds of a ward, a field, an authority and an incident: public text only, paged, with conditional GET."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils.timezone import now

from incidents import timeline, workflow
from incidents.disclosure import publishing
from incidents.models import Incident
from incidents.views.api import feeds
from tests import factories

NAMES = {"a": "http://www.w3.org/2005/Atom", "georss": "http://www.georss.org/georss"}


@pytest.fixture
def ask(client):
    def answer(path, status=200, **query):
        response = client.get(f"/feeds/{path}.atom", {"lang": "en"} | query)
        assert response.status_code == status, response.content
        return ElementTree.fromstring(response.content) if status == 200 else response

    return answer


def texts(root, path):
    return [element.text for element in root.findall(path, NAMES)]


def links(root):
    return {element.get("rel"): element.get("href") for element in root.findall("a:link", NAMES)}


def test_feed_tells_what_everybody_may_read(ask, town, settings):
    settings.SITE_URL = "https://city.example"
    incident = factories.incident(town.hole, text="Deep <b>hole</b>, call 0901234567")
    factories.change(factories.incident(town.hole), published=False)
    root = ask("all")
    assert texts(root, "a:entry/a:id") == [f"https://city.example/i/{incident.reference}/"]
    assert texts(root, "a:entry/georss:point") == ["50.005000 10.005000"]
    (summary,) = texts(root, "a:entry/a:summary")
    assert summary.splitlines()[0] == incident.text
    assert "0901234567" not in summary
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("areas/001", ["old"]),
        ("areas/002", ["new"]),
        ("categories/ST.1", ["old", "new"]),
        ("categories/{group}", ["old", "new"]),
        ("categories/WA.1", []),
        ("authorities/{office}", ["old"]),
        ("authorities/{water}", []),
    ],
)
def test_feed_is_of_its_ward_its_field_or_its_authority(ask, town, path, expected):
    old = factories.incident(town.hole)
    new = factories.incident(town.hole, factories.IN_NEW)
    names = {"group": town.hole.parent.code, "office": town.office.code, "water": town.water.code}
    names_of = {old.reference: "old", new.reference: "new"}
    listed = [
        names_of[entry_id.rstrip("/").rpartition("/")[2]]
        for entry_id in texts(ask(path.format(**names)), "a:entry/a:id")
    ]
    assert sorted(listed) == sorted(expected)


@pytest.mark.parametrize("path", ["areas/none", "categories/none", "authorities/none", "incidents/none"])
def test_feed_of_nothing_is_not_there(ask, town, path):
    ask(path, 404)


def test_restricted_and_old_ones_are_in_no_feed(ask, town):
    factories.published_before(town.secret)
    old = factories.incident(town.hole)
    Incident.objects.filter(pk=old.pk).update(received_at=now() - timedelta(days=91))
    assert texts(ask("all"), "a:entry/a:id") == []


def test_pages_lead_through_all_and_miss_none(ask, client, town, monkeypatch):
    monkeypatch.setattr(feeds, "PAGE", 2)
    shown = [factories.incident(town.hole).reference for _n in range(5)]
    Incident.objects.update(received_at=now())  # all at one moment
    listed, root = [], ask("all")
    while True:
        listed += [entry_id.rstrip("/").rpartition("/")[2] for entry_id in texts(root, "a:entry/a:id")]
        if "next" not in links(root):
            break
        root = ElementTree.fromstring(client.get(links(root)["next"]).content)
    assert listed == shown[::-1]
    assert links(root)["first"].endswith("/feeds/all.atom?lang=en")


def test_history_tells_steps_as_they_are_covered_now(ask, town):
    incident = factories.incident(town.hole)
    workflow.move(incident, "accept", note="Mr An will come")
    done = workflow.move(incident, "resolve", note="Mended by Mr An")
    publishing.cover_note(done, "Mended", by=factories.person("covers", town.desk))
    root = ask(f"incidents/{incident.reference}")
    assert "Mended" in texts(root, "a:entry/a:summary")
    assert "Mr An" not in (texts(root, "a:entry/a:summary")[0] or "")
    assert texts(root, "a:entry/a:title")[0].startswith("Resolved by")
    Incident.objects.update(published=False)
    ask(f"incidents/{incident.reference}", 404)


def test_inner_notes_are_in_no_feed(ask, town):
    incident = factories.incident(town.hole)
    before = len(texts(ask(f"incidents/{incident.reference}"), "a:entry/a:id"))
    timeline.record(incident, "note", note="Only for us", public=False)
    assert len(texts(ask(f"incidents/{incident.reference}"), "a:entry/a:id")) == before


def test_what_has_not_changed_is_not_sent_again(client, town):
    factories.incident(town.hole)
    first = client.get("/feeds/all.atom")
    again = client.get("/feeds/all.atom", headers={"If-None-Match": first["ETag"]})
    since = client.get("/feeds/all.atom", headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, since.status_code) == (304, 304)
    factories.incident(town.hole)
    assert client.get("/feeds/all.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("query", [{"lang": "xx"}, {"after": "x"}, {"after": "2026-01-01T00:00:00+07:00_x"}])
def test_bad_questions_are_told_what_is_wrong(ask, town, query):
    assert ask("all", 400, **query).json()["code"] == 400


def test_letters_that_xml_does_not_have_are_left_out(ask, town):
    incident = factories.incident(town.hole)
    Incident.objects.filter(pk=incident.pk).update(text="a\x0bb\ufffec")
    assert texts(ask("all"), "a:entry/a:summary")[0].startswith("abc\n")


def test_pages_name_their_feeds(client, town):
    incident = factories.incident(town.hole)
    page = client.get(f"/i/{incident.reference}/").content.decode()
    for path in (f"incidents/{incident.reference}", "areas/001", "categories/ST.1", f"authorities/{town.office.code}"):
        assert f'href="/feeds/{path}.atom"' in page
    assert 'href="/feeds/all.atom"' in client.get("/").content.decode()
