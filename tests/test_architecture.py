"""What the project promises about itself."""

import ast
import csv
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation.template import templatize

from gis_data.words import plain

ROOT = Path(settings.BASE_DIR)
PO = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_packages_build_on_one_another_in_one_direction():
    code, said = run(str(Path(sys.executable).parent / "lint-imports"))
    assert code == 0, said


@pytest.mark.parametrize("what", [["check", "."], ["format", "--check", "."]])
def test_the_code_has_one_style(what):
    code, said = run(sys.executable, "-m", "ruff", *what, "--quiet")
    assert code == 0, said[-3000:]


def test_every_change_of_a_model_has_its_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", PO, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_every_text_is_translated(path):
    po = polib.pofile(str(path))
    assert [entry.msgid for entry in po if not entry.translated() and not entry.obsolete] == []


def test_every_text_of_the_pages_and_scripts_is_known_to_the_translators(tmp_path):
    """What makemessages would find stands in the catalogue already."""
    for domain, pattern in (("django", ("*.py", "*.html", "*.txt")), ("djangojs", ("*.js",))):
        said = found_texts(domain, pattern, tmp_path)
        known = {entry.msgid for path in PO if path.stem == domain for entry in polib.pofile(str(path))}
        assert sorted(said - known) == []


def found_texts(domain, patterns, tmp_path):
    files = run("git", "ls-files", *patterns)[1].split()
    files = [name for name in files if not name.startswith(("tests/", "var/"))]
    (tmp_path / "list").write_text("\n".join(files))
    sources = []
    for name in files:
        target = tmp_path / domain / (name + (".py" if name.endswith((".html", ".txt")) else ""))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text()
        target.write_text(templatize(text, origin=name) if name.endswith((".html", ".txt")) else text)
        sources.append(str(target))
    keywords = [
        "gettext_lazy",
        "gettext_noop",
        "ngettext_lazy:1,2",
        "pgettext:1c,2",
        "pgettext_lazy:1c,2",
        "_",
        "ngettext:1,2",
    ]
    out = tmp_path / f"{domain}.po"
    language = "JavaScript" if domain == "djangojs" else "Python"
    code, words = run(
        "xgettext", f"--language={language}", "--from-code=UTF-8", "-o", str(out),
        *(f"--keyword={keyword}" for keyword in keywords), *sources,
    )  # fmt: skip
    assert code == 0, words
    return {entry.msgid for entry in polib.pofile(str(out))} if out.exists() else set()


def test_nothing_of_one_city_stands_in_code():
    """Names of the city's places and people belong into its pack."""
    code, said = run(
        "git",
        "grep",
        "-nIiE",
        r"bến thành|ho chi minh|hồ chí minh|tp\.hcm|1022|thảo cầm viên|vincom|op\.?mart",
        "--",
        "*.py",
        "*.html",
        "*.js",
        "*.css",
        "*.sql",
        ":!tests",
        ":!*/migrations/*",
        ":!gis_data/packs",
        ":!geoapp/settings.py",
    )
    assert code == 1, said


def test_no_name_of_the_packs_tables_is_a_text_of_the_code():
    """Docstrings and comments may give one as an example; what the program compares with or shows may not."""
    names, found = pack_names(), []
    for path in run("git", "ls-files", "*.py", ":!tests", ":!*/migrations/*")[1].split():
        tree = ast.parse((ROOT / path).read_text())
        texts = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        found += [f"{path} line {one.lineno}: {one.value}" for one in texts if plain(one.value) in names]
    assert len(names) > 1000
    assert found == []


def pack_names():
    """The names of two words or more of the places of the pack that ships, without diacritics."""
    columns = {
        "landmarks.csv": ["name", "other_names"],
        "areas.csv": ["name", "full_name"],
        "former_units.csv": ["full_name"],
        "abbreviations.csv": ["long"],
        "elsewhere.csv": ["name", "other_names"],
    }
    names = set()
    for file, kept in columns.items():
        with (ROOT / "gis_data" / "packs" / "hcmc" / file).open(encoding="utf-8") as opened:
            for row in csv.DictReader(opened):
                names |= {plain(name) for column in kept for name in row[column].split(";")}
    return {name for name in names if " " in name}
