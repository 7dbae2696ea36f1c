"""Test the keyring: sealing, blind indexes, binding of a value to its place."""

import re
import subprocess
import sys

import pytest
from django.conf import settings as project
from django.core.checks.registry import registry

from cameras.management.commands import patrol
from geoapp.crypto import keyring, vault
from geoapp.crypto.keyring import BadKeys, CannotDecrypt, parse_keys

DATA = [f"data-{number}:{letter * 43}=" for number, letter in ((1, "A"), (2, "Q"), (3, "g"))]
INDEX = [f"index-{number}:{letter * 43}=" for number, letter in ((1, "w"), (2, "8"))]


def test_sealed_value_is_opened_only_in_its_place():
    keys = parse_keys(f"{DATA[0]},{INDEX[0]}")
    sealed = keys.seal(b"0901234567", "incidents.report.phone")
    assert keys.open(sealed, "incidents.report.phone") == b"0901234567"
    assert b"0901234567" not in sealed
    with pytest.raises(CannotDecrypt):
        keys.open(sealed, "incidents.report.email")


def test_the_same_value_is_sealed_differently_each_time():
    keys = parse_keys(f"{DATA[0]},{INDEX[0]}")
    assert keys.seal(b"a", "x") != keys.seal(b"a", "x")


@pytest.mark.parametrize("place", [0, 2, 20, 70, -1])
def test_changed_value_cannot_be_opened(place):
    keys = parse_keys(f"{DATA[0]},{INDEX[0]}")
    sealed = bytearray(keys.seal(b"0901234567", "x"))
    sealed[place] ^= 1
    with pytest.raises(CannotDecrypt):
        keys.open(bytes(sealed), "x")


@pytest.mark.parametrize("sealed", [b"", b"\0\1", bytes(70), bytes(100)])
def test_what_is_no_sealed_value_cannot_be_opened(sealed):
    with pytest.raises(CannotDecrypt):
        parse_keys(f"{DATA[0]},{INDEX[0]}").open(sealed, "x")


def test_new_data_key_opens_old_values_and_rewraps_them():
    old, new = parse_keys(f"{DATA[0]},{INDEX[0]}"), parse_keys(f"{DATA[1]},{DATA[0]},{INDEX[0]}")
    sealed = old.seal(b"a", "x")
    wrapped = new.rewrap(sealed)
    assert [new.open(sealed_value, "x") for sealed_value in (sealed, wrapped)] == [b"a", b"a"]
    assert [new.is_current(sealed_value) for sealed_value in (sealed, wrapped)] == [False, True]
    with pytest.raises(CannotDecrypt):
        old.open(wrapped, "x")


def test_blind_index_tells_values_apart_and_holds_its_key():
    first, two = parse_keys(f"{DATA[0]},{INDEX[0]}"), parse_keys(f"{DATA[0]},{INDEX[1]},{INDEX[0]}")
    assert first.blind_index("a") == first.blind_index("a") != first.blind_index("b")
    assert two.blind_index("a") != first.blind_index("a")
    assert two.blind_indexes("a") == [two.blind_index("a"), first.blind_index("a")]
    assert len(first.blind_index("a")) == keyring.INDEX_BYTES


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "there is no data key"),
        (DATA[0], "there is no index key"),
        (f"{DATA[0]},{INDEX[0]},swordfish", "entry 3 is not data-NUMBER:KEY or index-NUMBER:KEY"),
        (f"{DATA[0]},{DATA[0]},{INDEX[0]}", "data-1 is there twice, or its number is not 1 to 8191"),
        (f"data-0:{'A' * 43}=,{INDEX[0]}", "data-0 is there twice, or its number is not 1 to 8191"),
        (f"{DATA[0]},index-32:{'A' * 43}=", "index-32 is there twice, or its number is not 1 to 31"),
    ],
)
def test_keys_that_cannot_be_read_are_told_without_them(text, fault):
    with pytest.raises(BadKeys, match=f"^{re.escape(fault)}$"):
        parse_keys(text)


def test_keys_are_read_from_lines_with_remarks():
    keys = parse_keys(f"# of 2026\n{DATA[1]}\n{DATA[0]}  # of before\n{INDEX[0]}\n")
    assert (list(keys.data), list(keys.index), keys.number) == ([2, 1], [1], 2)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [(["--first"], ["data-1", "index-1"]), (["data", "7"], ["data-7"]), (["index", "2"], ["index-2"])],
)
def test_new_keys_are_made_by_a_command(options, kinds):
    new_keys = subprocess.run(
        [sys.executable, project.BASE_DIR / "bin/data_key", *options], capture_output=True, text=True, check=True
    ).stdout.split()
    assert [key.partition(":")[0] for key in new_keys] == kinds
    assert all(keyring.ENTRY.fullmatch(key) for key in new_keys)


def test_vault_opens_what_it_locked(settings):
    settings.DATA_KEYS = f"{DATA[0]},{INDEX[0]}"
    locked = vault.encrypt("khóa của đối tác")
    assert ("khóa" in locked, vault.decrypt(locked)) == (False, "khóa của đối tác")
    assert (vault.encrypt(""), vault.decrypt("")) == ("", "")


def test_vault_stays_open_after_secret_key_changed(settings):
    locked = vault.encrypt("token")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert vault.decrypt(locked) == "token"


def test_vault_stays_locked_with_another_data_key(settings):
    locked = vault.encrypt("token")
    settings.DATA_KEYS = f"{DATA[2]},{INDEX[0]}"
    with pytest.raises(vault.CannotDecrypt):
        vault.decrypt(locked)


@pytest.mark.parametrize("locked", ["x", "gAAAAABh", "ü"])
def test_what_the_vault_never_locked_cannot_be_opened(locked):
    with pytest.raises(vault.CannotDecrypt):
        vault.decrypt(locked)


@pytest.mark.parametrize(
    ("keys", "message"), [("", ["DATA_KEYS: there is no data key."]), (f"{DATA[0]},{INDEX[0]}", [])]
)
def test_no_command_begins_without_keys(settings, keys, message):
    settings.DATA_KEYS = keys
    assert [fault.msg for fault in keyring.check_keys()] == message
    assert keyring.check_keys in registry.get_checks()
    assert registry.run_checks(tags=patrol.Command.requires_system_checks) == keyring.check_keys()
