"""Test packaging: locked libraries, start commands, compose file."""

import base64
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from procrastinate.contrib.django import app

from geoapp.crypto.keyring import parse_keys
from geoapp.mail import NoMailServer
from geoapp.queues import PLACES, places_of
from incidents.models import Membership
from tests.checks import flaws

ROOT = Path(settings.BASE_DIR)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ["requirements.lock", "requirements-vision.lock", "requirements-s3.lock", "requirements-dev.lock"]
# Service of the compose file: the script that it runs, as bin/run does.
SERVICES = {
    "load": "load", "web": "web", "web2": "web", "worker": "worker", "cameras": "cameras", "evidence": "worker",
    "mail": "mail",
}  # fmt: skip
KEEPERS = {"backup", "backup-files"}
WATCHERS = {"prometheus", "alertmanager", "grafana"}  # where the profile “watch” is asked for
DOCKERFILES = [ROOT / "Dockerfile", *sorted((ROOT / "deploy").glob("*/Dockerfile"))]


def locked_entries(name):
    """Return a lock's entries as {library: [(version, number of hashes, marker)]}."""
    entries = {}
    for entry in re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text()):
        if not entry.startswith("#"):
            wanted = Requirement(entry.split(" \\\n")[0])
            entry_found = (str(wanted.specifier).removeprefix("=="), entry.count("--hash=sha256:"), str(wanted.marker))
            entries.setdefault(canonicalize_name(wanted.name), []).append(entry_found)
    return entries


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_sum_for_every_file_and_no_address(name):
    assert min(hashes for versions in locked_entries(name).values() for _version, hashes, _marker in versions) > 0
    assert re.findall(r"\w+://|--(?:index-url|find-links)", (ROOT / name).read_text()) == []


def test_the_locks_fit_what_the_project_asks_for():
    """Who changes pyproject.toml runs bin/lock."""
    runs, more = PROJECT["project"]["dependencies"], PROJECT["project"]["optional-dependencies"]
    sees, keeps, tests = more["vision"], more["s3"], PROJECT["dependency-groups"]["dev"]
    wanted_by_lock = dict(zip(LOCKS, (runs, runs + sees, runs + keeps, runs + sees + keeps + tests), strict=True))
    wrong = [
        f"{wanted} in {name}"
        for name, requirements in wanted_by_lock.items()
        for wanted in map(Requirement, requirements)
        for version, *_rest in locked_entries(name).get(canonicalize_name(wanted.name), [("none",)])
        if version == "none" or not wanted.specifier.contains(version)
    ]
    assert wrong == []


def test_the_tests_run_on_the_versions_that_production_runs_on():
    running, seeing, keeping, testing = map(locked_entries, LOCKS)
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


def test_the_rest_of_latin_is_fetched_for_what_its_font_holds():
    """Of the two fonts of a weight one is fetched where a page has some of it; styles and the program say of what."""
    fonts = runpy.run_path(str(ROOT / "bin" / "make_fonts"))
    styles = (ROOT / "geoapp" / "static" / "look" / "tokens.css").read_text()
    assert re.findall(r"-rest-\d+\.woff2.*unicode-range: ([^;]+);", styles) == 2 * [fonts["REST"].replace(",", ", ")]


def test_the_licence_is_the_whole_apache_licence():
    words = (ROOT / "LICENSE").read_text()
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in words
    assert "END OF TERMS AND CONDITIONS" in words
    assert [f"   {number}. " in words for number in range(1, 10)] == [True] * 9


