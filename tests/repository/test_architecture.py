"""Test what the project promises about its code, beside bin/check."""

import ast
import csv
import re
import subprocess
from pathlib import Path

from django.conf import settings

from gis_data.words import plain

ROOT = Path(settings.BASE_DIR)
FUNCTION = re.compile(r"^( *)(?:async )?def (\w+)", re.M)
# A participle alone says neither who does something nor to what.
PARTICIPLE = re.compile(
    "(?!(?:feed|need|seed|speed)$)"
    "(?:[a-z]+ed|told|said|held|found|kept|taken|sent|shown|done|made|given|seen|read|put|lost|known|written|drawn|begun"
    "|run|built|met|brought|left|sold|set|gone|undone|hidden|forgotten|redrawn|dried)"
)


def run_tool(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_nothing_of_one_city_stands_in_code():
    """Names of the city's places and people belong into its pack."""
    code, output = run_tool(
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
    assert code == 1, output


def test_no_name_of_the_packs_tables_is_a_text_of_the_code():
    """Docstrings and comments may give one as an example; what the program compares with or shows may not."""
    names, lines = pack_names(), []
    for path in run_tool("git", "ls-files", "*.py", ":!tests", ":!*/migrations/*")[1].split():
        tree = ast.parse((ROOT / path).read_text())
        texts = [
            constant
            for constant in ast.walk(tree)
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        ]
        lines += [
            f"{path} line {constant.lineno}: {constant.value}" for constant in texts if plain(constant.value) in names
        ]
    assert len(names) > 1000
    assert lines == []


def test_no_test_has_a_name_longer_than_60_characters():
    tests = [(path, name) for path, _indent, name in functions_in("tests/*.py") if name.startswith("test")]
    assert [test_name for test_name in tests if len(test_name[1]) > 60] == []


def test_no_function_is_called_by_a_participle_alone():
    functions = [(path, name) for path, indent, name in functions_in("*.py", ":!*/migrations/*") if not indent]
    assert [function_name for function_name in functions if PARTICIPLE.fullmatch(function_name[1])] == []


def functions_in(*files):
    """Return (file, text before it in the line, name) of each function; parsing takes ten times as long."""
    for path in run_tool("git", "ls-files", *files)[1].split():
        for match in FUNCTION.finditer((ROOT / path).read_text()):
            yield path, match[1], match[2]


def pack_names():
    """Return the pack's place names of two words or more, without diacritics."""
    columns = {
        "landmarks.csv": ["name", "other_names"],
        "areas.csv": ["name", "full_name"],
        "former_units.csv": ["full_name"],
        "abbreviations.csv": ["long"],
        "elsewhere.csv": ["name", "other_names"],
    }
    names = set()
    for file, columns_kept in columns.items():
        with (ROOT / "gis_data" / "packs" / "hcmc" / file).open(encoding="utf-8") as opened:
            for row in csv.DictReader(opened):
                names |= {plain(name) for column in columns_kept for name in row[column].split(";")}
    return {name for name in names if " " in name}
