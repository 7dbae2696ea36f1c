"""Test that documents name existing settings, links, paths, modules and functions."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from django.conf import global_settings

from cameras.evidence import jobs as evidence_jobs
from incidents import jobs as incidents_jobs
from incidents.casework import verdicts
from incidents.escalation import reminders
from incidents.models import Incident, Notice, Report
from incidents.notify import jobs as notify_jobs
from tests import factories
from tests.every_address import routes

ROOT = Path(__file__).resolve().parents[2]
APPS = ("geoapp", "cameras", "incidents", "gis_data", "demo")
DECISIONS = "docs/adr/*.md"
DECISION_WORDS = 230  # one screen
# These say how the product is now. CHANGELOG.md tells of its day: only its links must hold.
PRESENT = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "docs/design/*.md", DECISIONS]
LINKED = [*PRESENT, "CHANGELOG.md", "ATTRIBUTION.md"]
CODE = {".py", ".sql", ".html", ".js", ".css", ".sh", ".md"}
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
# Files of packs, exports and other programs that a name with a dot may be.
DATA = re.compile(r".*\.(csv|json|toml|txt|geojson|gpkg|parquet|onnx|pbf|tgz|html)")


def documents(patterns):
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def over_paths(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def prose_of(path):
    """Return a document without its code blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.M | re.S)


def code_in(path):
    return [span.strip() for span in re.findall(r"`([^`\n]+)`", prose_of(path))]


@cache
def tracked_files():
    """Return the repository's files, and folders with files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [Path(name) for name in files if (ROOT / name).exists()]
    return {*files, *(folder for file in files for folder in file.parents)}


# ---- settings ----


def rows_of(name):
    return re.findall(r"^\| `([A-Z_]+)`", (ROOT / name).read_text(), re.M)


def settings_read():
    """Return all setting names: of the service, its scripts and the compose file."""
    source = (ROOT / "geoapp" / "settings.py").read_text()
    scripts = ["docker-compose.yml", "bin/web", "bin/worker", "bin/cameras", "bin/mail", "bin/run", "bin/backups.sh"]
    used = {name for file in scripts for name in re.findall(r"\$\{([A-Z_]+):?[-+?]", (ROOT / file).read_text())}
    return {*re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source), *used, "VAR_DIR"}


def test_every_setting_stands_in_one_table_once():
    assert len(rows_of("README.md")) == 8
    assert sorted(rows_of("README.md") + rows_of("docs/settings.md")) == sorted(settings_read())


# What reads settings that stand in no table of Django.
READ_BY_LIBRARIES = {
    "CONTENT_SECURITY_POLICY": "csp",
    "DJANGO_GUID": "django_guid",
    "PERMISSIONS_POLICY": "django_permissions_policy",
    "PROCRASTINATE_AUTODISCOVER_MODULE_NAME": "procrastinate",
    "PROCRASTINATE_ON_APP_READY": "procrastinate",
    "ROOT_URLCONF": "django",
    "WHITENOISE_KEEP_ONLY_HASHED_FILES": "whitenoise",
}


def names_in_statement(node):
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and name.id.isupper()}


def test_every_setting_is_read_somewhere():
    """By Django, a library, our code, or for another setting of which that is true."""
    code = [path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in {*APPS} - {"demo"}]
    text = "\n".join((ROOT / path).read_text() for path in code if path.name != "settings.py")
    read = {*re.findall(r"\bsettings\.([A-Z][A-Z0-9_]+)", text), *re.findall(r'settings, "([A-Z][A-Z0-9_]+)"', text)}
    read |= {*dir(global_settings), *READ_BY_LIBRARIES}
    unread = []
    for statement in reversed(ast.parse((ROOT / "geoapp" / "settings.py").read_text()).body):
        match statement:
            case ast.Assign(targets=targets):
                defined = {name for target in targets for name in names_in_statement(target)}
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                defined = names_in_statement(target)
            case _:  # a condition, a function, an error: it decides something
                defined = set()
        if defined and not defined & read:
            unread += sorted(defined)
        else:
            read |= names_in_statement(statement)
    assert unread == []


def test_secrets_are_listed_as_the_settings_read_them():
    source = ast.parse((ROOT / "geoapp" / "settings.py").read_text())
    secrets = next(
        ast.literal_eval(statement.value)
        for statement in source.body
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "SECRETS"
    )
    secrets_line = re.search(r"^Secrets: (.*?)\.$", (ROOT / "docs" / "settings.md").read_text(), re.M | re.S)[1]
    assert sorted(re.findall(r"`([A-Z_]+)`", secrets_line)) == sorted(secrets)


# ---- links and paths ----


def anchors_of(path):
    """Return the anchors of a document's headings."""
    heads = re.findall(r"^#+ (.+)$", prose_of(path), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@over_paths(documents(LINKED))
def test_every_link_leads_somewhere(path):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(path)):
        file, _hash, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not re.match(r"https?:|mailto:", link) and (
            not target.is_file() or (anchor and anchor not in anchors_of(target))
        ):
            broken.append(link)
    assert broken == []


