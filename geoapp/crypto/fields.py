"""Define model fields whose values are encrypted in the database and plain text in Python.

`filter(phone=…)`, `exclude(phone="")`, `update(phone=…)` and `get_or_create(phone=…)` read as with other fields. A
field that is searched has a blind index before its sealed value (see `geoapp.crypto.keyring`); what is not indexed can
only be asked whether it is empty. The database knows no order and no parts of values; those of one column are compared
with those of another as `BlindIndex`.

A value is sealed for its model and field; `sealed_as` keeps the former place after a rename.
"""

import hmac
import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, In, IsNull

from geoapp.crypto import keyring

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def with_whole_value(rows: Rows, field: str, value: str) -> Rows:
    """Filter rows to those whose whole value is `value` where only its first characters are indexed; one query."""
    candidates = rows.filter(**{field: value}).values_list("pk", field)
    return rows.filter(pk__in=[pk for pk, whole in candidates if hmac.compare_digest(whole.encode(), value.encode())])


def rows_with_text(rows: Rows, field: str, text: str) -> Rows:
    """Return those of a few rows whose `SealedTextField` holds this text; one query."""
    return rows.filter(pk__in=[pk for pk, whole in rows.values_list("pk", field) if whole == text])


class BlindIndex(models.Func):
    """SQL expression of an encrypted field's blind index, for indexes, constraints and comparing columns."""

    function = "substr"
    template = f"%(function)s(%(expressions)s, 1, {keyring.INDEX_BYTES})"
    arity = 1
    output_field = models.BinaryField()


class Encrypted(models.Field):
    """Mixin that encrypts a text field. `indexed`: equal values can be searched."""

    def __init__(
        self, *args: Any, indexed: bool = False, index_chars: int | None = None, sealed_as: str = "", **options: Any
    ):
        """`index_chars`: only the first so many characters are indexed, enough to find a value.

        `sealed_as`: the place for which values are sealed, `app.model.field`, where the field was called so before.
        """
        self.indexed, self.index_chars, self.sealed_as = indexed, index_chars, sealed_as
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.indexed:
            options["indexed"] = True
        if self.index_chars:
            options["index_chars"] = self.index_chars
        if self.sealed_as:
            options["sealed_as"] = self.sealed_as
        return name, path, args, options

    def get_internal_type(self):
        return "BinaryField"

    @property
    def place(self) -> str:
        return self.sealed_as or f"{self.model._meta.label_lower}.{self.name}"

    def indexed_text(self, text: str) -> str:
        return text[: self.index_chars]

    def plain_text(self, value: Any) -> str:
        return str(value)

    def value_of(self, text: str) -> Any:
        return text

    def is_nothing(self, value: Any) -> bool:
        return value in ("", b"")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if self.is_nothing(value):
            return b""
        text = self.plain_text(value)
        index = keyring.current().blind_index(self.indexed_text(text)) if self.indexed else b""
        return index + keyring.current().seal(text.encode(), self.place)

    def get_prep_value(self, value):
        return value if self.is_nothing(value) or value is None else super().get_prep_value(value)

    def from_db_value(self, value, expression, connection):
        if value is None:
            return None
        return self.open_value(bytes(value))

    def open_value(self, stored: bytes) -> Any:
        if not stored:
            return self.empty_value()
        if not keyring.is_sealed(stored):  # by a release before 0.5, which still ran beside this one
            return self.value_of(stored.decode())
        sealed = stored[self.index_bytes :]
        return self.value_of(keyring.current().open(sealed, self.place).decode())

    def empty_value(self) -> Any:
        return ""

    @property
    def index_bytes(self) -> int:
        return keyring.INDEX_BYTES if self.indexed else 0

    def get_lookup(self, lookup_name):
        return LOOKUPS.get(lookup_name)

    def get_transform(self, lookup_name):
        return None


class EncryptedTextField(Encrypted, models.TextField):
    """A text that is encrypted in its column. `max_length` is checked by forms and model validation."""


class EncryptedEmailField(Encrypted, models.EmailField):
    """An encrypted e-mail address; look-ups ignore case."""

    def indexed_text(self, text: str) -> str:
        return text.casefold()


class EncryptedListField(Encrypted, models.JSONField):
    """A list stored as encrypted JSON; an empty list is stored as an empty value."""

    def is_nothing(self, value: Any) -> bool:
        return value == []

    def plain_text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def value_of(self, text: str) -> Any:
        return json.loads(text)

    def empty_value(self) -> Any:
        return []

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.get_db_prep_value(value, connection)

    def get_prep_value(self, value):
        return value


