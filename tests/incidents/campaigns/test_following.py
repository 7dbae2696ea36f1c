"""Followers of a campaign: how one begins, and what a published version tells them."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents.announcements import following
from incidents.campaigns import notices
from incidents.models import CampaignVersion, Follow, Notice
from tests import factories
from tests.incidents.campaigns.test_publishing import act, begin, people

__all__ = ["people"]  # a fixture
pytestmark = pytest.mark.django_db
EMAIL = "mai@example.org"


def follow_campaign(client, slug="drains", language="vi"):
    client.cookies["django_language"] = language
    answer = client.post("/following/", {"what": "campaign", "campaign": slug, "way": "contact", "contact": EMAIL})
    assert answer.status_code == 303
    follow = Follow.objects.latest("pk")
    following.confirm_follow(follow)
    return follow


def publish(people, **changed):
    version = begin(people["officer"], campaign="drains")
    act(people["officer"], version, **version.content | changed)
    act(people["officer"], version, "propose")
    act(people["leader"], version, "publish")
    return version


def run_jobs():
    jobs = ProcrastinateJob.objects.filter(task_name="incidents.tell_campaign").order_by("pk")
    return [notices.tell_followers(**job.args) for job in jobs]


@pytest.fixture
def campaign(town):
    row = factories.campaign(authority=town.office)
    row.categories.set([town.hole])
    return row


def test_campaign_is_followed_from_its_page(client, campaign):
    link = "/following/?what=campaign&amp;campaign=drains"
    assert link in client.get("/campaigns/drains/").text
    assert campaign.title in client.get("/following/?campaign=drains").text
    follow = follow_campaign(client)
    page = client.get(f"/following/{follow.token}/")
    assert (follow.campaign, page.context["there"], page.context["title"]) == (
        campaign, "/campaigns/drains/", "Chống ngập mùa mưa",
    )  # fmt: skip
    assert "Chống ngập mùa mưa" in client.get("/mine/").text


@pytest.mark.parametrize("slug", ["", "no-such", "x\0", "draft", "'"])
def test_no_other_campaign_is_followed(client, campaign, slug):
    factories.campaign("draft", state="draft", title="Bí mật")
    sent = {"what": "campaign", "campaign": slug, "way": "contact", "contact": EMAIL}
    assert (client.post("/following/", sent).status_code, Follow.objects.count()) == (400, 0)
    assert "Bí mật" not in client.get("/following/", {"campaign": slug}).text


@pytest.mark.parametrize(
    ("language", "changed", "sentence"),
    [
        ("vi", {"due_on": "2031-06-30"}, "Hạn chót nay là 30/06/2031."),
        ("en", {"due_on": "2031-06-30", "promised": "1200"},
         "The last day is 30/06/2031 now. The promise is 1,200 drains cleared now."),
        ("en", {"done_by_hand": "3", "done_on": "2026-12-01", "done_source": "Sở"}, "Done so far: 3 drains cleared."),
        ("vi", {"why_late": "Mưa trái mùa."}, "Mưa trái mùa."),
    ],
)  # fmt: skip
def test_followers_hear_once_what_the_promise_has_become(client, campaign, people, language, changed, sentence):
    follow_campaign(client, language=language)
    version = publish(people, **changed)
    counts = [len(run_jobs()[0]) for _twice in range(2)]
    notice = Notice.objects.get(cause=f"campaign-followed:{version.pk}")
    assert (counts, notice.address, notice.template) == ([1, 0], EMAIL, "follow_news")
    assert (sentence in notice.text, "/campaigns/drains/" in notice.text) == (True, True)


def test_other_words_and_ended_follows_tell_nothing(client, campaign, people):
    follow = follow_campaign(client)
    publish(people, text="Khơi thông cống, hẻm.")
    assert ProcrastinateJob.objects.filter(task_name="incidents.tell_campaign").count() == 0
    following.end_follow(follow)
    publish(people, promised="9")
    assert run_jobs() == [[]]


def test_withdrawn_campaign_tells_nothing(client, campaign, people):
    follow_campaign(client)
    version = publish(people, promised="9")
    act(people["leader"], version, "withdraw", note="Sai")
    assert (CampaignVersion.objects.get(pk=version.pk).state, run_jobs()) == ("withdrawn", [[]])
