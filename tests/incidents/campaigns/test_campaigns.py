"""Campaigns: what counts for the promise, how it stands, and what its page, the box and the site map say."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.utils.html import strip_tags
from django.utils.timezone import localdate, now

from incidents import timeline
from incidents.campaigns.finding import find_campaigns
from incidents.campaigns.progress import CampaignProgress, Standing, read_progress
from incidents.models import Campaign, Event, Incident, Proof
from incidents.proofs import store_proof
from tests import factories

TODAY, DAY = localdate, timedelta(days=1)


def close_incident(category, place=factories.IN_OLD, *, ago=DAY):
    incident = factories.incident(category, place)
    return factories.change(incident, state=Incident.State.CLOSED, closed_at=now() - ago) or incident


def text_of(response):
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def test_incidents_of_its_kinds_places_and_days_count(town):
    campaign = factories.campaign(starts_on=TODAY() - 10 * DAY, due_on=TODAY() - 2 * DAY)
    campaign.categories.set([town.hole])
    close_incident(town.hole, ago=3 * DAY)
    close_incident(town.hole, ago=30 * DAY)  # before its days
    close_incident(town.hole, ago=timedelta(hours=1))  # after the last one
    close_incident(town.hole, factories.IN_NEW, ago=4 * DAY)
    close_incident(town.waste, ago=3 * DAY)
    factories.incident(town.hole)
    factories.change(factories.incident(town.hole), received_at=now() - 30 * DAY)  # done, it will count
    progress = read_progress(campaign)
    assert (progress.done, progress.done_in_time, progress.open) == (3, 2, 2)
    campaign.areas.set([town.old])
    assert read_progress(campaign).done == 2
    campaign.categories.set([town.streets])  # the group
    assert read_progress(campaign).done == 3


def test_only_proven_results_count_where_that_is_promised(town):
    campaign = factories.campaign(only_proven=True)
    campaign.categories.set([town.hole])
    first = close_incident(town.hole)
    close_incident(town.hole)
    store_proof(first, timeline.record(first, Event.Kind.RESOLVED), Proof.How.PHOTO)
    assert read_progress(campaign).done == 1


def test_hidden_incidents_do_not_count(town):
    campaign = factories.campaign()
    campaign.categories.set([town.secret])
    close_incident(town.secret)
    assert read_progress(campaign).done == 0


@pytest.mark.parametrize(
    ("counted", "in_time", "begins", "ends", "standing"),
    [
        (0, 0, 1, 9, Standing.AHEAD),
        (3, 3, -9, 0, Standing.RUNNING),
        (4, 4, -9, 0, Standing.KEPT),
        (4, 4, -9, -1, Standing.KEPT),
        (3, 3, -9, -1, Standing.LATE),
        (5, 3, -9, -1, Standing.KEPT_LATE),
    ],
)
def test_promise_stands_as_its_table_says(counted, in_time, begins, ends, standing):
    today = TODAY()
    progress = CampaignProgress(4, today + begins * DAY, today + ends * DAY, counted, in_time, today=today)
    assert progress.standing == standing


def test_number_by_hand_tells_its_day_and_source(client, town):
    factories.campaign(
        done_by_hand=3, done_on=TODAY(), done_source="Báo cáo số 12", done_source_en="Report number 12"
    )  # fmt: skip
    page = text_of(client.get("/campaigns/drains/", HTTP_ACCEPT_LANGUAGE="en"))
    assert "Done so far: 3 . Under way, 1 to do" in page
    assert f"Stated on {TODAY():%d/%m/%Y} Source Report number 12" in page


@pytest.mark.parametrize(
    "wrong",
    [{"done_by_hand": 3}, {"done_by_hand": 3, "done_on": "2026-01-01"}, {"promised": 0}, {"due_on": "2000-01-01"},
     {"unit": ""}],
)  # fmt: skip
def test_database_refuses_what_is_no_promise(town, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.campaign(**wrong)


def test_late_promise_says_so_and_why(client, town):
    campaign = factories.campaign(
        due_on=TODAY() - 12 * DAY, why_late="Chờ máy bơm.", why_late_en="Pumps are awaited; two are hired."
    )
    campaign.categories.set([town.hole])
    campaign.answers.set([factories.answer()])
    incident = close_incident(town.hole)
    response = client.get("/campaigns/drains/", HTTP_ACCEPT_LANGUAGE="en")
    page = text_of(response)
    assert "Duty Desk promises 4 drains cleared" in page
    assert "12 days late, 3 missing Pumps are awaited; two are hired." in page
    links = set(re.findall(r'href="(/(?:answers|i)/[^"]+)"', response.content.decode()))
    assert links >= {"/answers/birth/", f"/i/{incident.reference}/"}
    mapped = f"/?state=all&amp;category=ST.1&amp;from={campaign.starts_on.isoformat()}"
    assert mapped in response.content.decode()
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL)[1])
    assert (data["@type"], data["name"]) == ("Project", "Dry streets")


def test_draft_is_read_by_nobody(client, town):
    factories.campaign(state=Campaign.State.DRAFT)
    assert client.get("/campaigns/drains/").status_code == 404
    assert "drains" not in client.get("/campaigns/").text
    assert "/campaigns/drains/" not in client.get("/sitemap/pages.xml").text
    assert find_campaigns(["chong", "ngap"]) == []


def test_box_and_site_map_lead_to_it(client, town):
    factories.campaign()
    assert "/campaigns/drains/" in client.get("/sitemap/pages.xml").text
    assert 'href="/campaigns/drains/"' in client.get("/box/groups/", {"q": "chống ngập mùa"}).text
    assert 'href="/campaigns/drains/"' not in client.get("/box/groups/", {"q": "chống trộm"}).text
    assert 'href="/campaigns/"' in client.get("/status/").text


def test_its_map_holds_open_and_done_of_its_days(client, town):
    campaign = factories.campaign(starts_on=TODAY() - 10 * DAY)
    campaign.categories.set([town.hole])
    done, still_open = close_incident(town.hole), factories.incident(town.hole)
    close_incident(town.hole, ago=30 * DAY)  # before its days
    factories.incident(town.waste)
    assert pins_of(client) == [still_open.reference, done.reference]


def test_map_that_leaves_some_out_says_so(client, town, monkeypatch):
    factories.campaign().categories.set([town.hole])
    factories.incident(town.hole)
    done = close_incident(town.hole)
    for module in ("campaigns.progress", "views.public.campaigns"):
        monkeypatch.setattr(f"incidents.{module}.MAPPED", 1)
    words = "Bản đồ hiện 1 sự cố đang xử lý và 1 sự cố đã xử lý mới nhất."
    assert words not in text_of(client.get("/campaigns/drains/"))
    newest = factories.incident(town.hole)
    assert words in text_of(client.get("/campaigns/drains/"))
    assert pins_of(client) == [newest.reference, done.reference]


def pins_of(client):
    page = client.get("/campaigns/drains/").content.decode()
    return [pin["reference"] for pin in json.loads(unescape(re.search(r'data-pins="([^"]*)"', page)[1]))]