class EncryptedBytesField(Encrypted, models.BinaryField):
    """Encrypted bytes, without an index."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return keyring.current().seal(bytes(value), self.place) if value else b""

    def open_value(self, stored: bytes) -> bytes:
        return keyring.current().open(stored, self.place) if stored else b""

    def get_prep_value(self, value):
        return value

    def empty_value(self) -> bytes:
        return b""


class LockedField(models.TextField):
    """A text that `geoapp.crypto.vault` locked: it stays locked here, and is opened only where it is used."""


# A sealed text begins with a character that no text from outside has (geoapp.http.text_validation); its bytes follow as
# signs of which no search makes words.
SEALED_TEXT, FIRST_SIGN = "\x01", 0x2800
TO_SIGNS = {byte: FIRST_SIGN + byte for byte in range(256)}
TO_BYTES = {sign: byte for byte, sign in TO_SIGNS.items()}


class Shown(str):
    """A text that may be stored unencrypted in a `SealedTextField` because everybody may read it."""


class SealedTextField(models.TextField):
    """A text that is encrypted in a text column whose other rows may be plain.

    `shown_if`: a property of the model: whether everybody may read the text, which is then stored plain on save; in
    `update()` use `Shown(text)`. Look-ups can only ask whether it is empty; `rows_with_text` searches a few rows. Plain
    texts of before are read unchanged.
    """

    def __init__(self, *args: Any, shown_if: str = "", sealed_as: str = "", **options: Any):
        """`sealed_as`: the place for which texts are sealed, `app.model.field`, where it is that of another field."""
        self.shown_if, self.sealed_as = shown_if, sealed_as
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.shown_if:
            options["shown_if"] = self.shown_if
        if self.sealed_as:
            options["sealed_as"] = self.sealed_as
        return name, path, args, options

    @property
    def place(self) -> str:
        return self.sealed_as or f"{self.model._meta.label_lower}.{self.name}"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str) and self.shown_if and getattr(model_instance, self.shown_if):
            return Shown(value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return super().get_db_prep_save(value, connection)
        return self.stored_text(str(value), shown=isinstance(value, Shown))

    def stored_text(self, text: str, *, shown: bool = False) -> str:
        """Return the stored form: plain where everybody may read it, else sealed."""
        if shown or not text:
            return text.lstrip(SEALED_TEXT)
        return seal_text(text, self.place)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value is None else self.open_text(value)

    def open_text(self, stored: str) -> str:
        if not stored.startswith(SEALED_TEXT):
            return stored
        return keyring.current().open(sealed_bytes(stored), self.place).decode()

    def rewrap(self, stored: str) -> str:
        if not stored.startswith(SEALED_TEXT) or keyring.current().is_current(sealed := sealed_bytes(stored)):
            return stored
        return SEALED_TEXT + to_signs(keyring.current().rewrap(sealed))

    def get_lookup(self, lookup_name):
        return SEALED_LOOKUPS.get(lookup_name)

    def get_transform(self, lookup_name):
        return None


def seal_text(text: str, place: str) -> str:
    return SEALED_TEXT + to_signs(keyring.current().seal(text.encode(), place))


def to_signs(sealed: bytes) -> str:
    return sealed.decode("latin-1").translate(TO_SIGNS)


def sealed_bytes(stored: str) -> bytes:
    return stored[len(SEALED_TEXT) :].translate(TO_BYTES).encode("latin-1")


class EmptyText(Exact):
    """SQL expression: whether a sealed text is empty."""

    def get_prep_lookup(self):
        if self.rhs != "":
            raise FieldError("A sealed text can only be asked whether it is empty.")
        return super().get_prep_lookup()


SEALED_LOOKUPS = {"exact": EmptyText, "isnull": IsNull}


class BlindLookup(models.Lookup):
    """Compare blind indexes; an empty value is compared with the empty bytes."""

    def compare_with(self, values: Iterable[Any], compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the SQL condition that the column holds one of `values`, and its parameters."""
        column, column_params = self.process_lhs(compiler, connection)
        field, indexes = self.lhs.output_field, []
        conditions: list[str] = []
        params: list[Any] = []
        for value in values:
            if field.is_nothing(value):
                conditions.append(f"{column} = ''::bytea")
                params += column_params
            elif not field.indexed:
                raise FieldError(f"{field.place} is not indexed: it can only be asked whether it is empty.")
            else:
                indexes += keyring.current().blind_indexes(field.indexed_text(field.plain_text(value)))
        if indexes:
            # The first part lets PostgreSQL use an index of what is not empty.
            places = ", ".join(["%s"] * len(indexes))
            conditions.append(f"({column} <> ''::bytea AND substr({column}, 1, {keyring.INDEX_BYTES}) IN ({places}))")
            params += [*column_params, *column_params, *indexes]
        return f"({' OR '.join(conditions)})" if conditions else "FALSE", params


class BlindExact(BlindLookup, Exact):
    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value():
            raise FieldError("Columns are compared as BlindIndex.")
        return self.compare_with([self.rhs], compiler, connection)


class BlindIn(BlindLookup, In):
    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value():
            raise FieldError("Columns are compared as BlindIndex.")
        return self.compare_with(set(self.rhs), compiler, connection)


LOOKUPS = {"exact": BlindExact, "in": BlindIn, "isnull": IsNull}
