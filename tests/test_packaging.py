"""What is handed over: locked libraries, one set of start commands, a compose file that its tool understands."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from procrastinate.contrib.django import app

ROOT = Path(settings.BASE_DIR)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ["requirements.lock", "requirements-vision.lock", "requirements-s3.lock", "requirements-dev.lock"]
# Service of the compose file: the script that it runs, as bin/run does.
SERVICES = {"load": "load", "web": "web", "worker": "worker", "cameras": "cameras", "evidence": "worker"}


def locked(name):
    """The entries of a lock as {library: [(version, number of hashes, marker)]}."""
    entries = {}
    for entry in re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text()):
        if not entry.startswith("#"):
            wanted = Requirement(entry.split(" \\\n")[0])
            found = (str(wanted.specifier).removeprefix("=="), entry.count("--hash=sha256:"), str(wanted.marker))
            entries.setdefault(canonicalize_name(wanted.name), []).append(found)
    return entries


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_sum_for_every_file_and_no_address(name):
    assert min(hashes for versions in locked(name).values() for _version, hashes, _marker in versions) > 0
    assert re.findall(r"\w+://|--(?:index-url|find-links)", (ROOT / name).read_text()) == []


def test_the_locks_fit_what_the_project_asks_for():
    """Who changes pyproject.toml runs bin/lock."""
    runs, more = PROJECT["project"]["dependencies"], PROJECT["project"]["optional-dependencies"]
    sees, keeps, tests = more["vision"], more["s3"], PROJECT["dependency-groups"]["dev"]
    asked = dict(zip(LOCKS, (runs, runs + sees, runs + keeps, runs + sees + keeps + tests), strict=True))
    wrong = [
        f"{wanted} in {name}"
        for name, requirements in asked.items()
        for wanted in map(Requirement, requirements)
        for version, *_rest in locked(name).get(canonicalize_name(wanted.name), [("none",)])
        if version == "none" or not wanted.specifier.contains(version)
    ]
    assert wrong == []


def test_the_tests_run_on_the_versions_that_production_runs_on():
    running, seeing, keeping, testing = map(locked, LOCKS)
    assert {name: seeing.get(name) for name in running} == running
    assert {name: keeping.get(name) for name in running} == running
    assert {name: testing.get(name) for name in seeing} == seeing
    assert {name: testing.get(name) for name in keeping} == keeping


def test_every_library_says_why_it_is_there():
    text = (ROOT / "pyproject.toml").read_text()
    lines = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.M | re.S)[1].splitlines()
    for extra in PROJECT["project"]["optional-dependencies"]:
        lines += re.search(rf"^{extra} = \[ +# \S.*\n(.*?)^\]", text, re.M | re.S)[1].splitlines()
    lines += re.search(r"^dev = \[\n(.*?)^\]", text, re.M | re.S)[1].splitlines()
    assert [line for line in lines if not re.search(r'^ *".+",\s+# \S+', line)] == []


def test_the_licence_is_the_whole_apache_licence():
    words = (ROOT / "LICENSE").read_text()
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in words
    assert "END OF TERMS AND CONDITIONS" in words
    assert [f"   {number}. " in words for number in range(1, 10)] == [True] * 9


@pytest.mark.parametrize(
    "path", sorted(path for folder in ("bin", ".ci", "deploy") for path in (ROOT / folder).rglob("*") if path.is_file())
)
def test_a_script_can_be_read_and_started(path):
    first = path.read_text().split("\n", 1)[0]
    assert os.access(path, os.X_OK) == first.startswith("#!")
    if (first.startswith("#!") and "bash" in first) or path.suffix == ".sh":
        assert subprocess.run(["bash", "-n", path], capture_output=True, text=True).stderr == ""


@pytest.fixture(scope="module")
def compose(tmp_path_factory):
    """docker-compose.yml as the compose tool understands it."""
    tool = shutil.which("docker-compose")
    if not tool:
        pytest.skip("the compose tool is not installed: apt install docker-compose")
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [tool, "-f", "docker-compose.yml", "config"],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def test_the_production_shape_starts_what_bin_run_starts(compose):
    commands = {name: compose["services"][name]["command"] for name in SERVICES}
    assert commands == {name: [f"bin/{script}"] for name, script in SERVICES.items()}
    run = (ROOT / "bin" / "run").read_text()
    assert [script for script in SERVICES.values() if f"bin/{script}" not in run] == []


def test_every_queue_has_a_worker_that_can_reach_what_its_jobs_need(compose):
    queues = {name: service["environment"].get("WORKER_QUEUES") for name, service in compose["services"].items()
              if service.get("command") == ["bin/worker"]}  # fmt: skip
    assert queues == {"worker": "default", "evidence": "cameras"}
    ours = {task.queue for task in app.tasks.values() if task.name.partition(".")[0] in ("incidents", "cameras")}
    assert ours == set(queues.values())
    assert {task.name for task in app.tasks.values() if task.queue == "cameras"} == {
        "cameras.capture_evidence", "cameras.bring_evidence"
    }  # fmt: skip


def test_no_service_has_more_rights_than_it_needs(compose):
    assert set(compose["services"]) == {*SERVICES, "database", "proxy"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for dockerfile in (ROOT / "Dockerfile", ROOT / "deploy" / "proxy" / "Dockerfile"):
        users = re.findall(r"^USER (\d+)$", dockerfile.read_text(), re.M)
        assert len(users) == 1, dockerfile
        assert int(users[0]) > 1000, dockerfile
    assert compose["services"]["database"]["user"] == "postgres"


def test_only_the_proxy_is_reached_from_outside_and_only_the_cameras_reach_theirs(compose):
    nets = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert nets == {
        "database": {"inside"},
        "load": {"inside", "outside"},
        "web": {"inside", "front"},
        "worker": {"inside", "outside"},
        "cameras": {"inside", "cameras"},
        "evidence": {"inside", "cameras"},
        "proxy": {"front", "outside"},
    }
    assert {name for name, net in compose["networks"].items() if net.get("internal")} == {"inside", "front"}
    assert {name for name, service in compose["services"].items() if "ports" in service} == {"proxy"}


def test_every_service_that_stays_is_asked_how_it_is(compose):
    assert {name for name, service in compose["services"].items() if "healthcheck" not in service} == {"load"}


def test_secrets_come_from_files(compose, tmp_path):
    """deploy/make_secrets makes each file that the services read, once; none stands in the environment."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    for _again in range(2):
        subprocess.run([tmp_path / "deploy" / "make_secrets"], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "deploy" / "secrets").iterdir()}
    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} == set(made)
    assert made["database_password"].strip() in made["database_url"]
    assert len(made["secret_key"].strip()) == 44
    assert (tmp_path / "deploy" / "secrets").stat().st_mode & 0o777 == 0o700

    for service in compose["services"].values():
        given = service.get("environment", {})
        assert {"SECRET_KEY", "DATABASE_URL", "POSTGRES_PASSWORD"} & set(given) == set()
        read = {Path(path).name for name, path in given.items() if name.endswith("_FILE")}
        secrets = service.get("secrets", [])
        assert read <= {secret["source"] if isinstance(secret, dict) else secret for secret in secrets}


