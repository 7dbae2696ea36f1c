"""A role that is added to `Membership.Role` needs its rights and nothing else."""

import runpy

import pytest
from django.db.models import TextChoices

from incidents import access
from incidents.models import Membership
from tests import factories
from tests.every_address import people_of

pytestmark = pytest.mark.django_db
TABLES = ("MAY", "MAY_EVERYWHERE", "DOES", "ENQUIRIES", "ABOUT_STAFF")


@pytest.fixture
def surveyor(monkeypatch):
    """A new role, before the last of those there are."""
    members = [(role.name, (role.value, role.label)) for role in Membership.Role]
    roles = TextChoices("Role", [*members[:-1], ("SURVEYOR", ("surveyor", "surveyor")), members[-1]])
    monkeypatch.setattr(Membership, "Role", roles)
    return roles.SURVEYOR


def test_new_role_has_the_rights_it_is_given(town, incident, client, surveyor, monkeypatch):
    tables = runpy.run_path(access.__file__)
    assert [tables[name] for name in TABLES] == [getattr(access, name) for name in TABLES]
    monkeypatch.setitem(access.DOES, "desk", access.DOES["desk"] | {surveyor})
    monkeypatch.setitem(access.MAY, "work", access.MAY["work"] | {surveyor})
    person = factories.person("surveyor", incident.authority, surveyor)
    client.force_login(person)
    assert client.get("/after-sign-in/").url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert list(access.incidents_for(person, "work")) == [incident]
    assert [action for action in access.MAY if access.incidents_for(person, action).exists()] == ["read", "work"]


def test_somebody_of_each_role_visits_every_page(town, surveyor):
    people = people_of(town)
    assert list(people) == [*surveyor.__class__.values, "nobody", "mighty"]
    assert [post.role for post in access.posts_of(people["surveyor"])] == [surveyor]
