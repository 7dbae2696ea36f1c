"""Test that bin/check finds a fault of each kind, continues, and names the failed steps."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.checks import script_names
from tests.checks.annotations import find_unannotated
from tests.checks.templates import faults
from tests.checks.translations import faults_of

ROOT = Path(settings.BASE_DIR)
# Step: what is planted (files, and what is added to them), and what it must say of it.
PLANTED = {
    "types": ("incidents/planted_type.py", "def longest(words: list[str]) -> int:\n    return max(words, key=len)\n",
              "planted_type.py:2: error: Incompatible return value type"),
    "names": ("incidents/planted_name.py", '"""Reads `Incident.nowhere`."""\n',
              "incidents/planted_name.py:1: `Incident.nowhere` names nothing"),
    "migrations": ("gis_data/models.py", '\n\nCity.add_to_class("planted", models.BooleanField(default=False))\n',
                   "gis_data: Add field planted to city"),
    "annotations": ("incidents/planted_method.py", "class Words:\n    def items(self): ...\n",
                    "incidents/planted_method.py:2: Words.items"),
    "translations": ("templates/planted_text.html", '{% load i18n %}<p>{% translate "Nobody translated this" %}</p>\n',
                     "missing: Nobody translated this"),
    "contracts": ("gis_data/planted_import.py", "from cameras import models\n",
                  "gis_data.planted_import -> cameras.models"),
    "shell": ("bin/planted", "#!/usr/bin/env bash\nrm $1/planted\n", "SC2086"),
    "format": ("incidents/planted_format.py", "LAYERS = { 'a':1 }\n", " --> incidents/planted_format.py:1:11"),
    "lint": ("incidents/planted_lint.py", "import os\n",
             "F401 [*] `os` imported but unused\n --> incidents/planted_lint.py:1:8"),
    "templates": ("templates/planted_filter.html",
                  "{{ a|no_such_filter }}\n", "planted_filter.html: Invalid filter: 'no_such_filter'"),
    "scripts": ("geoapp/static/planted.js", "debugger\n", "lint/suspicious/noDebugger"),
    "styles": ("geoapp/static/planted.css", "a { colour: red; }\n", "lint/correctness/noUnknownProperty"),
}  # fmt: skip
# What makes the copy a checkout; `var` comes from here, for what it keeps makes the steps quick.
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".git", "var", "node_modules", ".*_cache", ".hypothesis")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """The output of a run in a copy of this checkout with one fault of each kind."""
    folder = tmp_path_factory.mktemp("check") / "checkout"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "var").mkdir()
    (folder / "var" / "venv").symlink_to(Path(sys.executable).parent.parent)
    if (ROOT / "var" / "mypy").exists():
        shutil.copytree(ROOT / "var" / "mypy", folder / "var" / "mypy")
    (folder / "bin" / "prepare").write_text("#!/bin/sh\n")  # this machine is prepared: the tests run on it
    subprocess.run(["git", "init", "-q", folder], check=True)
    for path, text, _said in PLANTED.values():
        with (folder / path).open("a") as file:
            file.write(text)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run([folder / "bin" / "check"], capture_output=True, text=True, env=environment)


@pytest.mark.deep
@pytest.mark.parametrize("step", PLANTED)
def test_a_planted_fault_is_found(outcome, step):
    faults = outcome.stdout.split(f"\n--- {step}\n")[1].split("\n--- ")[0]
    assert PLANTED[step][2] in faults


@pytest.mark.deep
def test_the_end_names_every_step_that_failed(outcome):
    assert (outcome.returncode, outcome.stdout.splitlines()[-1]) == (1, f"Failed: {' '.join(PLANTED)}")


def test_an_unknown_step_is_refused():
    done = subprocess.run([ROOT / "bin" / "check", "tipes"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.partition(";")[0]) == (2, "There is no step “tipes”")


@pytest.mark.parametrize(("source", "expected"), [
    ("<p>short</p>", []),
    ("x" * 160, []),
    ("\n" + "x" * 161, [(2, "161 characters")]),
    ("{% if a %}{% elif b %}{% elif c %}{% else %}{% endif %}", []),
    ("{% if a %}\n{% elif b %}{% elif c %}{% elif d %}{% endif %}", [(1, "an if of 4 branches")]),
    ("{% if a %}{% if b %}{% elif c %}{% endif %}{% elif d %}{% elif e %}{% endif %}", []),
])  # fmt: skip
def test_what_a_template_may_hold(source, expected):
    assert [(number, what.partition(";")[0]) for number, what in faults(source)] == expected


@pytest.mark.parametrize(("entry", "texts", "faults"), [
    ({"msgid": "Open", "msgstr": "Mở"}, {"Open"}, []),
    ({"msgid": "Open", "msgstr": "Mở"}, {"Open", "Late"}, [("missing", "Late")]),
    ({"msgid": "Open", "msgstr": "Mở"}, set(), [("unused", "Open")]),
    ({"msgid": "Open", "msgstr": "Mở", "flags": ["fuzzy"]}, {"Open"}, [("fuzzy", "Open")]),
    ({"msgid": "Open", "msgstr": ""}, {"Open"}, [("not translated", "Open")]),
    ({"msgid": "Open", "msgstr": "Mở", "obsolete": True}, set(), [("obsolete", "Open")]),
])  # fmt: skip
def test_what_a_catalogue_must_hold(entry, texts, faults):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(**entry))
    assert list(faults_of(catalogue, {(None, text) for text in texts})) == faults


@pytest.mark.parametrize(("used", "source", "faults"), [
    ("from a.b import go", "def go(x): ...", ["go"]),
    ("from a import b\nb.go(1)", "def go(x): ...", ["go"]),
    ("from a.b import go", "def go(x: int): ...", ["go"]),
    ("from a.b import go", "def go(x, *y: int) -> int: ...", ["go"]),
    ("from a.b import go", "async def go(x: int, *, y: int = 1) -> int: ...", []),
    ("import os", "def go(x): ...\n\ngo(1)", []),
    ("from a.b import Way", "class Way:\n    def __init__(self, x): ...", ["Way.__init__"]),
    ("from a.b import Way", "class Way:\n    def __init__(self, x: int): ...", []),
    ("def of(way):\n    way.go(1)", "class Way:\n    def go(self, x): ...", ["Way.go"]),
    ("def of(way):\n    way.go(1)", "class Way:\n    def stay(self, x): ...", []),
])  # fmt: skip
def test_which_functions_lack_types(used, source, faults):
    sources = {"a/__init__.py": "", "a/b.py": source, "a/c.py": used}
    assert [name for _path, _number, name in find_unannotated(sources)] == faults


def test_what_a_package_hands_on_is_found():
    sources = {"a/__init__.py": "from .b import go\n", "a/b.py": "def go(x): ...", "c.py": "import a\nfrom a import go"}
    assert find_unannotated(sources) == [("a/b.py", 1, "go")]


def test_addresses_use_no_view():
    assert find_unannotated({"a/views.py": "def page(request): ...", "a/urls.py": "from a.views import page"}) == []


@pytest.mark.parametrize(("source", "names"), [
    ("const a = 1, b = f(1, 2)\nlet c\nd = 3", "a b c"),
    ("const { a, b: c, d = e, ...f } = g\nfor (const [h, { i }] of j) k()", "a c d f h i"),
    ("export async function a(b, { c: d }, ...e) {}", "a b d e"),
    ("class A { b(c) {}\n  constructor(d = {}) {} }", "A c d"),
    ("a.map((b) => b)\nc.map(d => d)\ne(f, ({ g }) => { h(i) })", "b d g"),
    ("try { a() } catch (b) {}\nif (c) { d() }\nwhile (e) {}", "b"),
    ("import { a as b } from './c.js'", "b"),
    ("const a = `x ${b((c) => c)} one`, d = /const one/, e = 'let one'", "a c d e"),
    ("// const one\n/* let one */ a.let = b.function", ""),
])  # fmt: skip
def test_which_names_a_script_declares(source, names):
    assert sorted(name for _line, name in script_names.declared_names(source)) == sorted(names.split())


def test_names_of_scripts_that_say_nothing_are_found():
    source = "const found = a.said\nconst { b: said, there } = c\nd((one) => one)\nfunction kept() {}\ne({ told: 1 })"
    assert script_names.forbidden_names(source) == [(1, "found"), (2, "said"), (2, "there"), (3, "one"), (4, "kept")]
