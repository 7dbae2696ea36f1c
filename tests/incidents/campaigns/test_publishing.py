"""How campaigns are written: a draft of one person, a second person's yes, and who may do what."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import now

from incidents import access
from incidents.campaigns import publishing
from incidents.models import Campaign, CampaignVersion, Membership
from tests import factories

pytestmark = pytest.mark.django_db
ROLE = Membership.Role
WHOLE = {
    "title": "Chống ngập", "title_en": "Dry streets", "text": "Khơi thông cống.", "unit": "hố ga thông",
    "promised": "200", "starts_on": "2026-01-01", "due_on": "2026-04-30", "categories": "ST.1", "areas": "001",
}  # fmt: skip


@pytest.fixture
def people(town):
    return {
        "officer": factories.person("officer", town.office),
        "leader": factories.person("leader", town.office, ROLE.LEADER),
        "other": factories.person("other", town.other, ROLE.LEADER),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
        "operator": factories.person("operator", town.desk, ROLE.OPERATOR),
    }


def client_of(user):
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def act(user, version, step="", **data):
    version.refresh_from_db()
    path = f"/enquiries/campaigns/{version.pk}/" + (f"{step}/" if step else "")
    return client_of(user).post(path, {"edit": version.edit} | data)


def begin(user, **data):
    client_of(user).post("/enquiries/campaigns/", data)
    return CampaignVersion.objects.last()


def test_campaign_is_public_by_a_second_yes(client, town, people):
    version = begin(people["officer"])
    assert act(people["officer"], version, **WHOLE).status_code == 302
    assert act(people["leader"], version, **WHOLE).status_code == 409  # only its writer changes a draft
    assert act(people["officer"], version, "propose").status_code == 302
    page = client_of(people["leader"]).get(f"/enquiries/campaigns/{version.pk}/").text
    assert ["Dry streets" in page, "01/01/2026" in page] == [True, True]  # both languages are agreed to
    assert act(people["officer"], version, "publish").status_code == 400
    assert Campaign.objects.count() == 0
    assert act(people["leader"], version, "return").status_code == 400  # without a reason
    assert act(people["leader"], version, "publish").status_code == 302
    campaign = Campaign.objects.public().get()
    assert (campaign.slug, campaign.promised, campaign.authority) == ("chong-ngap", 200, town.office)
    assert (list(campaign.categories.all()), list(campaign.areas.all())) == ([town.hole], [town.old])
    assert client.get("/campaigns/chong-ngap/").status_code == 200
    assert act(people["leader"], version, "withdraw", note="Sai").status_code == 302
    assert client.get("/campaigns/chong-ngap/").status_code == 404


def test_change_of_a_campaign_waits_for_a_second_person(town, people):
    campaign = factories.campaign(authority=town.office)
    campaign.categories.set([town.hole])
    version = begin(people["officer"], campaign="drains")
    assert (version.content["promised"], version.content["categories"]) == ("4", "ST.1")
    act(people["officer"], version, **version.content | {"promised": "9"})
    act(people["officer"], version, "propose")
    assert Campaign.objects.get().promised == 4
    act(people["leader"], version, "publish")
    assert Campaign.objects.get().promised == 9


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"due_on": "2025-01-01"}, 302), ({"promised": ""}, 302), ({"categories": ""}, 302), ({"done_by_hand": "3"}, 302),
     ({"promised": "0"}, 400), ({"categories": "XY"}, 400), ({"areas": "999"}, 400), ({"answers": "none"}, 400)],
)  # fmt: skip
def test_what_is_not_whole_is_not_handed_in(town, people, wrong, status):
    version = begin(people["officer"])
    assert act(people["officer"], version, **WHOLE | wrong).status_code == status
    assert act(people["officer"], version, "propose").status_code == 400


def test_rights_follow_the_table(town, people):
    version = begin(people["officer"])
    act(people["officer"], version, **WHOLE)
    act(people["officer"], version, "propose")
    version.refresh_from_db()
    may = {name: [right for right in access.CAMPAIGN_VERSIONS if publishing.may_do(user, right, version)]
           for name, user in people.items()}  # fmt: skip
    assert may == {
        "officer": ["write"], "leader": ["approve"], "other": [], "dispatcher": ["approve"], "operator": [],
    }  # fmt: skip
    assert act(people["other"], version, "publish").status_code == 404
    assert client_of(people["operator"]).get("/enquiries/campaigns/").status_code == 404


def test_database_refuses_ones_own_yes(town, people):
    version = begin(people["officer"])
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignVersion.objects.filter(pk=version.pk).update(
            state="published", campaign=factories.campaign(), decided_by=people["officer"], decided_at=now()
        )


def test_second_person_sees_what_a_change_alters(town, people):
    campaign = factories.campaign(authority=town.office)
    campaign.categories.set([town.hole])
    version = begin(people["officer"], campaign="drains")
    act(people["officer"], version, **version.content | {"promised": "9"})
    version.refresh_from_db()
    assert publishing.changes_of(version) == [("promised", "4", "9")]
    page = client_of(people["leader"]).get(f"/enquiries/campaigns/{version.pk}/").text
    assert ("<del>4</del>" in page, "<ins>9</ins>" in page) == (True, True)


def test_faulty_form_does_not_overwrite_a_later_change(town, people):
    version = begin(people["officer"])
    act(people["officer"], version, **WHOLE)  # in another window, after the form below was read
    faulty = act(people["officer"], version, **WHOLE | {"edit": 1, "promised": "0"})
    assert (faulty.status_code, 'name="edit" value="1"' in faulty.text) == (400, True)
    assert "data-bold" not in faulty.text  # these texts have no marks
    assert "How many are promised: Ensure this value is greater than or equal to 1." in faulty.text
    assert act(people["officer"], version, **WHOLE | {"edit": 1, "promised": "7"}).status_code == 409
    version.refresh_from_db()
    assert version.content["promised"] == "200"