def ignored_paths():
    """The lines of .dockerignore as one pattern of paths, of which everything below is ignored, too."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    parts = [re.escape(line).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*") for line in lines]
    return re.compile(f"(?:{'|'.join(parts)})(?:/.*)?")


def test_a_production_image_holds_no_demo():
    """Nor tests; the service starts without: tests/repository/test_bin.py runs it so."""
    assert re.findall(r"^COPY (?!--from=build)(.+)$", (ROOT / "Dockerfile").read_text(), re.M)[1:] == [". ."]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ignored = ignored_paths()
    files = [Path(path) for path in listed.splitlines() if not ignored.fullmatch(path)]
    assert {path.parts[0] for path in files if path.suffix == ".py"} == {
        "geoapp", "cameras", "incidents", "gis_data", "manage.py"
    }  # fmt: skip
    assert [path for path in files if path.name.startswith("demo")] == []


@pytest.mark.parametrize(
    "path", sorted(path for folder in ("bin", ".ci", "deploy") for path in (ROOT / folder).rglob("*") if path.is_file())
)
def test_a_script_can_be_read_and_started(path):
    first = path.read_text().split("\n", 1)[0]
    assert os.access(path, os.X_OK) == first.startswith("#!")
    if (first.startswith("#!") and "bash" in first) or path.suffix == ".sh":
        assert subprocess.run(["bash", "-n", path], capture_output=True, text=True).stderr == ""


def as_understood(home, *files):
    """Return these files merged by the compose tool."""
    tool = shutil.which("docker-compose")
    if not tool:
        pytest.skip("the compose tool is not installed: apt install docker-compose")
    done = subprocess.run(
        [tool, *(word for file in files for word in ("-f", file)), "--profile", "watch", "--profile", "mail", "config"],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


@pytest.fixture(scope="module")
def compose(tmp_path_factory):
    """Return docker-compose.yml parsed by the compose tool."""
    return as_understood(tmp_path_factory.mktemp("home"), "docker-compose.yml")


def test_the_production_shape_starts_what_bin_run_starts(compose):
    commands = {name: compose["services"][name]["command"] for name in SERVICES}
    assert commands == {name: [f"bin/{script}"] for name, script in SERVICES.items()}
    run = (ROOT / "bin" / "run").read_text()
    assert [script for script in SERVICES.values() if f"bin/{script}" not in run] == []


def test_every_queue_has_a_worker_and_cameras_one_of_its_own(compose):
    queues = {name: service["environment"].get("WORKER_QUEUES") for name, service in compose["services"].items()
              if service.get("command") == ["bin/worker"]}  # fmt: skip
    assert queues == {"worker": "default", "evidence": "cameras"}
    ours = {task.queue for task in app.tasks.values() if task.name.partition(".")[0] in ("incidents", "cameras")}
    assert ours <= places_of(["default"], 4).keys() | places_of(["cameras"], 4).keys() == PLACES.keys()
    assert places_of(["default"], 4).keys() & places_of(["cameras"], 4).keys() == set()
    assert {task.name for task in app.tasks.values() if task.queue == "cameras"} == {
        "cameras.capture_evidence", "cameras.bring_evidence"
    }  # fmt: skip


def test_no_service_has_more_rights_than_it_needs(compose):
    assert set(compose["services"]) == {*SERVICES, *KEEPERS, *WATCHERS, "database", "proxy"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["mem_limit"]) <= 4 * 2**30, name
        assert service["pids_limit"] <= 512, name
        assert service["logging"] == {"driver": "local", "options": {"max-size": "50m", "max-file": "5"}}, name
        sizes = [re.fullmatch(r"/tmp:size=\d+[mg]", folder) is not None for folder in service.get("tmpfs", [])]
        assert sizes == [True] * len(sizes), name
    users = {path.parent.name: re.findall(r"^USER (\w+)$", path.read_text(), re.M) for path in DOCKERFILES}
    assert users == {ROOT.name: ["10001"], "cache": ["10003"], "database": ["postgres"], "proxy": ["10002"]}
    assert [compose["services"][name]["user"] for name in ("database", "backup", "backup-files")] == [
        "postgres", "postgres", "10001"
    ]  # fmt: skip


def test_only_the_proxy_is_public_and_networks_are_separate(compose):
    nets = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert nets == {
        "database": {"inside"},
        "backup": {"inside"},
        "backup-files": {"inside"},
        "load": {"inside", "outside"},
        "web": {"inside", "front"},
        "web2": {"inside", "front"},
        "worker": {"inside", "outside"},
        "cameras": {"inside", "cameras"},
        "evidence": {"inside", "cameras"},
        "mail": {"inside", "outside"},
        "proxy": {"front", "outside"},
        "prometheus": {"front", "watch"},
        "alertmanager": {"watch", "outside"},
        "grafana": {"watch"},
    }
    assert {name for name, net in compose["networks"].items() if net.get("internal")} == {"inside", "front"}
    hosts = {
        name: {port.get("host_ip") for port in service["ports"]}
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert hosts == {"proxy": {None}, "grafana": {"127.0.0.1"}, "mail": {"127.0.0.1"}}


def test_every_service_that_stays_is_asked_how_it_is(compose):
    assert {name for name, service in compose["services"].items() if "healthcheck" not in service} == {"load"}


def test_powerful_posts_demand_a_second_factor_by_default():
    """Those who lead, dispatch, administer and supervise, unless the operator says otherwise; empty says nobody's."""
    text = (ROOT / "docker-compose.yml").read_text()
    (roles,) = re.findall(r'SECOND_FACTOR_ROLES: "\$\{SECOND_FACTOR_ROLES-([\w,]*)\}"', text)
    wanted = {"admin", "control", "dispatcher", "leader", "privacy", "supervisor"}
    assert set(roles.split(",")) == wanted <= set(Membership.Role.values)