@over_paths(documents(PRESENT))
def test_every_path_is_there(path):
    """A path begins in a folder of the repository; one that does not is the end of exactly such a path.

    Behind `::` stands a test that is in the file.
    """
    roots = {file.parts[0] for file in tracked_files() if file.parts}
    wrong = []
    for span in code_in(path):
        path_said, _colons, test = span.split()[0].rstrip(",").partition("::")
        word = Path(path_said)
        if not word.parts or re.search(r"://|…|^[./-]|^[A-Z_]+=", span) or set(word.parts) & {"var", "secrets"}:
            continue
        if word.parts[0] in roots and ("/" in span or word.suffix):
            exists = any(ROOT.glob(str(word)))
        elif word.suffix in CODE and word.name not in ("index.html", "manage.py"):
            exists = any(file.parts[-len(word.parts) :] == word.parts for file in tracked_files())
        else:
            continue
        if not exists or (test and f"def {test}(" not in (ROOT / word).read_text()):
            wrong.append(span)
    assert wrong == []


# ---- addresses of pages ----


def segments_of(address):
    """Return an address's segments, None for placeholders such as `%(reference)s`, `REFERENCE`."""
    return [None if re.search(r"%\(|^[A-Z]{3,}$", part) else part for part in address.strip("/").split("/")]


@over_paths([ROOT / "README.md", ROOT / "docs" / "pages.md"])
def test_every_address_of_the_pages_is_served(path):
    served = [segments_of(route) for route, _parts in routes()]
    cells = re.findall(r"^\| (`/.*?) \|", path.read_text(), re.M)
    listed = {address: segments_of(address) for cell in cells for address in re.findall(r"`(.*?)`", cell)}
    unknown = [
        listed_path
        for listed_path, parts in listed.items()
        if not any(route[: len(parts)] == parts for route in served)
    ]
    assert len(listed) >= 5
    assert unknown == []


# ---- modules, classes and functions ----


@cache
def defined_in(file):
    """Return a module's top-level names with those in its classes: {"Incident": {"moves", …}, "move": set()}."""
    return names_in(ast.parse((ROOT / file).read_text()).body)


def names_in(body):
    names = {}
    for node in body:
        match node:
            case ast.ClassDef():
                names[node.name] = set(names_in(node.body))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names[node.name] = set()
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname or alias.name: set() for alias in node.names}
            case ast.If() | ast.Try() | ast.With():
                names |= names_in([*node.body, *getattr(node, "orelse", ())])
            case _:
                stored = (name for name in ast.walk(node) if isinstance(name, ast.Name))
                names |= {name.id: set() for name in stored if isinstance(name.ctx, ast.Store)}
    return names


@cache
def modules():
    files = [file for file in tracked_files() if file.suffix == ".py" and file.parts[0] in (*APPS, "tests")]
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def task_names():
    files = [file for name, file in modules().items() if name.endswith(".jobs")]
    return {name for file in files for name in re.findall(r'name="([\w.]+)"', (ROOT / file).read_text())}


def is_known(name):
    """Whether a dotted name exists: a module, a name in a module or class, or a task.

    It may leave out what it begins with: `workflow.move` is `incidents.workflow.move`.
    """
    if name in task_names():
        return True
    parts = name.split(".")
    for known, file in modules().items():
        tail = known.split(".")
        for length in range(1, len(parts) + 1):
            if tail[-length:] == parts[:length] and is_defined(file, parts[length:]):
                return True
        names = defined_in(file) if parts[0][0].isupper() else {}
        if len(parts) == 2 and parts[1] in names.get(parts[0], ()):
            return True
    return False


def is_defined(file, parts):
    if not parts:
        return True
    names = defined_in(file)
    return parts[0] in names and (len(parts) == 1 or (len(parts) == 2 and parts[1] in names[parts[0]]))


