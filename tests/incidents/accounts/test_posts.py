"""Posts, and lost factors: what one administrator asks and another says yes to; both lines are in the sealed ledger."""

import html
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction

from incidents import access
from incidents.accounts import posts
from incidents.accounts.signed_rows import sign_rows
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, FactorReplacement, Membership, SecondFactor, User
from incidents.models.people import PROPOSAL_LASTS
from tests import factories, owner
from tests.incidents.accounts.conftest import give_app, new_client, running, sign_in

ROLE = Membership.Role
NO_DATA = {ROLE.GIS}  # the only post that opens nobody's data
POWERFUL = {*ROLE} - NO_DATA
FAR_REACHING = POWERFUL - {ROLE.OFFICER, ROLE.TECHNICIAN}


@pytest.fixture
def lan(town):
    return factories.person("lan")


@pytest.fixture
def both(admins):
    """Browsers of two administrators."""
    clients = []
    for person in admins:
        client = new_client()
        client.force_login(person)
        clients.append(client)
    return clients


def lines():
    return list(AccountLine.objects.order_by("pk").values_list("kind", "by", "person", "what"))


def give(person, town, role, by, **limits):
    return posts.give_post(Membership(user=person, authority=town.desk, role=role, **limits), by)


@pytest.mark.parametrize("role", ROLE.values)
def test_which_posts_wait_for_a_second_yes(town, admins, lan, role):
    post = give(lan, town, role, admins[0])
    assert post.waiting == (role in POWERFUL)
    assert Membership.objects.of(lan).exists() != (role in POWERFUL)
    assert (access.POWERFUL, access.FAR_REACHING) == (POWERFUL, FAR_REACHING)


@pytest.mark.parametrize("role", ROLE.values)
def test_an_own_post_always_waits(town, admins, role):
    admin, second = admins
    post = posts.give_post(Membership(user=admin, authority=town.office, role=role), admin)
    assert post.waiting
    with pytest.raises(posts.NotYours):
        posts.decide_post(post, admin, yes=True)
    assert not access.posts_with_role(admin, [role]).filter(authority=town.office).exists()
    posts.decide_post(post, second, yes=True)
    assert access.posts_with_role(admin, [role]).filter(authority=town.office).exists()


def test_no_second_account_of_ones_own_says_yes(town, admins, lan):
    """An account that nobody else has said yes to is no administrator, whatever its posts say."""
    admin, _second = admins
    own = give(admin, town, ROLE.DISPATCHER, admin)
    give(lan, town, ROLE.ADMIN, admin)
    with pytest.raises(posts.NotYours):
        posts.decide_post(own, lan, yes=True)


def test_a_post_asked_for_long_ago_holds_no_more(town, admins, lan, both, moment):
    post = give(lan, town, ROLE.OPERATOR, admins[0])
    Membership.objects.filter(pk=post.pk).update(asked_at=moment - PROPOSAL_LASTS)
    with pytest.raises(posts.NoLongerAsked):
        posts.decide_post(post, admins[1], yes=True)
    assert f"/people/waiting/post/{post.pk}/" not in both[1].get("/people/").text
    both[1].post(f"/people/waiting/post/{post.pk}/", {"answer": "yes"})
    assert Membership.objects.get(pk=post.pk).waiting
    assert not access.does_work(lan, "operator")
    posts.give_post(Membership.objects.get(pk=post.pk), admins[0])  # asked for anew
    posts.decide_post(post, admins[1], yes=True)
    assert access.does_work(lan, "operator")


@pytest.mark.parametrize("how", ["over", "left", "taken back", "decided"])
def test_what_is_asked_no_more_is_not_confirmed(town, admins, lan, today, how):
    post = give(lan, town, ROLE.LEADER, admins[0])
    if how == "over":
        factories.change_posts(Membership.objects.filter(pk=post.pk), ends=today - timedelta(days=1))
    elif how == "left":
        User.objects.filter(pk=lan.pk).update(is_active=False)
    elif how == "taken back":
        posts.end_post(Membership.objects.get(pk=post.pk), admins[0])
    else:
        posts.decide_post(Membership.objects.get(pk=post.pk), admins[1], yes=True)
    with pytest.raises(posts.NoLongerAsked):
        posts.decide_post(post, admins[1], yes=True)


