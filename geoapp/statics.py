"""Static files in production: compressed, and named for their content so that a browser keeps them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModulesStorage(CompressedManifestStaticFilesStorage):
    """Also in what our modules import. Else a module would be fetched twice, by both its names, and be two modules."""

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
