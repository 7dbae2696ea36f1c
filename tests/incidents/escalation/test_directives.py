"""Directives: given by who leads, read and answered by the unit, settled by where they came from."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now

from incidents.escalation import directives
from incidents.models import Contact, Directive, Event, Membership, Notice
from tests import factories

LEADER = Membership.Role.LEADER


@pytest.fixture
def city(town):
    """The duty desk stands above the two ward offices, and `mayor` leads it."""
    for unit in (town.office, town.other):
        unit.parent = town.desk
        unit.save(update_fields=["parent"])
    Contact.objects.create(authority=town.office, label="Tổ tiếp nhận", email="desk@old.example")
    return town


@pytest.fixture
def mayor(city):
    mayor = factories.person("mayor", city.desk, LEADER)
    mayor.email = "mayor@example.org"
    mayor.save(update_fields=["email"])
    return mayor


@pytest.fixture
def post(mayor):
    return mayor.memberships.get()


@pytest.fixture
def given_directive(city, mayor, post, incident):
    return directives.give_directive(mayor, post, city.office, "Dứt điểm trước lễ", soon(), [incident])


def soon(days=2):
    return now() + timedelta(days=days)


def test_the_unit_hears_of_it_and_the_history_keeps_it_for_staff(city, mayor, post, incident):
    chief = factories.person("chief", city.office, LEADER)
    chief.email = "chief@old.example"
    chief.save(update_fields=["email"])
    directive = directives.give_directive(mayor, post, city.office, "Dứt điểm trước lễ", soon(), [incident])
    line = incident.timeline.get(kind=Event.Kind.DIRECTED)
    assert (line.note, line.public, line.by, line.authority) == ("Dứt điểm trước lễ", False, mayor, city.desk)
    notices = sorted(Notice.objects.filter(cause=f"directive:{directive.pk}"), key=lambda notice: notice.address)
    assert [notice.address for notice in notices] == ["chief@old.example", "desk@old.example"]
    assert "Dứt điểm trước lễ" in notices[0].text
    assert incident.reference in notices[0].text


def test_it_is_acknowledged_reported_back_and_settled(given_directive, mayor, officer, incident):
    directives.acknowledge_directive(given_directive, officer)
    assert given_directive.acknowledged_by == officer
    directives.report_back(given_directive, officer, "Đã lấp xong")
    assert (given_directive.report, given_directive.reported_by) == ("Đã lấp xong", officer)
    assert Notice.objects.get(cause=f"directive:{given_directive.pk}:reported").address == "mayor@example.org"
    assert incident.timeline.filter(kind=Event.Kind.DIRECTED).last().note == "Đã lấp xong"
    directives.settle_directive(given_directive, mayor)
    assert given_directive.settled_at is not None


def test_a_report_says_that_it_was_read(given_directive, officer):
    directives.report_back(given_directive, officer, "Xong")
    assert given_directive.acknowledged_by == officer


@pytest.mark.parametrize("steps", [("acknowledge", "acknowledge"), ("report", "acknowledge"), ("report", "report")])
def test_what_was_done_already_is_not_done_again(given_directive, officer, steps):
    do = {
        "acknowledge": lambda: directives.acknowledge_directive(given_directive, officer),
        "report": lambda: directives.report_back(given_directive, officer, "Xong"),
    }
    do[steps[0]]()
    with pytest.raises(directives.DirectiveNotAllowed):
        do[steps[1]]()


def test_only_the_unit_answers_and_only_who_stands_above_settles(given_directive, mayor, officer, outsider, city):
    chief = factories.person("chief", city.office, LEADER)  # leads the unit that it is for, not where it came from
    for person in (mayor, outsider):
        with pytest.raises(directives.DirectiveNotAllowed):
            directives.acknowledge_directive(given_directive, person)
    for person in (officer, outsider, chief):
        with pytest.raises(directives.DirectiveNotAllowed):
            directives.settle_directive(given_directive, person)
    directives.settle_directive(given_directive, mayor)


def test_all_faults_are_said_at_once(city, mayor, post, incident):
    with pytest.raises(directives.InvalidDirective) as unfit:
        directives.give_directive(mayor, post, city.water, " \u200b", now() - timedelta(minutes=1), [])
    assert set(unfit.value.faults) == {"what", "until", "to"}
    assert not Directive.objects.exists()


def test_a_leader_directs_only_below_the_own_post(city, mayor, post, incident):
    chief = factories.person("chief", city.office, LEADER)
    theirs = factories.incident(city.hole, place=factories.IN_NEW)
    own = chief.memberships.get()
    for chosen_post, to, about in ((own, city.other, []), (post, city.office, []), (own, city.office, [theirs])):
        with pytest.raises(directives.InvalidDirective):
            directives.give_directive(chief, chosen_post, to, "Làm ngay", soon(), about)
    assert directives.give_directive(chief, own, city.office, "Làm ngay", soon(), [incident]).to == city.office


def test_the_same_form_sent_twice_is_one_directive(city, mayor, post):
    until = soon()
    directive, again = (directives.give_directive(mayor, post, city.office, "Làm ngay", until) for _n in range(2))
    assert directive == again


@pytest.mark.django_db(transaction=True)
def test_of_two_who_acknowledge_at_once_one_is_told(given_directive, officer, city):
    colleague = factories.person("colleague", city.office)
    start, refused = threading.Barrier(2), []

    def acknowledge(person):
        start.wait()
        try:
            directives.acknowledge_directive(Directive.objects.get(pk=given_directive.pk), person)
        except directives.DirectiveNotAllowed as error:
            refused.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=acknowledge, args=[person]) for person in (officer, colleague)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1


# Pages.


def test_a_directive_from_the_form_to_the_report(client, city, mayor, officer, incident):
    client.force_login(mayor)
    form = client.get(f"{reverse('directive-new')}?incident={incident.reference}")
    assert form.context["to"] == "old"  # the unit of the only incident
    sent = {
        "post": mayor.memberships.get().pk,
        "to": "old",
        "what": "Dứt điểm",
        "until": f"{soon():%Y-%m-%dT%H:%M}",
        "incident": [incident.reference],
    }
    answer = client.post(reverse("directive-new"), sent)
    directive = Directive.objects.get()
    assert answer.url == reverse("directive", args=[directive.pk])
    client.force_login(officer)
    here = reverse("directives")
    assert client.post(step(directive, "acknowledge"), {"next": here}).url == here
    assert client.post(step(directive, "report"), {"report": " "}).status_code == 400
    assert client.post(
        step(directive, "report"), {"report": "Xong", "next": "https://elsewhere.example"}
    ).url == reverse("directive", args=[directive.pk])
    assert client.post(step(directive, "report"), {"report": "Xong"}).status_code == 409
    client.force_login(mayor)
    client.post(step(directive, "settle"))
    assert list(client.get(reverse("directives")).context["page"]) == []
    assert list(client.get(f"{reverse('directives')}?all").context["page"]) == [directive]


def step(directive, name):
    return reverse("directive-step", args=[directive.pk, name])


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-13-01T10:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_an_odd_moment_is_a_fault_of_the_form(client, city, mayor, until):
    client.force_login(mayor)
    answer = client.post(reverse("directive-new"), {"to": "old\x07", "what": "Dứt điểm", "until": until})
    assert answer.status_code == 400
    assert "until" in answer.context["faults"]
    assert not Directive.objects.exists()


def test_strangers_find_nothing(client, given_directive, outsider, officer, operator):
    pages = [
        reverse("directive", args=[given_directive.pk]),
        step(given_directive, "acknowledge"),
        step(given_directive, "settle"),
    ]
    client.force_login(outsider)
    assert [client.get(pages[0]).status_code, *(client.post(page).status_code for page in pages[1:])] == [404, 404, 404]
    assert client.get(reverse("directive-new")).status_code == 404
    client.force_login(officer)
    assert [client.get(pages[0]).status_code, client.post(pages[2]).status_code] == [200, 404]
    client.force_login(operator)
    assert [client.get(reverse("directives")).status_code, client.get(pages[0]).status_code] == [404, 404]


def test_the_desk_shows_what_wants_an_answer(given_directive, officer, outsider, rf):
    def banner(user):
        request = rf.get("/desk/")
        request.user = user
        return render_to_string("incidents/lead/directives/banner.html", request=request)

    assert "Dứt điểm trước lễ" in banner(officer)
    assert banner(outsider).strip() == ""
    directives.report_back(given_directive, officer, "Xong")
    assert banner(officer).strip() == ""