def test_of_two_answers_at_once_one_counts(town, admins, lan):
    post = give(lan, town, ROLE.DISPATCHER, admins[0])
    third = factories.person("third", town.desk, ROLE.ADMIN)
    same = Membership.objects.get(pk=post.pk)  # as the page of the other shows it
    posts.decide_post(post, admins[1], yes=False)
    with pytest.raises(posts.NoLongerAsked):
        posts.decide_post(same, third, yes=True)
    assert [line[0] for line in lines()] == ["asked", "refused"]


def test_what_was_changed_after_it_was_read_is_not_confirmed(town, admins, lan, both):
    post = give(lan, town, ROLE.OFFICER, admins[0])
    seen = re.search(r'name="seen" value="([^"]*)"', both[1].get("/people/").text)[1]
    post.role = ROLE.ADMIN
    posts.give_post(post, admins[0])
    both[1].post(f"/people/waiting/post/{post.pk}/", {"answer": "yes", "seen": html.unescape(seen)})
    assert Membership.objects.get(pk=post.pk).waiting


def test_an_administrator_names_nobody_a_deputy(town, admins, both, today):
    """Who stands in for a dispatcher has the dispatcher's posts: that is for the dispatcher to say."""
    boss = factories.person("boss", town.desk, ROLE.DISPATCHER)
    form = {"user": boss.pk, "deputy": admins[0].pk, "starts": today, "ends": today}
    assert both[0].post("/admin/incidents/absence/add/", form).status_code == 403
    absence = factories.absence(boss, factories.person("lan"), starts=today, ends=today)
    both[0].post(f"/admin/incidents/absence/{absence.pk}/change/", form)
    assert not access.does_work(admins[0], "dispatch")


@pytest.mark.parametrize(("by_hand", "role", "waits"), [
    (True, ROLE.OFFICER, True), (True, ROLE.DISPATCHER, True), (False, ROLE.OFFICER, False),
    (False, ROLE.DISPATCHER, True), (False, ROLE.GIS, False),
])  # fmt: skip
def test_who_matches_a_group_with_a_post_asks_for_it(town, admins, both, lan, by_hand, role, waits):
    new = {"group": "g", "authority": town.desk.pk, "role": role}
    if by_hand:
        assert both[0].post("/admin/incidents/grouppost/add/", new).status_code == 302
    else:
        factories.group_post(group="g", authority=town.desk, role=role)
    posts.follow_groups(lan, ["g"])
    post = Membership.objects.get(user=lan)
    assert (post.waiting, post.asked_by) == (waits, admins[0] if by_hand else None)
    if by_hand:
        with pytest.raises(posts.NotYours):
            posts.decide_post(post, admins[0], yes=True)
    if waits:
        posts.decide_post(post, admins[1], yes=True)
    assert Membership.objects.of(lan).exists()


def test_a_post_holds_when_a_second_says_yes(town, admins, lan, both):
    post = give(lan, town, ROLE.CONTROL, admins[0])
    assert not access.does_work(lan, "control")
    assert "lan" in both[1].get("/people/").content.decode()
    assert both[1].post(f"/people/waiting/post/{post.pk}/", {"answer": "yes"}).url == "/people/"
    assert access.does_work(lan, "control")
    assert lines() == [
        ("asked", "admin", "lan", f"control @ {town.desk.code}"),
        ("confirmed", "second", "lan", f"control @ {town.desk.code}"),
    ]


def test_a_refused_post_is_gone(town, admins, lan, both):
    post = give(lan, town, ROLE.CONTROL, admins[0])
    both[1].post(f"/people/waiting/post/{post.pk}/", {"answer": "no"})
    assert not Membership.objects.filter(user=lan).exists()
    assert [line[0] for line in lines()] == ["asked", "refused"]


