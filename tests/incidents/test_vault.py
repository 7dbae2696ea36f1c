"""Secrets lie in the database locked."""

import pytest

from geoapp import vault


def test_what_is_locked_can_be_opened_and_is_not_readable_before():
    locked = vault.encrypt("khóa của đối tác")
    assert ("khóa" in locked, vault.decrypt(locked)) == (False, "khóa của đối tác")
    assert (vault.encrypt(""), vault.decrypt("")) == ("", "")


def test_with_another_secret_it_stays_locked(settings):
    locked = vault.encrypt("token")
    settings.SECRET_KEY = "another"
    with pytest.raises(vault.CannotDecrypt):
        vault.decrypt(locked)
