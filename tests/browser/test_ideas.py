"""Test an idea from its form to the answer, at both widths, in both languages and themes."""

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from incidents.ideas import supporting
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea
from incidents.ideas.steps import move
from incidents.models import Idea, Membership
from incidents.reporting.sender import Sender
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser

PAGES = {
    "list": "/ideas/",
    "page": "/ideas/{}/",
    "form": "/ideas/new/",
    "sent": "/ideas/sent/?number=7",
    "code": "/ideas/code/",
}


@pytest.fixture
def idea(town):
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    incoming = IncomingIdea(
        "Trồng lại cây bóng mát dọc đường Tú Xương", "Mùa khô không có bóng râm.", Person("email", "a@example.org"),
        area=town.old,
    )  # fmt: skip
    idea = receive_idea(incoming, Sender(network="203.0.113.9"))
    move(idea, "publish", by=dispatcher)
    move(idea, "study", by=dispatcher, note="Trồng được ở 31 ô.")
    supporting.support(idea, Person("email", "b@example.org"), network="n", area=town.old, at=now())
    return idea


@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "vi", "light"), (390, "en", "dark"), (1440, "vi", "dark"), (1440, "en", "light")],
)
def test_pages_of_ideas_are_whole(idea, visitor, width, language, theme):
    page = visitor(width, language=language, color_scheme=theme)
    for name, path in PAGES.items():
        page.goto(path.format(idea.pk))
        expect(page.locator("h1")).to_be_visible()
        shoot(page, f"idea-{name}-{theme}")
        assert (name, axe_findings(page), too_narrow(page)) == (name, [], [])


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_what_is_wrong_and_what_is_alike_is_said_whole(idea, visitor, width, theme):
    page = visitor(width, color_scheme=theme)
    page.goto("/ideas/new/")
    page.locator("main .button.primary").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    visitor.complaints.clear()  # the browser reports the refusal (400) as an error
    shoot(page, f"idea-faults-{theme}")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.goto(f"/following/?what=idea&idea={idea.pk}")
    expect(page.locator("input[name=what][value=idea]")).to_be_checked()
    assert (axe_findings(page), too_narrow(page)) == ([], [])


def test_desk_answers_and_everybody_reads_it(idea, visitor):
    desk, page = visitor(1440, user=idea.lines.filter(kind="published").get().by), visitor(390)
    desk.goto(f"/enquiries/ideas/{idea.pk}/")
    shoot(desk, "idea-desk")
    assert (axe_findings(desk), too_narrow(desk)) == ([], [])
    desk.locator("summary", has_text="Không làm").click()
    desk.locator("#note-decline").fill("Dải giữa chỉ rộng 0,9 m.")
    desk.locator("details[open] button").click()
    expect(desk.get_by_text("Không có gì đang chờ.")).to_be_visible()
    page.goto(f"/ideas/{idea.pk}/")
    expect(page.locator(".reasoned").first).to_contain_text("Dải giữa chỉ rộng 0,9 m.")


@pytest.mark.parametrize("width", [390, 1440])
def test_idea_with_a_place_is_a_link_on_the_map(idea, town, visitor, width):
    Idea.objects.filter(pk=idea.pk).update(place=town.old.shape.point_on_surface)
    page = visitor(width)
    page.goto("/ideas/")
    page.locator("#ideas-map").scroll_into_view_if_needed()
    expect(page.locator("#ideas-map a.idea-pin")).to_have_accessible_name(idea.title)
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.locator("#ideas-map a.idea-pin").click()
    page.locator("#ideas-map").scroll_into_view_if_needed()
    expect(page.locator("#ideas-map span.idea-pin")).to_be_visible()
    assert (axe_findings(page), too_narrow(page)) == ([], [])