def test_nobody_says_yes_alone(town, admins, lan, both):
    waiting = give(lan, town, ROLE.CONTROL, admins[0])
    own = give(admins[1], town, ROLE.CONTROL, admins[0])
    both[0].post(f"/people/waiting/post/{waiting.pk}/", {"answer": "yes"})
    both[1].post(f"/people/waiting/post/{own.pk}/", {"answer": "yes"})
    assert Membership.objects.filter(waiting=True).count() == 2
    assert [line[0] for line in lines()] == ["asked", "asked"]


def test_a_deputy_is_no_second_administrator(town, admins, lan, today):
    post = give(lan, town, ROLE.CONTROL, admins[0])
    deputy = factories.person("deputy", town.desk, ROLE.OFFICER)
    factories.absence(admins[1], deputy=deputy, starts=today, ends=today)
    assert access.does_work(deputy, "administer")
    with pytest.raises(posts.NotYours):
        posts.decide_post(post, deputy, yes=True)


def test_the_database_holds_that_nobody_says_yes_alone(town, admins, lan):
    post = give(lan, town, ROLE.CONTROL, admins[0])
    post.waiting = False
    for post.confirmed_by in (None, admins[0], lan):
        sign_rows([post])
        with pytest.raises(IntegrityError), transaction.atomic():
            post.save(update_fields=["waiting", "confirmed_by"])


@pytest.mark.parametrize(("change", "waits"), [
    ({"role": ROLE.SUPERVISOR}, True),
    ({"role": ROLE.OFFICER}, True),
    ({"role": ROLE.GIS}, False),
    ({"area": None}, True),
    ({"ends": "later"}, True),
    ({"ends": "sooner"}, False),
])  # fmt: skip
def test_what_adds_to_a_powerful_post_waits_anew(town, admins, lan, today, change, waits):
    post = give(lan, town, ROLE.CONTROL, admins[0], area=town.old, ends=today.replace(year=today.year + 1, day=1))
    posts.decide_post(post, admins[1], yes=True)
    post = Membership.objects.get(pk=post.pk)
    days = {"later": today.replace(year=today.year + 2, day=1), "sooner": today}
    for name, value in change.items():
        setattr(post, name, days.get(value, value))
    assert posts.give_post(post, admins[0]).waiting == waits


def test_a_post_that_waits_is_not_made_to_hold_by_a_change(town, admins, lan):
    post = give(lan, town, ROLE.CONTROL, admins[0])
    post.role = ROLE.OFFICER
    assert posts.give_post(post, admins[0]).waiting


def test_pages_of_the_administration_give_posts_so(town, admins, lan, both):
    form = {
        "username": "lan", "language": "vi", "is_active": "on", "date_joined_0": "2026-01-01", "date_joined_1": "08:00",
        "memberships-TOTAL_FORMS": 2, "memberships-INITIAL_FORMS": 0,
        "memberships-0-authority": town.desk.pk, "memberships-0-role": "supervisor", "memberships-0-user": lan.pk,
        "memberships-1-authority": town.office.pk, "memberships-1-role": "officer", "memberships-1-user": lan.pk,
    }  # fmt: skip
    answer = both[0].post(f"/admin/incidents/user/{lan.pk}/change/", form)
    assert answer.status_code == 302, answer.context["errors"]
    new = {"user": lan.pk, "authority": town.water.pk, "role": "admin"}
    assert both[0].post("/admin/incidents/membership/add/", new).status_code == 302
    posts = Membership.objects.filter(user=lan).order_by("role").values_list("role", "waiting", "asked_by__username")
    assert list(posts) == [("admin", True, "admin"), ("officer", True, "admin"), ("supervisor", True, "admin")]
    post = Membership.objects.get(user=lan, role="officer")
    both[0].post(f"/admin/incidents/membership/{post.pk}/delete/", {"post": "yes"})
    assert [line[0] for line in lines()] == ["asked", "asked", "asked", "ended"]


def test_the_operator_stands_in_where_there_is_no_second(town, admins, lan, capsys):
    give(lan, town, ROLE.ADMIN, admins[0])
    give_app(lan)
    posts.ask_replacement(lan, admins[0])
    call_command("confirm_account", "lan")
    assert access.does_work(lan, "administer")
    assert not SecondFactor.objects.exists()
    assert [line[:2] for line in lines()][-2:] == [("confirmed", ""), ("replaced", "")]
    with pytest.raises(CommandError, match="Nobody is called nobody"):
        call_command("confirm_account", "nobody")


