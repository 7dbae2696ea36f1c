"""Ways in: an app that shows codes, a passkey, and who administers people."""

import time
from types import SimpleNamespace

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from incidents.accounts import factors, passkeys, sessions
from incidents.models import Membership, SecondFactor, SignIn
from tests import factories
from tests.fakes.passkey import Authenticator

PASSWORD = "secret-harbour"


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def code_of(secret, *, steps=0):
    """The code that an app shows, or showed so many steps of half a minute ago (-1)."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def forget_used_codes(user):
    """As if half a minute had passed since the last code."""
    SecondFactor.objects.filter(user=user).update(counter=0)


def give_app(user):
    """The secret of an app that this person has; no code of it was used yet."""
    secret = factors.new_app_secret()
    assert factors.add_app(user, secret, code_of(secret))
    forget_used_codes(user)
    return secret


def give_passkey(user):
    """An authenticator that holds a passkey of this person."""
    device = Authenticator()
    request = SimpleNamespace(session={}, scheme="http", get_host=lambda: "testserver")
    options = passkeys.begin_adding(request, user)
    passkeys.add_passkey(request, user, device.create(options), "Phone")
    return device


def enter(name="officer", password=PASSWORD, client=None, **more):
    """A browser in which somebody gave name and password, and what was answered."""
    client = client or new_client()
    return client, client.post("/sign-in/", {"username": name, "password": password} | more)


def new_client(**more):
    client = Client(**more)
    client.cookies["django_language"] = "en"
    return client


def sign_in(user, method="password"):
    """A browser in which this person is signed in as by the page."""
    client, answer = enter(user.username)
    assert answer.status_code == 302
    return client


def age_proof(client, seconds=sessions.FRESH_S + 1):
    """As if the second factor had been given so long ago."""
    session = client.session
    session[sessions.PROVED_AT] = time.time() - seconds
    session.save()


def running(user):
    return SignIn.objects.filter(user=user, session__in=Session.objects.all()).count()


@pytest.fixture
def admins(town):
    """Two people who administer people."""
    return [factories.person(name, town.desk, Membership.Role.ADMIN) for name in ("admin", "second")]
