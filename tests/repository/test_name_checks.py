"""The checks of names find what is wrong in small samples, and nothing else."""

import pytest

from tests.checks.backticks import Known, unknown_names
from tests.checks.names import forbidden_names
from tests.checks.unused import find_unused


@pytest.mark.parametrize(("source", "lines"), [
    ("incident = 1", []),
    ("one = 1", [(1, "one")]),
    ("for told, kept in rows: ...", [(1, "kept"), (1, "told")]),
    ("names = [said.name for said in rows]", [(1, "said")]),
    ("with open(path) as held: ...", [(1, "held")]),
    ("if (found := find()): ...", [(1, "found")]),
    ("def asked(path, *given, made=None): ...", [(1, "asked"), (1, "given"), (1, "made")]),
    ("import logging as there", [(1, "there")]),
    ("try: ...\nexcept OSError as gone: ...", [(2, "gone")]),
    ("match row:\n    case {'a': eyes}: ...\n    case [*halves]: ...", [(2, "eyes"), (3, "halves")]),
    ("class Lens:\n    lenses: int", [(2, "lenses")]),
    ("class Photo:\n    found = models.JSONField()\n    gone = forms.BooleanField()\n    told = 1", [(4, "told")]),
    ("row.kept = move(taken=row.taken)", []),
    ("def move(row):\n    '''The one that was found.'''", []),
])  # fmt: skip
def test_names_that_say_nothing(source, lines):
    assert forbidden_names(source) == lines


SOURCES = {
    "incidents/workflow.py": "LIMIT = 3\n\ndef move(incident, by):\n    incident.moved_at = 'resolved'",
    "incidents/models.py": "class Incident:\n    def is_late(self): ...\n    def go(self):\n        self.steps = []",
    "incidents/management/commands/load_city.py": "",
}
KNOWN = Known(
    SOURCES,
    {"incidents/sql/counts.sql": "SELECT total FROM incidents_incident"},
    [*SOURCES, "incidents/sql/counts.sql", "bin/test"],
)


@pytest.mark.parametrize("span", [
    "move", "move()", "move(incident, by=…)", "workflow.move", "incidents.workflow.move", "incidents.workflow", "LIMIT",
    "Incident", "Incident.is_late", "Incident.steps", "by", "moved_at", "resolved", "total", "incidents_incident",
    "sql/counts.sql", "counts.sql", "incidents/workflow.py", "bin/test", "bin/test --deep", "manage.py load_city",
    "python -m incidents.workflow", "/desk/", "?at=", "2 h 15 min", "Lê Lợi", "{% if %}", "/stats/areas.csv",
])  # fmt: skip
def test_backticks_around_what_there_is(span):
    assert unknown_names("a.py", f'"""As `{span}` says."""\n# As `{span}` says.', KNOWN) == []


@pytest.mark.parametrize("span", [
    "shift", "shift()", "workflow.shift", "incidents.shifting", "Incident.moves", "Shift.move", "sql/sums.sql",
    "sums.sql", "incidents/shifting.py", "bin/tests", "manage.py load_town", "-m incidents.shifting", "incidents_shift",
])  # fmt: skip
def test_backticks_around_what_there_is_not(span):
    python = f'"""As `{span}` says."""\n\ndef a():\n    """As\n    `{span}` says."""\n    b()  # as `{span}` says'
    assert unknown_names("a.py", python, KNOWN) == [(1, span), (4, span), (6, span)]
    assert unknown_names("a.sql", f"SELECT 1\nFROM a -- as `{span}` says", KNOWN) == [(2, span)]


def test_object_of_a_script_is_not_looked_up():
    source = "// `map.total` is known, `map.shift()` is not\nconst text = `map.shift`"
    assert unknown_names("a.js", source, KNOWN) == [(1, "shift()")]


@pytest.mark.parametrize(("user", "source", "unused"), [
    ("from a.b import go", "def go(): ...", ["go"]),  # only handed on
    ("from a.b import go\ngo()", "def go(): ...", []),
    ("from a import b\nb.go()", "def go(): ...", []),
    ("from a.b import go as move\nmove()", "def go(): ...", []),
    ("", "def go(): ...", ["go"]),
    ("", "def go(n):\n    go(n - 1)", ["go"]),
    ("", "def go(): ...\n\nSTEPS = [go]", []),
    ("", "def _go(): ...", []),
    ("go = 'go'", "def go(): ...", ["go"]),
    ("VIEW = 'a.b.go'", "def go(): ...", []),
    ("TEXT = 'from a.b import go; go()'", "def go(): ...", []),
    ("", "@app.task(name='go')\ndef go(): ...", []),
    ("", "@register.filter\ndef go(): ...", []),
    ("", "@cache\ndef go(): ...", ["go"]),
    ("from a.b import Way\nWay()", "class Way:\n    def go(self): ...", ["Way.go"]),
    ("from a.b import Way\nWay().go()", "class Way:\n    def go(self): ...", []),
    ("from a.b import Way\ngetattr(Way(), 'go')", "class Way:\n    def go(self): ...", []),
])  # fmt: skip
def test_what_nothing_uses(user, source, unused):
    definitions = find_unused({"a/__init__.py": "", "a/b.py": source, "a/c.py": user}, users={})
    assert [str(definition).rpartition(" ")[2] for definition in definitions] == unused


def test_templates_migrations_and_plug_ins_use_functions():
    sources = {
        "a/b.py": "class Way:\n    def length(self): ...\n    def width(self): ...\n\ndef lock(): ...",
        "a/gateway.py": "def send(): ...\n\ndef receive(): ...",
        "a/c.py": "from a.b import Way\n\nWay()\nload('a.gateway').send()",
    }
    users = {"a/migrations/0001.py": "from a.b import lock\n\nlock()"}
    unused = find_unused(sources, users=users, texts=["{{ way.length }}"], plugins={"a.gateway"})
    assert [str(definition) for definition in unused] == [
        "a/b.py:3: nothing uses Way.width",
        "a/gateway.py:3: nothing uses receive",
    ]