def test_what_the_compose_file_sets_is_a_setting(compose):
    tables = "".join((ROOT / name).read_text() for name in ("README.md", "docs/settings.md"))
    table = set(re.findall(r"^\| `([A-Z_]+)`", tables, re.M))
    given = {name.removesuffix("_FILE") for service in SERVICES for name in compose["services"][service]["environment"]}
    assert sorted(given - table) == []


def test_the_version_is_that_of_the_newest_change_notes():
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert PROJECT["project"]["version"] == newest


@pytest.mark.parametrize(("given", "said"), [
    ({}, "vi"),
    ({"LANGUAGE": "en"}, "vi"),
    ({"LANGUAGE": "en_GB:en"}, "vi"),
    ({"CITY_LANGUAGE": "en", "LANGUAGE": "vi"}, "en"),
    ({"CITY_LANGUAGE": "pt"}, "CITY_LANGUAGE is one of vi, en."),
])  # fmt: skip
def test_the_citys_language_is_no_setting_of_the_machine(given, said):
    kept = {key: value for key, value in os.environ.items() if key not in ("LANGUAGE", "CITY_LANGUAGE")}
    program = "from geoapp import settings; print(settings.LANGUAGE_CODE)"
    done = subprocess.run([sys.executable, "-c", program], env=kept | given, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout + done.stderr).strip().endswith(said)
