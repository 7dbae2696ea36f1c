"""People: days away with a deputy, leaving by a plan, and the administration of who works here."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from incidents import access, workflow
from incidents.casework import assignment, extensions
from incidents.models import Absence, Authority, Directive, Event, Incident, Membership, SavedFilter, User
from incidents.people import offboarding
from tests import factories

DAY = timedelta(days=1)
ROLE = Membership.Role


@pytest.fixture
def chief(town):
    return factories.person("chief", town.desk, ROLE.ADMIN)


@pytest.fixture
def colleague(town, officer):
    return factories.person("colleague", town.office)


def client_of(user):
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


# ---- away ----


def test_who_is_away_says_who_stands_in(officer, colleague, today):
    client = client_of(officer)
    fields = {"starts": f"{today}", "ends": f"{today + 3 * DAY}", "deputy": colleague.pk}
    assert client.post("/people/me/", fields).status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.deputy, absence.starts, absence.ends) == (
        officer, colleague, today, today + 3 * DAY,
    )  # fmt: skip
    page = " ".join(client.get("/people/me/").content.decode().split())
    assert "colleague deputises" in page
    assert "Officer, Old Wharf Office" in page
    assert "officer:" in client_of(colleague).get("/people/me/").content.decode()
    assert client_of(colleague).post(f"/people/me/{absence.pk}/back/").status_code == 404
    assert client.post(f"/people/me/{absence.pk}/back/").status_code == 302
    assert not Absence.objects.exists()


def test_who_comes_back_early_was_away_until_yesterday(officer, colleague, today):
    absence = offboarding.record_absence(officer, colleague, today - 3 * DAY, today + 3 * DAY)
    offboarding.end_absence(absence)
    absence.refresh_from_db()
    assert (absence.starts, absence.ends) == (today - 3 * DAY, today - DAY)


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(("change", "faulty"), [
    ({}, set()),
    ({"starts": ""}, {"starts"}),
    ({"ends": "soon"}, {"ends"}),
    ({"deputy": ""}, {"deputy"}),
    ({"deputy": "outsider"}, {"deputy"}),
    ({"deputy": "officer"}, {"deputy"}),
    ({"deputy": "99999999999999999999"}, {"deputy"}),
    ({"starts": 5, "ends": 2}, {"ends"}),
    ({"starts": -9, "ends": -1}, {"ends"}),
    ({"ends": 400}, {"ends"}),
    ({"starts": "", "ends": "", "deputy": "nobody"}, {"starts", "ends", "deputy"}),
    ({"starts": 11, "ends": 12}, {"starts"}),  # away already
    ({"starts": 21, "ends": 30}, {"deputy"}),  # who stands in is away
])  # fmt: skip
def test_what_is_no_absence_is_said(officer, colleague, outsider, today, change, faulty):
    third = factories.person("third", Authority.objects.get(code="old"))
    offboarding.record_absence(officer, colleague, today + 10 * DAY, today + 12 * DAY)
    offboarding.record_absence(colleague, third, today + 20 * DAY, today + 22 * DAY)
    fields = {"starts": 0, "ends": 2, "deputy": "colleague"} | change
    for key in ("starts", "ends"):
        fields[key] = f"{today + fields[key] * DAY}" if isinstance(fields[key], int) else fields[key]
    if person := User.objects.filter(username=fields["deputy"]).first():
        fields["deputy"] = person.pk
    answer = client_of(officer).post("/people/me/", fields)
    assert answer.status_code == (400 if faulty else 302)
    if faulty:
        assert answer.context["form"].errors.keys() == faulty
    assert Absence.objects.filter(user=officer).count() == (1 if faulty else 2)


# ---- leaving ----


@pytest.fixture
def busy(town, officer, colleague, today):
    """What the officer has to do with: incidents in hand, time asked for, a directive, an absence, a filter."""
    lead = factories.post(officer, town.office, ROLE.LEADER, starts=today - DAY)
    factories.post(officer, town.water, ROLE.OFFICER, ends=today + 9 * DAY)
    factories.post(officer, town.other, ROLE.OFFICER, starts=today + DAY)
    mine, leak, closed = (factories.incident(category) for category in (town.hole, town.leak, town.waste))
    for incident in (mine, leak, closed):
        assignment.assign_person(incident, officer, by=officer)
    workflow.move(mine, "accept", by=officer)
    extensions.request_extension(mine, by=officer, reason="Rain", until=mine.due_at + DAY)
    workflow.move(closed, "resolve", by=officer, note="Swept")
    order = Directive.objects.create(by=officer, post=lead, to=town.other, what="Clear it", until=now() + DAY)
    factories.absence(user=colleague, deputy=officer, starts=today, ends=today + DAY)
    SavedFilter.objects.create(user=officer, name="Mine", query="show=mine")
    return mine, leak, closed, order


def test_the_plan_says_what_will_happen_and_does_nothing(town, busy, officer, colleague, chief):
    mine, leak, _closed, order = busy
    before = Event.objects.count()
    plan = offboarding.plan_offboarding(officer, colleague)
    assert (plan.handed, plan.pooled, plan.extensions, plan.filters) == ([mine], [leak], 1, 1)
    assert [(directive, heir) for directive, heir in plan.directives] == [(order, None)]
    assert {post.authority for post in plan.posts} == {town.office, town.water, town.other}
    assert set(plan.alone) == {town.water, town.other}
    page = " ".join(
        client_of(chief).get(f"/people/{officer.pk}/leave/?successor={colleague.pk}").content.decode().split()
    )
    for sentence in (
        "4 posts end today.", "1 open incident goes to colleague.", "1 open incident goes back", mine.reference,
        "1 extension request stays open.", "“Clear it” → who leads the unit", "1 saved filter is deleted.",
        "Nobody else has a post at Water Company", "officer deputises for colleague",
    ):  # fmt: skip
        assert sentence in page
    assert (Event.objects.count(), officer.is_active) == (before, True)


def test_who_leaves_hands_on_what_was_in_hand(town, busy, officer, colleague, chief, today):
    mine, leak, closed, order = busy
    post = factories.post(colleague, town.office, ROLE.LEADER)
    visit = client_of(officer)
    answer = client_of(chief).post(f"/people/{officer.pk}/leave/", {"successor": colleague.pk})
    assert answer.status_code == 302

    for incident in (mine, leak, closed, order, officer):
        incident.refresh_from_db()
    assert (mine.handler, leak.handler, closed.handler) == (colleague, None, officer)
    last_lines = [incident.timeline.last() for incident in (mine, leak)]
    assert [(line.kind, line.note, line.by) for line in last_lines] == [
        ("given", "colleague", chief), ("given", "Trả về bàn chung", chief),
    ]  # fmt: skip
    assert [incident.timeline.last().authority for incident in (mine, leak)] == [town.office, town.water]
    assert not Event.objects.filter(kind="given", public=True).exists()
    assert (mine.state, mine.extensions.get().granted) == ("extension", None)
    assert access.directives_for(colleague, "settle").get() == order
    assert order.post == post
    assert not Absence.objects.exists()  # the successor is the one who is away
    assert not SavedFilter.objects.exists()
    assert set(officer.memberships.values_list("authority__code", "ends")) == {("old", today), ("water", today)}
    assert (officer.is_active, visit.get("/desk/").status_code) == (False, 302)
    assert not access.incidents_for(officer, "work").exists()
    assert LogEntry.objects.get().user == chief
    with pytest.raises(offboarding.InvalidChange) as unfit:
        offboarding.offboard(officer, by=chief)
    assert unfit.value.faults.keys() == {"person"}


def test_without_a_successor_all_goes_back_to_the_desks(busy, officer, chief):
    offboarding.offboard(officer, by=chief)
    assert not Incident.objects.open().exclude(handler=None).exists()
    assert not Absence.objects.exists()
    assert Directive.objects.get().post.user == officer  # whoever leads the unit next settles it


def test_who_cannot_leave_now_stays(officer, outsider, chief, admin_user):
    former = factories.person("gone")
    User.objects.filter(pk=former.pk).update(is_active=False)
    former.refresh_from_db()
    for person, by, successor in (
        (chief, chief, None), (admin_user, chief, None), (officer, chief, officer), (officer, chief, former),
    ):  # fmt: skip
        with pytest.raises(offboarding.InvalidChange):
            offboarding.offboard(person, by=by, successor=successor)
    client = client_of(chief)
    for key in (former.pk, officer.pk, "x", "9" * 30):
        assert client.post(f"/people/{officer.pk}/leave/", {"successor": key}).status_code == 400
    assert User.objects.filter(is_active=False).count() == 1
    offboarding.offboard(chief, by=admin_user)


# ---- the pages ----


def test_the_page_of_people_is_for_administrators(town, officer, colleague, chief, admin_user, today):
    offboarding.record_absence(officer, colleague, today, today + DAY)
    factories.change_posts(
        Membership.objects.filter(user=officer), area=town.old, category=town.streets, ends=today + DAY
    )
    for user, status in ((officer, 404), (chief, 200), (admin_user, 200)):
        for address in ("/people/", f"/people/{colleague.pk}/leave/"):
            assert client_of(user).get(address).status_code == status
    page = " ".join(client_of(chief).get("/people/?q=OLD+wharf+offic").content.decode().split())
    assert "Officer, Old Wharf Office · only Old Wharf Ward · only Streets · until" in page
    assert "colleague deputises" in page
    queries = ("q=chief", "q=nobody", "gone", "q=+", "page=99")
    pages = {query: client_of(chief).get(f"/people/?{query}").context["page"] for query in queries}
    usernames = {query: [person.username for person in shown] for query, shown in pages.items()}
    everybody = ["admin", "chief", "colleague", "officer"]
    assert usernames == {"q=chief": ["chief"], "q=nobody": [], "gone": [], "q=+": everybody, "page=99": everybody}


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_asks_as_often_for_many_as_for_one(town, chief, count, django_assert_num_queries):
    for n in range(count):
        factories.person(f"worker{n}", town.office)
    client = client_of(chief)
    with django_assert_num_queries(11):  # two of them: which posts and which lost factors wait for a second yes
        client.get("/people/")


def test_administrator_of_people_cannot_grant_more_rights(town, chief, officer, admin_user):
    client = client_of(chief)
    for name in ("index", "incidents_membership_changelist", "incidents_absence_changelist"):
        assert client.get(reverse(f"admin:{name}")).status_code == 200
    own, other = (reverse("admin:incidents_user_change", args=[user.pk]) for user in (chief, admin_user))
    assert client.get(other).status_code == 302  # as if it were not there
    page = client.get(own).content.decode()
    assert 'name="phone"' in page
    for name in ("is_superuser", "is_staff", "groups", "user_permissions"):
        assert f'name="{name}"' not in page
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    assert client.get(password).status_code in (302, 403, 404)
    assert client_of(officer).get(reverse("admin:index")).status_code == 302