def test_secrets_come_from_files(compose, tmp_path):
    """deploy/make_secrets makes each file that the services read, once; none stands in the environment."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    for _again in range(2):
        subprocess.run([tmp_path / "deploy" / "make_secrets"], check=True)
    secrets = {path.name: path.read_text() for path in (tmp_path / "deploy" / "secrets").iterdir()}
    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} == set(secrets)
    for role, name in (("service", "database_url"), ("owner", "database_owner_url"), ("reader", "database_reader_url")):
        assert secrets[f"database_{role}_password"].strip() in secrets[name]
    assert len(base64.b64decode(secrets["heads_key"])) == 32
    assert len(secrets["secret_key"].strip()) == 44
    assert (tmp_path / "deploy" / "secrets").stat().st_mode & 0o777 == 0o700
    assert list(parse_keys(secrets["data_keys"]).data) == [1]


def test_more_machines_add_a_replica_and_a_cache(compose, tmp_path):
    """Beside what is there; what they add is as closed as that, and `make_secrets replica` makes their secrets."""
    whole = as_understood(tmp_path, "docker-compose.yml", "deploy/machines.yml")
    services = whole["services"]
    added = {name: services[name] for name in set(services) - set(compose["services"])}
    assert {name: set(service["networks"]) for name, service in added.items()} == {
        "replica": {"inside"}, "cache": {"front"}, "purger": {"inside", "front"}
    }  # fmt: skip
    for service in added.values():
        assert (service["read_only"], service["cap_drop"], service.get("ports")) == (True, ["ALL"], None)
        assert {"mem_limit", "pids_limit", "healthcheck"} <= set(service)
    proxied = services["proxy"]["environment"]
    assert (proxied["CACHE_SERVERS"], proxied["CACHE_POLICY"]) == ("cache:8000 web:8000 web2:8000", "first")
    assert services["purger"]["environment"]["CACHE_PURGE_URLS"] == "http://cache:8001"
    reading = {
        name
        for name, definition in services.items()
        if "DATABASE_REPLICA_URL_FILE" in (definition.get("environment") or {})
    }
    assert reading == {"web", "web2"}

    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([tmp_path / "deploy" / "make_secrets", "replica"], check=True)
    secrets = {path.name: path.read_text().strip() for path in (tmp_path / "deploy" / "secrets").iterdir()}
    assert {Path(secret["file"]).name for secret in whole["secrets"].values()} == set(secrets)
    assert secrets["database_replica_url"] == secrets["database_reader_url"].replace("@database:", "@replica:")


def test_secrets_of_an_older_env_file_are_taken_once(tmp_path):
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / ".env").write_text("DOMAIN=a.example\nEMAIL_URL='smtp://user:word@host:587'\nSMS_KEY=abc=\n")
    subprocess.run([tmp_path / "deploy" / "make_secrets"], check=True)
    (tmp_path / ".env").write_text("SMS_KEY=other\n")
    subprocess.run([tmp_path / "deploy" / "make_secrets"], check=True)
    secrets = tmp_path / "deploy" / "secrets"
    secret_files = {name: (secrets / name).read_text() for name in ("email_url", "sms_key", "sms_secret")}
    assert secret_files == {"email_url": "smtp://user:word@host:587\n", "sms_key": "abc=\n", "sms_secret": ""}


# What each service is given beside the keys and the database, which all of ours need.
SECRETS_OF = {
    "load": {"database_owner_url"},
    "web": {
        "sms_inbound_key", "sms_callback_token", "zalo_oa_secret", "messenger_app_secret",
        "messenger_verify_token", "voice_secrets", "vapid_key", "oidc_client_secret",
        "evidence_bucket_key", "evidence_bucket_secret",
    },
    "worker": {
        "heads_key",
        "mail_imap_password", "email_url", "sms_key", "sms_secret",
        "sms_callback_token", "smpp_password", "zalo_app_secret",
        "messenger_app_secret", "messenger_page_token", "voice_recording_keys", "vapid_key",
        "evidence_bucket_key", "evidence_bucket_secret",
    },
    "cameras": set(),
    "evidence": {"evidence_bucket_key", "evidence_bucket_secret"},
    "mail": set(),
}  # fmt: skip
SECRETS_OF["web2"] = SECRETS_OF["web"]
SECRETS_OF_ALL = {"secret_key", "secret_key_fallbacks", "data_keys", "database_url", "database_reader_url"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_given_its_own_secrets_as_files(compose, name):
    service = compose["services"][name]
    secrets = {secret["source"] if isinstance(secret, dict) else secret for secret in service["secrets"]}
    read = {Path(path).name for setting, path in service["environment"].items() if setting.endswith("_FILE")}
    assert secrets == read == SECRETS_OF[name] | SECRETS_OF_ALL
    assert {setting for setting in settings.SECRETS if setting in service["environment"]} == set()


@pytest.mark.parametrize("url", ["", None])
def test_without_a_mail_server_no_letter_is_printed(url):
    environment = {key: value for key, value in os.environ.items() if key != "EMAIL_URL"}
    if url is not None:
        environment["EMAIL_URL"] = url
    program = "from geoapp import settings; print(settings.EMAIL_BACKEND)"
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "geoapp.mail.NoMailServer"
    with pytest.raises(ConnectionRefusedError):
        NoMailServer().send_messages([])


def test_what_the_compose_file_sets_is_a_setting(compose):
    tables = "".join((ROOT / name).read_text() for name in ("README.md", "docs/settings.md"))
    table = set(re.findall(r"^\| `([A-Z_]+)`", tables, re.M))
    variables = {
        name.removesuffix("_FILE") for service in SERVICES for name in compose["services"][service]["environment"]
    }
    assert sorted(variables - table) == []


def test_what_the_database_writes_goes_to_the_backup(compose):
    settings = [word.removeprefix("-c") for word in compose["services"]["database"]["command"][1:]]
    assert settings == [
        "archive_mode=on", "archive_timeout=60", "archive_command=/srv/geoapp/bin/backup wal %p # pgbackrest"
    ]  # fmt: skip
    mounted = {
        name: {volume["target"]: volume["source"] for volume in compose["services"][name]["volumes"]}
        for name in ("database", *KEEPERS)
    }
    assert mounted["backup"] == {
        "/var/lib/postgresql/data": "database", "/var/run/postgresql": "socket", "/srv/backups": "backups",
    }  # fmt: skip
    assert mounted["backup"].items() <= mounted["database"].items()
    assert mounted["backup-files"] == {"/srv/var": "files", "/srv/backups": "backups"}


@pytest.fixture
def copied_files(tmp_path):
    """The compose file, Dockerfiles and scripts, with a `docker` that records its arguments."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    for name in ("docker-compose.yml", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tools").mkdir()
    docker = tmp_path / "tools" / "docker"
    digest = '[ "$1" = compose ] || echo "sha256:$(echo $4 | sha256sum | head -c 64)"'
    services = f'[ "$2" != config ] || cat {tmp_path}/services'
    docker.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n{digest}\n{services}\n')
    docker.chmod(0o755)
    (tmp_path / "asked").touch()
    (tmp_path / "services").touch()

    def run(name, *arguments):
        path = f"{tmp_path / 'tools'}:{os.environ['PATH']}"
        done = subprocess.run(
            [tmp_path / "deploy" / name, *arguments], env={"PATH": path}, capture_output=True, text=True
        )
        commands = (tmp_path / "asked").read_text().splitlines()
        (tmp_path / "asked").write_text("")
        return done, commands

    return tmp_path, run


