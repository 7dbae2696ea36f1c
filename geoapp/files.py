"""Where files lie that people and cameras gave."""

import os
import secrets
from contextlib import suppress

from django.core.files.storage import FileSystemStorage


class AtomicFileStorage(FileSystemStorage):
    """A folder in which a file is whole or not there: a full disk leaves no half one."""

    def _save(self, name, content):
        half = f"{name}.{secrets.token_hex(4)}.half"
        try:
            super()._save(half, content)  # type: ignore[misc]  # the stubs leave it out
            while True:
                try:
                    os.link(self.path(half), self.path(name))
                    return name
                except FileExistsError:
                    name = self.get_available_name(name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self.path(half))
