"""A role that is added to `Membership.Role` needs its rights and nothing else."""

import runpy

import pytest
from django.db.models import TextChoices

from incidents import access
from incidents.models import Membership
from tests import factories
from tests.every_address import people_of

pytestmark = pytest.mark.django_db
TABLES = ("MAY", "MAY_EVERYWHERE", "DOES", "ENQUIRIES", "IDEAS", "ABOUT_STAFF")


@pytest.fixture
def scratch_role(monkeypatch):
    """A new role, before the last of those there are."""
    members = [(role.name, (role.value, role.label)) for role in Membership.Role]
    roles = TextChoices("Role", [*members[:-1], ("SCRATCH", ("scratch", "scratch")), members[-1]])
    monkeypatch.setattr(Membership, "Role", roles)
    return roles.SCRATCH


def test_new_role_has_the_rights_it_is_given(town, incident, client, scratch_role, monkeypatch):
    tables = runpy.run_path(access.__file__)
    assert [tables[name] for name in TABLES] == [getattr(access, name) for name in TABLES]
    monkeypatch.setitem(access.DOES, "desk", access.DOES["desk"] | {scratch_role})
    monkeypatch.setitem(access.MAY, "work", access.MAY["work"] | {scratch_role})
    person = factories.person("scratch", incident.authority, scratch_role)
    client.force_login(person)
    assert client.get("/after-sign-in/").url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert list(access.incidents_for(person, "work")) == [incident]
    assert [action for action in access.MAY if access.incidents_for(person, action).exists()] == ["read", "work"]


def test_somebody_of_each_role_visits_every_page(town, scratch_role):
    people = people_of(town)
    assert list(people) == [*scratch_role.__class__.values, "nobody", "mighty"]
    assert [post.role for post in access.posts_of(people["scratch"])] == [scratch_role]
