"""Guessing passwords: counted by address and by name, whatever its spelling; hashing takes no more than its share."""

import threading
import time
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils.timezone import now

from geoapp.http import rate_limits
from geoapp.http.token_bucket import Limit
from incidents.accounts import sign_in_throttle
from tests.incidents.accounts.conftest import PASSWORD, enter, new_client


@pytest.fixture(autouse=True)
def standing(monkeypatch):
    """It stays one moment: no token comes while a test runs, however long it takes; and nobody waits for a turn."""
    moment = now()
    monkeypatch.setattr(rate_limits, "now", lambda: moment)
    for name in ("STRANGERS", "KNOWN_DEVICES"):
        monkeypatch.setattr(sign_in_throttle, name, sign_in_throttle.Turns())


@pytest.mark.parametrize(("spelling", "name"), [
    ("officer", "officer"), ("OFFICER", "officer"), ("ｏｆｆｉｃｅｒ", "officer"), ("off\u200bicer", "officer"),
    (" officer ", "officer"), ("oﬃcer", "officer"), ("officer\u00ad", "officer"), ("Straße", "strasse"),
    ("a" * 300, "a" * 150), (" " * 200 + "officer", "officer"),
])  # fmt: skip
def test_spellings_of_a_name_are_counted_as_one(spelling, name):
    assert sign_in_throttle.fold_name(spelling) == name


@pytest.mark.parametrize(("address", "same", "other"), [
    ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", "2001:db8:1:3::1"),
    ("fe80::1%eth0", "fe80::2", "fe80:0:0:1::2"),
    ("unix", "", "192.0.2.7"),
])  # fmt: skip
def test_of_ipv6_the_customers_network_is_locked(db, settings, address, same, other):
    settings.LIMITS = settings.LIMITS | {"sign-in:pair": Limit(1, 900)}
    request, same, other = (RequestFactory().get("/", REMOTE_ADDR=place) for place in (address, same, other))
    assert sign_in_throttle.count_wrong_password(request, "officer") == 900
    waits = [sign_in_throttle.seconds_to_wait(place, "ＯＦＦＩＣＥＲ") for place in (request, same, other)]
    assert waits == [900, 900, 0]


def test_a_pair_is_locked_for_its_whole_time(db, settings, monkeypatch):
    """Not until the next token of the pair comes: then there are as many tries as before."""
    settings.LIMITS = settings.LIMITS | {"sign-in:pair": Limit(3, 900)}
    request, moment = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7"), rate_limits.now()
    assert [sign_in_throttle.count_wrong_password(request, "officer") for _ in range(3)] == [0, 0, 900]
    waits = {}
    for seconds in (301, 899, 900):
        monkeypatch.setattr(rate_limits, "now", lambda seconds=seconds: moment + timedelta(seconds=seconds))
        waits[seconds] = sign_in_throttle.seconds_to_wait(request, "officer")
    assert (waits, sign_in_throttle.tries_left(request, "officer")) == ({301: 599, 899: 1, 900: 0}, 3)


def test_without_limits_no_tries_are_counted(db, settings):
    settings.LIMITS = {}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    assert [sign_in_throttle.count_wrong_password(request, "officer") for _ in range(12)] == [0] * 12
    assert sign_in_throttle.tries_left(request, "officer") == 0


def fail(name, address):
    return enter(name, "wrong", client=new_client(REMOTE_ADDR=address))[1].status_code


def test_many_names_from_one_address_are_locked(officer, settings):
    settings.LIMITS = settings.LIMITS | {"sign-in:address": Limit(5, 900)}
    assert [fail(f"name-{number}", f"2001:db8::{number}") for number in range(6)] == [200] * 5 + [429]
    answer = enter(client=new_client(REMOTE_ADDR="2001:db8::99"))[1]
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "180")
    assert enter(client=new_client(REMOTE_ADDR="2001:db8:0:1::99"))[1].status_code == 302