LOADS = ["compose run --rm -T load"]
WORDS = [f"compose exec -T worker python manage.py {command}" for command in ("digest_words", "cover_words")]


@pytest.mark.parametrize(("arguments", "loads", "words"), [([], LOADS, WORDS), (["--back"], [], [])])
def test_an_upgrade_renews_one_part_after_the_other(copied_files, compose, arguments, loads, words):
    """A backup before the tables change; one web server while the other answers. Back, tables and words stay."""
    _folder, run = copied_files
    done, commands = run("upgrade", *arguments)
    assert done.returncode == 0, done.stderr
    renewed = ["web", "web2", "worker", "evidence", "cameras", "backup", "backup-files"]
    assert commands == [
        "compose build",
        "compose exec -T backup bin/backup database",
        *loads,
        "compose config --services",
        *(f"compose up -d --no-deps --wait {part}" for part in renewed),
        *words,
    ]
    assert {*renewed, "load", "database", "proxy", "mail"} == {*compose["services"]} - WATCHERS


def test_an_upgrade_looks_for_removed_settings_first(copied_files):
    """The release before knows nothing of them: it is not asked on the way back."""
    folder, run = copied_files
    (folder / ".env").write_text("MAIL_PRIVATE=1\n")
    check = "compose run --rm -T --no-deps load python -m geoapp.environment"
    assert run("upgrade")[1][1] == check
    assert check not in run("upgrade", "--back")[1]


