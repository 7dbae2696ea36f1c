"""A leader urges a unit: previewed, sent after a minute unless it is taken back, in the history, counted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents import workflow
from incidents.casework import undoing
from incidents.escalation import prompts
from incidents.models import Authority, Contact, Event, Membership, Notice, Prompt
from tests import factories

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def mayor(town):
    council = Authority.objects.create(code="council", kind="CITY", name="UBND Wharf", name_en="Wharf Council")
    Authority.objects.exclude(pk=council.pk).update(parent=council)
    town.office.refresh_from_db()
    return factories.person("mayor", council, Membership.Role.LEADER)


@pytest.fixture
def late(town):
    """Three late incidents of the office, which has a mailbox."""
    Contact.objects.create(authority=town.office, label="Trực", email="desk@old.example")
    incidents = [factories.incident(town.hole) for _n in range(3)]
    for incident in incidents[:2]:
        factories.change(incident, due_at=now() - HOUR)
    return incidents[:2]


def lines_of(incident):
    rows = incident.timeline.filter(kind__in=["reminded", "undone"]).order_by("pk")
    return list(rows.values_list("kind", "by__username", "public"))


def test_preview_shows_who_hears_by_what_in_which_words(client, town, mayor, late):
    client.force_login(mayor)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("lead-remind"), {"unit": town.office.code, "period": "month"}).content.decode()
    notice = prompts.preview_prompt(town.office, mayor)
    assert (notice.late, notice.refusal, notice.hearers) == (2, "", [("e-mail", ["Trực"])])
    ((_medium, subject, words),) = notice.letters
    assert [subject in page, late[0].reference in words, late[0].reference in page] == [True, True, True]
    assert ("Trực" in page, "desk@old.example" in page) == (True, False)
    assert (Prompt.objects.count(), Notice.objects.count(), lines_of(late[0])) == (0, 0, [])


def test_message_is_that_of_the_preview(town, mayor, late):
    ((_medium, subject, words),) = prompts.preview_prompt(town.office, mayor).letters
    prompt = prompts.urge_unit(town.office, mayor)
    assert (prompt.late, Notice.objects.count()) == (2, 0)  # it waits until it cannot be taken back any more
    job = ProcrastinateJob.objects.get(task_name="incidents.send_prompt")
    assert (job.args, job.scheduled_at > now() + undoing.WITHIN) == ({"prompt_id": prompt.pk}, True)
    assert (prompts.send_prompt(prompt.pk), prompts.send_prompt(prompt.pk)) == (1, 0)
    assert list(Notice.objects.values_list("template", "subject", "text")) == [("prompt", subject, words)]
    for incident in late:
        assert lines_of(incident) == [("reminded", "mayor", False)]


def test_what_is_taken_back_is_not_sent_but_written(town, mayor, late):
    prompt = prompts.urge_unit(town.office, mayor)
    prompts.take_back(prompt.pk, mayor)
    assert (prompts.send_prompt(prompt.pk), Notice.objects.count()) == (0, 0)
    assert lines_of(late[0]) == [("reminded", "mayor", False), ("undone", "mayor", False)]
    line = late[0].timeline.get(kind=Event.Kind.REMINDED)
    assert late[0].timeline.get(kind=Event.Kind.UNDONE).receipt == {"undoes": line.pk}
    assert prompts.urge_unit(town.office, mayor).late == 2  # it counts as if it had not been


@pytest.mark.parametrize("why", ["late", "sent", "other", "twice"])
def test_it_is_taken_back_once_by_its_sender_within_a_minute(town, mayor, late, officer, why):
    prompt = prompts.urge_unit(town.office, mayor)
    by, at = mayor, now()
    if why == "late":
        at += 2 * MINUTE
    elif why == "sent":
        prompts.send_prompt(prompt.pk)
    elif why == "other":
        by = officer
    else:
        prompts.take_back(prompt.pk, mayor)
    with pytest.raises((undoing.TooLate, Prompt.DoesNotExist)):
        prompts.take_back(prompt.pk, by, at)


def test_unit_is_urged_once_in_four_hours(town, mayor, late):
    prompts.urge_unit(town.office, mayor)
    with pytest.raises(workflow.NotAllowed, match="It can be reminded again from"):
        prompts.urge_unit(town.office, mayor)
    assert "It can be reminded again from" in prompts.preview_prompt(town.office, mayor).refusal
    assert prompts.urge_unit(town.office, mayor, now() + 4 * HOUR).late == 2


def test_nothing_late_and_nobody_to_hear_is_said_first(town, mayor, late):
    assert prompts.preview_prompt(town.other, mayor).refusal == "Nothing is overdue at New Wharf Office."
    Contact.objects.all().delete()
    assert "can receive messages" in prompts.preview_prompt(town.office, mayor).refusal
    with pytest.raises(workflow.NotAllowed):
        prompts.urge_unit(town.office, mayor)


def test_leader_sends_takes_back_and_reads_how_often(client, town, mayor, late):
    client.force_login(mayor)
    client.cookies["django_language"] = "en"
    page = client.post(reverse("lead-remind"), {"unit": town.office.code, "period": "month"}, follow=True)
    prompt = Prompt.objects.get()
    assert page.redirect_chain[0][0] == f"/lead/?period=month&reminded={prompt.pk}"
    text = " ".join(page.content.decode().split())
    assert ("was reminded of 2 overdue incidents." in text, "reminded 1 time in this period" in text) == (True, True)
    undone = client.post(f"/lead/remind/{prompt.pk}/undo/", {"period": "month"}, follow=True).content.decode()
    assert ("Undone:" in undone, "time in this period" in undone) == (True, False)
    assert client.post(f"/lead/remind/{prompt.pk}/undo/", follow=True).status_code == 200  # too late is said


def test_stranger_finds_neither_the_preview_nor_the_way_back(client, town, mayor, late, officer):
    prompt = prompts.urge_unit(town.office, mayor)
    client.force_login(officer)
    assert client.get(reverse("lead-remind"), {"unit": town.office.code}).status_code == 404
    assert client.post(f"/lead/remind/{prompt.pk}/undo/").status_code == 404
    prompt.refresh_from_db()
    assert prompt.undone_at is None
