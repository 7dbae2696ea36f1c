"""Hash, compress and bundle static files in production.

And few: styles that many pages need together are one file there. Each file waits for a slow line once. And light: our
scripts and styles are without their lines of comment.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Written when static files are collected, of these in this order. What they name in url() stays right only for those
# that lie in the folder of the whole.
BUNDLES = {
    "look/all.css": ("look/tokens.css", "look/base.css", "look/pages.css", "look/header.css"),
    "leaflet/map.css": ("leaflet/leaflet.css", "map/map.css"),
    "incidents/public/home.css": ("incidents/public/map.css", "incidents/public/box.css", "incidents/announced.css"),
}
# The folders of our own scripts and styles. A line of a script that begins with // is a comment: no text goes on over
# several lines.
SCRIPTS = ("look/", "map/", "gis_data/", "incidents/", "cameras/")
COMMENT_LINES = {
    ".js": re.compile(r"^[ \t]*//.*\n", re.MULTILINE),
    ".css": re.compile(r"^[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n", re.MULTILINE),
}


def bundled_files(name: str) -> tuple[str, ...]:
    """Return the static files of a bundle: the bundle itself where files are collected, else its parts."""
    return (name,) if isinstance(staticfiles_storage, HashedModulesStorage) else BUNDLES[name]


class HashedModulesStorage(CompressedManifestStaticFilesStorage):
    """Hash file names also in the imports of JavaScript modules, so that no module is loaded twice.

    Before that it writes the bundles beside the files that were collected, and takes the comments out of our scripts.
    """

    max_post_process_passes = 12  # so deep modules import one another: each pass names anew what the one before named

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "*.js",
            (
                (r"""(?P<matched>from\s*["'](?P<url>\.{1,2}/[^"']+\.js)["'])""", 'from "%(url)s"'),
                (r"""(?P<matched>import\s*["'](?P<url>\.{1,2}/[^"']+\.js)["'])""", 'import "%(url)s"'),
                (r"""(?P<matched>import\(["'](?P<url>\.{1,2}/[^"']+\.js)["']\))""", 'import("%(url)s")'),
            ),
        ),
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        for name, parts in {} if dry_run else BUNDLES.items():
            if all(part in paths for part in parts):
                self.write_bundle(name, parts)
                paths[name] = (self, name)
        for name in [] if dry_run else [name for name in paths if name.startswith(SCRIPTS)]:
            if comments := COMMENT_LINES.get(PurePosixPath(name).suffix):
                self.strip_comments(name, comments)
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def write_bundle(self, name: str, parts: tuple[str, ...]) -> None:
        texts = [Path(self.path(part)).read_text() for part in parts]
        for part, text in zip(parts, texts, strict=True):
            if "url(" in text and PurePosixPath(part).parent != PurePosixPath(name).parent:
                raise ValueError(f"{part} names files by url() and lies in another folder than {name}")
        Path(self.path(name)).write_text("\n".join(texts))

    def strip_comments(self, name: str, comments: re.Pattern[str]) -> None:
        file = Path(self.path(name))
        text = file.read_text(encoding="utf-8")
        if (bare := comments.sub("", text)) != text:
            file.write_text(bare, encoding="utf-8")
