"""Collect and compress static files as in production, once, until one of them changes.

Compressing them takes a core for seven seconds: all workers of a run share them, and so do the next runs.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

FOLDER, MADE_FROM = settings.VAR / "test-static", settings.VAR / "test-static.made-from"
BY = ("requirements.lock", "geoapp/http/static_storage.py", "geoapp/settings.py")  # what else says how they are made


def collected_files() -> Path:
    """Return the folder of collected static files, made anew if it is missing or outdated."""
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (made_from := sources_digest()) != (MADE_FROM.exists() and MADE_FROM.read_text()):
            collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v0"]
            env = os.environ | {"DEBUG": "0", "STATIC_ROOT": str(FOLDER)}
            subprocess.run(collect, check=True, env=env, cwd=settings.BASE_DIR)
            MADE_FROM.write_text(made_from)
    return FOLDER


def sources_digest():
    """Return a digest of all static files and of the code that collects them."""
    digest = hashlib.sha256()
    own = [(path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([])]
    for name, path in sorted([*own, *((name, settings.BASE_DIR / name) for name in BY)]):
        digest.update(f"{name} {hashlib.sha256(Path(path).read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