def test_one_name_from_many_addresses_is_locked(officer, settings):
    settings.LIMITS = settings.LIMITS | {"sign-in:name": Limit(5, 900)}
    names = ["officer", "OFFICER", "ｏｆｆｉｃｅｒ", "Officer", "oﬃcer"]
    assert [fail(name, f"192.0.2.{number}") for number, name in enumerate(names)] == [200] * 5
    assert enter(client=new_client(REMOTE_ADDR="192.0.2.99"))[1].status_code == 429


def test_who_is_locked_out_takes_no_tokens_of_the_name(officer, settings):
    settings.LIMITS = settings.LIMITS | {"sign-in:pair": Limit(10, 900), "sign-in:name": Limit(12, 900)}
    assert [fail("officer", "192.0.2.1") for _time in range(14)][-2:] == [429] * 2
    assert enter(client=new_client(REMOTE_ADDR="192.0.2.2"))[1].status_code == 302


def test_the_own_device_is_not_kept_out_by_strangers(officer, outsider, settings):
    own, _ = enter(client=new_client(REMOTE_ADDR="198.51.100.1"))
    theirs, _ = enter("outsider", client=new_client(REMOTE_ADDR="198.51.100.2"))
    own.post("/sign-out/")
    theirs.post("/sign-out/")
    settings.LIMITS = settings.LIMITS | {"sign-in:name": Limit(3, 900)}
    for number in range(3):
        fail("officer", f"192.0.2.{number}")
    assert enter(client=theirs)[1].status_code == 429
    assert enter(client=own)[1].status_code == 302


def test_a_locked_pair_locks_the_own_device_too(officer, settings):
    """It is known, but somebody there guesses."""
    own, _ = enter()
    own.post("/sign-out/")
    settings.LIMITS = settings.LIMITS | {"sign-in:pair": Limit(2, 900)}
    assert [enter(password="wrong", client=own)[1].status_code for _ in range(2)] == [200, 429]
    assert enter(client=own)[1].status_code == 429


def test_a_locked_name_costs_no_hashing(officer, settings, monkeypatch):
    settings.LIMITS = settings.LIMITS | {"sign-in:name": Limit(1, 900)}
    fail("officer", "192.0.2.1")
    calls = []
    monkeypatch.setattr(sign_in_throttle, "hashing_turns", lambda *args: calls.append(args))
    assert enter(client=new_client(REMOTE_ADDR="192.0.2.2"))[1].status_code == 429
    assert calls == []


def test_passwords_are_looked_at_one_by_one(monkeypatch):
    monkeypatch.setattr(sign_in_throttle, "WAIT_S", 600.0)
    turns, inside, most = sign_in_throttle.Turns(), [], []

    def look():
        with turns.take():
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=look) for _ in range(sign_in_throttle.WAITING)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * sign_in_throttle.WAITING


def test_strangers_take_no_more_than_their_share():
    turns = sign_in_throttle.Turns()
    with turns.take():
        begun = time.monotonic()
    assert turns.free_at >= begun, "nobody's turn for as long as this one took"
    turns.free_at = time.monotonic() + sign_in_throttle.WAIT_S + 1
    with pytest.raises(sign_in_throttle.Busy), turns.take():
        pass
    turns.free_at = 0.0
    with turns.take():
        pass


def test_whoever_finds_no_turn_is_told_so(officer, monkeypatch):
    monkeypatch.setattr(sign_in_throttle, "WAIT_S", 0.0)
    with sign_in_throttle.STRANGERS.take():
        answer = enter()[1]
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Very many people are signing in." in answer.content.decode()
        assert PASSWORD not in answer.content.decode()
    sign_in_throttle.STRANGERS.free_at = 0.0
    assert enter()[1].status_code == 302


def test_known_devices_do_not_stand_behind_strangers(officer, monkeypatch):
    client, _ = enter()
    client.post("/sign-out/")
    monkeypatch.setattr(sign_in_throttle, "WAIT_S", 0.0)
    with sign_in_throttle.STRANGERS.take():
        assert enter(client=client)[1].status_code == 302