# ---- lost factors ----


def test_two_administrators_replace_a_lost_factor(town, admins, officer, both):
    client = sign_in(officer)
    give_app(officer)
    assert both[0].post(f"/people/{officer.pk}/lost/").url == "/people/"
    replacement = FactorReplacement.objects.get()
    for browser, left in ((both[0], 1), (both[1], 0)):
        browser.post(f"/people/waiting/factor/{replacement.pk}/", {"answer": "yes"})
        assert SecondFactor.objects.count() == left
    assert client.get("/desk/").status_code == 302
    assert running(officer) == 0
    assert sign_in(officer).get("/desk/").status_code == 200
    assert [line[:2] for line in lines()] == [("factor", "officer"), ("lost", "admin"), ("replaced", "second")]


def test_a_replacement_may_be_refused(town, admins, officer, both):
    give_app(officer)
    both[0].post(f"/people/{officer.pk}/lost/")
    both[1].post(f"/people/waiting/factor/{FactorReplacement.objects.get().pk}/", {"answer": "no"})
    assert (SecondFactor.objects.count(), FactorReplacement.objects.count()) == (1, 0)


def test_nobody_asks_for_the_own_replacement(town, admins, both):
    both[0].post(f"/people/{admins[0].pk}/lost/")
    assert not FactorReplacement.objects.exists()


@pytest.mark.parametrize(("role", "replaced", "may"), [
    (ROLE.OFFICER, False, True), (ROLE.DISPATCHER, False, False), (ROLE.LEADER, False, False),
    (ROLE.ADMIN, False, False), (ROLE.ADMIN, True, True), (ROLE.CONTROL, False, False),
])  # fmt: skip
def test_whose_password_one_administrator_may_set(town, admins, role, replaced, may):
    person = factories.person("lan", town.desk, role)
    if replaced:
        posts.decide_replacement(posts.ask_replacement(person, admins[0]), admins[1], yes=True)
    client = new_client()
    client.force_login(admins[0])
    answer = client.get(f"/admin/incidents/user/{person.pk}/password/")
    assert (answer.status_code == 200) == may


def test_a_page_makes_nobody_who_may_do_everything(town, lan):
    factories.mighty(lan)
    client, other = new_client(), factories.person("other")
    client.force_login(lan)
    page = client.get(f"/admin/incidents/user/{other.pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page


# ---- the ledger ----


def test_the_ledger_shows_who_did_what(town, admins, lan, both):
    give(lan, town, ROLE.CONTROL, admins[0])
    page = both[1].get("/people/ledger/").content.decode()
    assert "assigned the post, waiting for approval" in page
    assert AccountLine.objects.get().seal in page


def test_what_was_changed_in_the_ledger_is_found(town, admins, lan, moment, today, capsys):
    for role in (ROLE.CONTROL, ROLE.OFFICER, ROLE.LEADER):
        give(lan, town, role, admins[0])
    head = ledger.ACCOUNTS.publish_head(today)
    verdict = ledger.ACCOUNTS.verify()
    assert (verdict.last, verdict.heads, verdict.fault) == (3, 1, "")
    call_command("verify_ledger", "accounts")
    assert capsys.readouterr().out.startswith("OK: 3 lines, 1 heads. 3=")
    with owner.without_guards("incidents_accountline") as cursor:
        cursor.execute("UPDATE incidents_accountline SET by = 'second' WHERE id = 2")
    assert ledger.ACCOUNTS.verify().last == 1
    with pytest.raises(CommandError, match="Right before it: 1 lines"):
        call_command("verify_ledger", "accounts")
    assert head.line == 3


@pytest.mark.parametrize("change", [
    "UPDATE incidents_accountline SET by = ''", "DELETE FROM incidents_accountline", "TRUNCATE incidents_accountline",
])  # fmt: skip
def test_the_database_only_adds_to_the_ledger(town, admins, lan, change):
    give(lan, town, ROLE.CONTROL, admins[0])
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), owner.as_owner() as cursor:
        cursor.execute(change)
