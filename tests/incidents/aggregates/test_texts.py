"""Which incidents have a text, in the memory of a process: looked for once, and never behind what has changed."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from django.utils.timezone import now

from incidents.aggregates import texts
from incidents.aggregates.texts import EVERYTHING, ONLY_OPEN, KnownText, TextMemory, find_text
from incidents.models import Category, Incident
from tests import factories, owner

OLD = datetime.datetime(2025, 3, 31, 5, tzinfo=datetime.UTC)


@pytest.fixture
def memory(monkeypatch):
    """A process that knows no text yet."""
    monkeypatch.setattr(texts, "memory", TextMemory(texts.MEMORY))
    return texts.memory


@pytest.fixture
def looked_for(monkeypatch):
    """Whether something unknown was looked for, question by question."""
    searches, query = [], texts.unknown_query

    def note(*args):
        searches.append(query(*args)[0] != texts.NOBODY)
        return query(*args)

    monkeypatch.setattr(texts, "unknown_query", note)
    return searches


def found_keys(text="deep", since=EVERYTHING):
    return np.flatnonzero(find_text(text, since).flags).tolist()


def end(incident, **fields):
    return factories.change(incident, state="closed", closed_at=now(), received_at=OLD, **fields)


def test_a_text_is_looked_for_once(town, memory, looked_for):
    first = factories.incident(town.hole)
    assert [found_keys(), found_keys(), found_keys(since=datetime.date(2025, 1, 1))] == [[first.pk]] * 3
    other = factories.incident(town.leak)
    assert found_keys() == [first.pk, other.pk]
    assert looked_for == [True, False, False, False]


def test_only_what_is_asked_for_is_looked_for(town, memory, looked_for):
    opened, ended = factories.incident(town.hole), end(factories.incident(town.hole))

    def ask(day):
        keys = found_keys(since=day)
        memory.keep("deep", replace(memory.find("deep"), number=10**15))  # nothing has changed since
        return keys

    april = datetime.date(2025, 4, 5)
    days = [ONLY_OPEN, april, datetime.date(2025, 3, 31), april, EVERYTHING]
    assert [ask(day) for day in days] == [[opened.pk]] * 2 + [[opened.pk, ended.pk]] * 3
    assert looked_for == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("change", "is_known"),
    [
        (lambda incident: factories.change(incident, text="Dry"), False),
        (lambda incident: factories.change(incident, text="Dry", address="Deep Lane"), True),
        (lambda incident: factories.change(incident, published=False), True),
        (lambda incident: Category.objects.filter(pk=incident.category_id).update(name="Deep hole"), True),
        (lambda incident: factories.change(incident, state="working", closed_at=None), True),
    ],
)
def test_what_has_changed_since_is_known(town, memory, change, is_known):
    incident = end(factories.incident(town.hole))
    assert found_keys() == [incident.pk]
    change(incident)
    wanted = Incident.objects.matching_in_public("deep").values_list("pk", flat=True)
    assert (found_keys(), [*wanted]) == ([incident.pk] * is_known, [incident.pk] * is_known)


def test_what_is_committed_later_is_known_then(transactional_db, memory, request):
    """A transaction that has begun before a text is looked for, and ends after it."""
    town = request.getfixturevalue("town")
    incident = factories.incident(town.hole)
    with owner.sign_in(owner.SERVICE) as other:
        other.execute("UPDATE incidents_incident SET text = 'Dry' WHERE id = %s", [incident.pk])
        assert [found_keys(), found_keys()] == [[incident.pk]] * 2
        other.commit()
    assert found_keys() == []


def test_what_another_database_told_is_asked_anew(town, memory):
    """As after a restore, whose transactions have the numbers of others."""
    incident = factories.incident(town.hole)
    known = find_text("deep", EVERYTHING)
    memory.keep("deep", replace(known, database="other", bits=bytes(8), number=10**15))
    assert found_keys() == [incident.pk]


def test_a_full_memory_forgets_what_was_asked_longest_ago():
    memory = TextMemory(200)
    for text in ("a", "b"):
        memory.keep(text, KnownText("here", 1, EVERYTHING, bytes(100)))
    memory.find("a")
    memory.keep("c", KnownText("here", 1, EVERYTHING, bytes(100)))
    assert list(memory.texts) == ["a", "c"]