def test_an_upgrade_renews_who_takes_mail_where_it_runs(copied_files):
    folder, run = copied_files
    (folder / "services").write_text("web\nmail\n")
    _done, commands = run("upgrade")
    assert "compose up -d --no-deps --wait mail" in commands


def test_an_upgrade_shows_the_cache_where_web_servers_are(copied_files):
    """Before the next of them goes: a container that is made anew may have another address."""
    folder, run = copied_files
    (folder / "services").write_text("cache\nweb\npurger\n")
    _done, commands = run("upgrade")
    anew = "compose up -d --no-deps --force-recreate --wait cache"
    begin = commands.index("compose config --services") + 1
    assert commands[begin : begin + 5] == [
        "compose up -d --no-deps --wait web", anew, "compose up -d --no-deps --wait web2", anew,
        "compose up -d --no-deps --wait purger",
    ]  # fmt: skip


def test_an_upgrade_that_is_asked_for_wrongly_does_nothing(copied_files):
    _folder, run = copied_files
    done, commands = run("upgrade", "--fast")
    assert (done.returncode, commands) == (2, [])


def test_images_are_pinned_by_their_digest(copied_files):
    """Those from outside, once; with --renew anew. Ours are built here."""
    folder, run = copied_files
    files = [folder / "docker-compose.yml", folder / "deploy" / "machines.yml", *sorted(folder.rglob("Dockerfile"))]

    def images():
        text = "".join(path.read_text() for path in files)
        return re.findall(r"^(?: *image: |FROM )(\S+)( AS \w+)?$", text, re.M)

    before = images()
    done, commands = run("pin_images")
    assert done.returncode == 0, done.stderr
    outside = sorted({image for image, _name in before if ":" in image})
    assert [line.split()[3] for line in commands] == outside
    for (image, name), (pinned, name_after) in zip(before, images(), strict=True):
        assert (pinned.partition("@")[0], name_after) == (image, name)
        assert (re.fullmatch(r".+:.+@sha256:[0-9a-f]{64}", pinned) is not None) == (image in outside)
    again = images()
    assert run("pin_images")[1] == []
    assert len(run("pin_images", "--renew")[1]) == len(outside)
    assert images() == again