@over_paths(documents(PRESENT))
def test_every_dotted_name_is_in_the_code(path):
    named_so = {span.removesuffix("()") for span in code_in(path)}
    named_so = {name for name in named_so if NAME.fullmatch(name) and not DATA.fullmatch(name)}
    named_so = {name for name in named_so if Path(name).suffix not in CODE and Path(name) not in tracked_files()}
    assert sorted(name for name in named_so if not is_known(name)) == []


# ---- decisions ----


def test_decisions_are_numbered_without_gaps():
    numbers = [path.name[:5] for path in documents([DECISIONS])]
    assert numbers == [f"{number:04d}-" for number in range(1, len(numbers) + 1)]


@over_paths(documents([DECISIONS]))
def test_decision_has_its_parts_on_one_screen(path):
    text = path.read_text()
    assert re.findall(r"^(?:# |\*\*\w+\.\*\*)", text, re.M) == [
        "# ", "**Context.**", "**Decision.**", "**Consequence.**",
    ]  # fmt: skip
    assert len(text.split()) <= DECISION_WORDS


# ---- the picture of the packages ----


def drawn_packages():
    """Return docs/architecture.md's packages by app, from top to bottom."""
    picture = re.search(r"^```text\n(.*?)^```$", (ROOT / "docs" / "architecture.md").read_text(), re.M | re.S)[1]
    drawn, app = {app: [] for app in APPS}, ""
    for line in picture.splitlines():
        if match := re.match(r"(\w*) +((?:[a-z_]+/ ?)+)(?: |$)", line):
            app = match[1] or app
            drawn[app] += re.findall(r"[a-z_]+", match[2])
    return drawn


def test_every_package_is_in_the_picture():
    packages = {name for name, file in modules().items() if name.count(".") == 1 and file.name == "__init__.py"}
    told_elsewhere = {"migrations", "management", "templatetags", "formats"}
    packages = {name for name in packages if not name.startswith("tests.")}
    drawn = [f"{app}.{name}" for app, names in drawn_packages().items() for name in names]
    assert sorted(drawn) == sorted(name for name in packages if name.split(".")[1] not in told_elsewhere)


@pytest.mark.parametrize("app", ["cameras", "incidents", "gis_data"])
def test_the_picture_has_the_order_of_the_import_contracts(app):
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("containers") == [app])
    height = {name.strip(" ()"): n for n, layer in enumerate(layers) for name in layer.split("|")}
    heights = [height[name] for name in drawn_packages()[app]]
    assert heights == sorted(heights)


# ---- the walk of one report ----


@pytest.fixture
def called_files():
    """Return the repository's files in which a function is called during the test."""
    files = set()
    sys.setprofile(lambda frame, _event, _what: files.add(frame.f_code.co_filename))
    yield files
    sys.setprofile(None)


def test_the_walk_of_one_report_is_true(client, town, officer, called_files):
    """From the form to the last word a report passes every module that docs/architecture.md names on the way."""
    place = {"lon": factories.IN_OLD.x, "lat": factories.IN_OLD.y}
    client.post("/report/", {**place, "category": town.hole.code, "text": "Deep", "email": "an@example.org"})
    report = Report.objects.select_related("incident").get()
    announce_all(report.incident)
    evidence_jobs.capture_evidence(incident_id=report.incident_id, moment="reported")
    client.force_login(officer)
    desk = f"/desk/{report.incident.reference}/"
    client.get(desk)
    for step in ("accept", "resolve"):
        moves = Incident.objects.get().steps_taken
        client.post(f"{desk}{step}/", {"note": "Filled", "moves": moves})
    announce_all(report.incident)
    reminders.send_due_reminders()
    client.logout()
    client.post(verdicts.short_link(report, verdicts.current_result(Incident.objects.get())), {"verdict": "confirm"})

    assert Incident.objects.get().state == Incident.State.CLOSED
    walk = re.search(r"^## One report.*?(?=^## )", (ROOT / "docs" / "architecture.md").read_text(), re.M | re.S)[0]
    named = set(re.findall(r"`([\w/]+\.py)`", walk))
    elsewhere = {"incidents/map/live.py"}  # it hears in a web process of its own
    assert sorted(name for name in named - elsewhere if str(ROOT / name) not in called_files) == []


def announce_all(incident):
    """Announce an incident's events and send the notices, as the worker does."""
    for event in incident.timeline.all():
        incidents_jobs.announce(event_id=event.pk)
    for notice in Notice.objects.filter(state__in=Notice.UNSENT):
        notify_jobs.deliver(notice_id=notice.pk)
