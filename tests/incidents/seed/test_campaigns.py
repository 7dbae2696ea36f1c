"""What a pack says in information/campaigns.csv becomes campaigns, and what is wrong in it is named."""

import pytest
from django.utils.timezone import now

from gis_data.pack import InvalidData
from incidents.models import Campaign, CampaignVersion
from incidents.seed import information
from tests import factories

COLUMNS = [name for columns in information.TABLES[information.CAMPAIGNS] for name in columns]


def tables(**cells):
    usual = {
        "slug": "drains", "title": "Chống ngập", "title_en": "Dry streets", "text": "Khơi thông cống.",
        "promised": "200", "unit": "hố ga thông", "starts_on": "2026-01-01", "due_on": "2026-04-30",
        "authority": "old", "categories": "ST.1|WA", "areas": "001", "answers": "birth", "words": "ngập nước|triều",
        "line": 2,
    }  # fmt: skip
    return {
        information.CAMPAIGNS: [dict.fromkeys(COLUMNS, "") | usual | cells],
        "categories.csv": [{"code": "ST.1"}, {"code": "WA"}],
        "authorities.csv": [{"code": "old"}],
        information.ANSWERS: [{"slug": "birth"}],
    }


def test_campaign_of_a_pack_is_public(town):
    factories.answer()
    for number in ("150", "200"):  # the file is loaded again
        rows = tables(promised=number)
        assert information.faults_of_campaigns(rows) == []
        information.load_campaigns(rows[information.CAMPAIGNS])
    campaign = Campaign.objects.public().get()
    assert (campaign.promised, campaign.words, campaign.authority) == (200, "ngập nước\ntriều", town.office)
    assert set(campaign.categories.all()) == {town.hole, town.pipes}
    assert (list(campaign.areas.all()), [page.slug for page in campaign.answers.all()]) == ([town.old], ["birth"])


def test_number_by_hand_comes_from_the_file(town):
    information.load_campaigns(tables(categories="", done="12", done_on="2026-02-01", done_source="Báo cáo")[
        information.CAMPAIGNS])  # fmt: skip
    campaign = Campaign.objects.get()
    assert (campaign.done_by_hand, f"{campaign.done_on:%d/%m/%Y}", campaign.done_source) == (
        12,
        "01/02/2026",
        "Báo cáo",
    )


def test_campaign_that_people_changed_stays(town):
    information.load_campaigns(tables()[information.CAMPAIGNS])
    campaign = Campaign.objects.get()
    CampaignVersion.objects.create(
        campaign=campaign, authority=town.office, content={}, state="published", by=factories.person("writer"),
        decided_by=factories.person("second"), decided_at=now(),
    )  # fmt: skip
    information.load_campaigns(tables(promised="999")[information.CAMPAIGNS])
    assert Campaign.objects.get().promised == 200


def test_area_that_is_not_there_is_named(town):
    with pytest.raises(InvalidData, match="line 2: there is no area 999"):
        information.load_campaigns(tables(areas="999")[information.CAMPAIGNS])


@pytest.mark.parametrize(("cells", "fault"), [
    ({"title": ""}, "title is empty."),
    ({"unit": "x" * 61}, "unit is longer than 60 characters."),
    ({"promised": "many"}, "promised 'many' is no number above 0."),
    ({"promised": "0"}, "promised '0' is no number above 0."),
    ({"due_on": "30/04/2026"}, "'30/04/2026' is no day as 2026-12-31."),
    ({"due_on": "2025-12-31"}, "due_on is before starts_on."),
    ({"done": "3"}, "done, done_on and done_source are given together."),
    ({"categories": ""}, "it has neither categories to count nor a number done."),
    ({"categories": "XY"}, "there is no XY in categories.csv."),
    ({"authority": "nobody"}, "there is no nobody in authorities.csv."),
    ({"answers": "death"}, "there is no death in information/answers.csv."),
    ({"proven": "perhaps"}, "proven must be yes or empty."),
])  # fmt: skip
def test_fault_of_a_campaign_is_named_with_its_line(cells, fault):
    faults = information.faults_of_campaigns(tables(**cells))
    assert faults == [f"information/campaigns.csv line 2: {fault}"]