def test_all_that_is_installed_is_in_the_bill_and_asked_for():
    """Without the internet nobody can say what is flawed; that every library would be asked for can be seen."""
    process = subprocess.run([ROOT / "bin" / "audit", "--dry-run"], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    everything = set()
    for name in ("requirements", "requirements-vision", "requirements-s3"):
        bill = json.loads((ROOT / "var" / "bom" / f"{name}.cdx.json").read_text())
        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
        assert bill["metadata"]["component"]["version"] == PROJECT["project"]["version"]
        wanted = {
            (library, version) for library, some in locked_entries(f"{name}.lock").items() for version, *_more in some
        }
        assert {
            (canonicalize_name(component["name"]), component["version"]) for component in bill["components"]
        } == wanted
        assert min(len(component["hashes"]) for component in bill["components"]) > 0
        everything |= {
            (library, version)
            for library, some in locked_entries(f"{name}.lock").items()
            for version, _hashes, marker in some
            if marker == "None" or Marker(marker).evaluate()
        }
    assert int(re.search(r"would have audited (\d+) packages", process.stderr)[1]) == len(everything)


FLAW = {"id": "PYSEC-1", "fix_versions": ["2.1"]}
KNOWN = {"name": "sound", "version": "1.0", "vulns": []}
FLAWED = {"name": "flawed", "version": "2.0", "vulns": [FLAW]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(("libraries", "lines", "passes", "passes_where_reachable"), [
    (None, ["The database of known flaws cannot be reached."], False, True),
    ([KNOWN], ["1 libraries asked for, 0 known flaws"], True, True),
    ([KNOWN, UNKNOWN], ["1 libraries asked for, 0 known flaws", "1 could not be asked for: unknown"], False, True),
    ([KNOWN, FLAWED], ["flawed 2.0: PYSEC-1, mended in 2.1", "2 libraries asked for, 1 known flaws"], False, False),
])  # fmt: skip
def test_an_audit_passes_without_flaws_only(libraries, lines, passes, passes_where_reachable):
    """In .ci/run, where there may be no internet, what cannot be asked for is only told."""
    report = libraries and {"dependencies": libraries}
    assert flaws.summarise_report(report, must_reach=True) == (lines, passes)
    assert flaws.summarise_report(report, must_reach=False) == (lines, passes_where_reachable)


def test_the_image_has_a_notice_of_every_library(tmp_path):
    """With its licence, and the texts that its distribution brings: three bring none."""
    assert "python bin/make_notices THIRD-PARTY-NOTICES.txt" in (ROOT / "Dockerfile").read_text()
    subprocess.run([sys.executable, ROOT / "bin" / "make_notices", tmp_path / "notices"], check=True)
    _head, *notices = (tmp_path / "notices").read_text().split("=" * 80 + "\n")
    noticed = {canonicalize_name(notice.split(" ")[0]): notice for notice in notices}
    without_text = set()
    for name in ("requirements.lock", "requirements-vision.lock", "requirements-s3.lock"):
        for library, versions in locked_entries(name).items():
            for version, _hashes, marker in versions:
                if marker == "None" or Marker(marker).evaluate():
                    title, licence, *text = noticed[library].splitlines()
                    assert Version(title.split(" ")[1]) == Version(version)
                    assert re.fullmatch(r"Licence: \S.+", licence), title
                    if not any(line.startswith("--- ") for line in text):
                        without_text.add(library)
    assert without_text == {"flatbuffers", "fontpkg", "http-ece"}
    assert "SIL OPEN FONT LICENSE Version 1.1" in noticed["fontpkg-be-vietnam-pro"]


def test_the_version_is_that_of_the_newest_change_notes():
    newest = re.search(r"^## (\d\S*)$", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert PROJECT["project"]["version"] == newest


@pytest.mark.parametrize(("environment_file", "language"), [
    ({}, "vi"),
    ({"LANGUAGE": "en"}, "vi"),
    ({"LANGUAGE": "en_GB:en"}, "vi"),
    ({"CITY_LANGUAGE": "en", "LANGUAGE": "vi"}, "en"),
    ({"CITY_LANGUAGE": "pt"}, "CITY_LANGUAGE is one of vi, en."),
])  # fmt: skip
def test_the_citys_language_is_no_setting_of_the_machine(environment_file, language):
    variables = {key: value for key, value in os.environ.items() if key not in ("LANGUAGE", "CITY_LANGUAGE")}
    program = "from geoapp import settings; print(settings.LANGUAGE_CODE)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables | environment_file, cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout + done.stderr).strip().endswith(language)
