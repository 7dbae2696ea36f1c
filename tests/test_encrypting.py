"""Columns that were plain are encrypted with what is in them, and made plain again on the way back."""

import pytest
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState

from geoapp import vault
from geoapp.encrypted import EncryptedEmailField, EncryptedListField, EncryptedTextField, LockedField
from geoapp.encrypting import EncryptField, RelockField, fernet
from tests import owner

PLAIN = {
    "phone": models.CharField(max_length=20, unique=True),
    "email": models.EmailField(blank=True),
    "said": models.JSONField(default=list),
    "key": models.TextField(blank=True),
}
ENCRYPTED = {
    "phone": (EncryptField, EncryptedTextField(max_length=20, indexed=True)),
    "email": (EncryptField, EncryptedEmailField(blank=True, indexed=True)),
    "said": (EncryptField, EncryptedListField(default=list)),
    "key": (RelockField, LockedField(blank=True)),
}


def apply(operation, state, editor, backwards=False):
    """The state after an operation, which is carried out in the database, there or back."""
    after = state.clone()
    operation.state_forwards("incidents", after)
    if backwards:
        operation.database_backwards("incidents", editor, after, state)
        return state
    operation.database_forwards("incidents", editor, state, after)
    return after


@pytest.fixture
def papers(db, settings):
    """A table with plain columns and rows: [the states, from plain to encrypted], with the operations between."""
    settings.SECRET_KEY_FALLBACKS = ["one of before"]
    with owner.as_owner():  # as a migration runs
        yield make_papers(settings)


def make_papers(settings):
    fields = [("id", models.BigAutoField(primary_key=True)), *PLAIN.items()]
    with connection.schema_editor() as editor:
        states = [apply(CreateModel("Paper", fields), ProjectState(), editor)]
    paper = states[0].apps.get_model("incidents", "Paper")
    locked = [fernet(settings.SECRET_KEY).encrypt(b"a").decode(), fernet("one of before").encrypt(b"b").decode()]
    paper.objects.create(phone="+84901234567", email="Lan@example.org", said=["Ổ gà"], key=locked[0])
    paper.objects.create(phone="+84901234568", email="", said=[], key=locked[1])
    paper.objects.create(phone="+84901234569", email="", said=[], key="nobody's")
    operations = [kind("paper", name, field) for name, (kind, field) in ENCRYPTED.items()]
    with connection.schema_editor() as editor:
        for operation in operations:
            states.append(apply(operation, states[-1], editor))
    return states, operations


def test_plain_columns_are_encrypted_with_their_values(papers):
    states, _operations = papers
    paper = states[-1].apps.get_model("incidents", "Paper")
    rows = list(paper.objects.order_by("pk").values_list("phone", "email", "said"))
    assert rows == [
        ("+84901234567", "Lan@example.org", ["Ổ gà"]), ("+84901234568", "", []), ("+84901234569", "", []),
    ]  # fmt: skip
    assert paper.objects.get(email="lan@EXAMPLE.org").pk == paper.objects.get(phone="+84901234567").pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(papers::text, '') FROM incidents_paper papers")
        (kept,) = cursor.fetchone()
    assert [plain for plain in ("84901234567", "example", "Ổ gà") if plain in kept] == []


def test_secrets_of_the_secret_key_move_to_the_data_key(papers, settings):
    states, _operations = papers
    keys = states[-1].apps.get_model("incidents", "Paper").objects.order_by("pk").values_list("key", flat=True)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert [vault.decrypt(key) for key in keys[:2]] == ["a", "b"]
    assert keys[2] == "nobody's"


def test_encrypted_columns_are_made_plain_on_the_way_back(papers, settings):
    states, operations = papers
    with connection.schema_editor() as editor:
        for operation, state in reversed(list(zip(operations, states, strict=False))):
            apply(operation, state, editor, backwards=True)
    rows = states[0].apps.get_model("incidents", "Paper").objects.order_by("pk")
    assert list(rows.values_list("phone", "email", "said")) == [
        ("+84901234567", "Lan@example.org", ["Ổ gà"]), ("+84901234568", "", []), ("+84901234569", "", []),
    ]  # fmt: skip
    assert [fernet(settings.SECRET_KEY).decrypt(key.encode()) for key in rows.values_list("key", flat=True)[:2]] == [
        b"a", b"b",
    ]  # fmt: skip
