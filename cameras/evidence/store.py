"""Store the bytes of evidence under their SHA-256: written once, never changed, never public.

`STORAGES["evidence"]` chooses a folder (`Folder`) or an S3 bucket (`bucket.Bucket`).
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from geoapp.db import locks

FOLDER = "evidence"


class FileDamaged(Exception):
    """The stored bytes are missing, or are not those that were kept."""


class StoreAway(Exception):
    """The store does not answer now: nothing is known of its content."""


class Folder(FileSystemStorage):
    """A folder in which a file is whole or absent, also after a power failure."""

    def _save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with half.open("wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            half.chmod(0o640)
            os.link(half, path)  # refuses to replace one that is there
        finally:
            half.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def upload_waiting(self) -> int:
        return 0


def storage() -> Any:
    return storages["evidence"]


def file_name(digest: str, kind: str) -> str:
    return f"{FOLDER}/{digest[:2]}/{digest}.{kind}"


def store_bytes(data: bytes, kind: str) -> str:
    """Store bytes; return the name of their file. An existing whole file stays.

    Call `hold_files_shared` first, so that no other transaction deletes the file before its row is written.
    """
    digest = sha256(data).hexdigest()
    name = file_name(digest, kind)
    with suppress(StoreAway):  # then it is looked at when it is brought there
        if storage().exists(name):
            if sha256(read_file(name)).hexdigest() == digest:
                return name
            storage().delete(name)  # what a failure left of it
    try:
        written = storage().save(name, ContentFile(data))
    except FileExistsError:  # another wrote the same picture meanwhile
        return name
    if written != name:
        storage().delete(written)
    return name


def read_file(name):
    with storage().open(name) as file:
        return file.read()


def read_checked(name: str, digest: str) -> bytes:
    """Return the bytes of a file, if they still have this SHA-256. Raises FileDamaged, StoreAway."""
    try:
        data = read_file(name)
    except OSError as trouble:
        raise FileDamaged(f"{name}: {trouble.strerror or trouble}") from None
    if sha256(data).hexdigest() != digest:
        raise FileDamaged(f"{name}: the bytes are not those that were kept")
    return data


def hold_files_shared() -> None:
    """Take the shared lock on the store: no file is deleted until the transaction ends."""
    locks.hold_shared(locks.Lock.FILES)


def hold_files_alone() -> None:
    locks.hold(locks.Lock.FILES)


def list_files() -> Iterator[str]:
    try:
        folders = storage().listdir(FOLDER)[0]
    except FileNotFoundError:  # nothing was kept yet
        return
    for folder in sorted(folders):
        for name in sorted(storage().listdir(f"{FOLDER}/{folder}")[1]):
            yield f"{FOLDER}/{folder}/{name}"
