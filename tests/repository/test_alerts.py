"""Test each alert rule with Prometheus's own tool."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from geoapp import metrics

DEPLOY = Path(settings.BASE_DIR) / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
UP = 'up{job="geoapp", instance="web"}', 'up{job="geoapp", instance="web2"}'
ANSWERS = 'http_answer_seconds_count{status="2xx"}', 'http_answer_seconds_count{status="5xx"}'
QUICK, ALL = 'http_answer_seconds_bucket{le="0.5"}', 'http_answer_seconds_bucket{le="+Inf"}'
SLOW = 'http_answer_seconds_bucket{le="5"}'
DATABASE, FILES = 'backup_age_seconds{what="database"}', 'backup_age_seconds{what="files"}'
# Alarm, when it is asked, then the figures a minute (as promtool counts: start+step×times) with which it is silent, and
# those with which it goes off; its labels beside the severity.
ALARMS = [
    ("ServiceDown", "5m", {UP[0]: "0x30", UP[1]: "1x30"}, {UP[0]: "0x30", UP[1]: "0x30"}, {}),
    ("ServiceDown", "5m", {UP[0]: "1x30"}, {}, {"job": "geoapp"}),
    ("WebServerDown", "10m", {UP[0]: "1x30"}, {UP[0]: "0x30"}, {"job": "geoapp", "instance": "web"}),
    ("ErrorsAnswered", "20m", {ANSWERS[0]: "0+100x30", ANSWERS[1]: "0+1x30"},
     {ANSWERS[0]: "0+100x30", ANSWERS[1]: "0+3x30"}, {}),
    ("PagesSlow", "30m", {QUICK: "0+99x40", SLOW: "0+100x40", ALL: "0+100x40"},
     {QUICK: "0+90x40", SLOW: "0+100x40", ALL: "0+100x40"}, {}),
    ("ReplicaLags", "10m", {'replica_lag_seconds{database="replica"}': "1x30"},
     {'replica_lag_seconds{database="replica"}': "100x30"}, {"database": "replica"}),
    ("NoWorker", "5m", {"workers_alive": "1x30"}, {"workers_alive": "0x30"}, {}),
    ("JobsLate", "10m", {'oldest_job_seconds{queue="cameras"}': "590x30"},
     {'oldest_job_seconds{queue="cameras"}': "610x30"}, {"queue": "cameras"}),
    ("JobsFailed", "100m", {'jobs_failed{queue="default"}': "7x120"}, {'jobs_failed{queue="default"}': "0x80 7x40"},
     {"queue": "default"}),
    ("NoticesLate", "10m", {"oldest_unsent_notice_seconds": "1700x30"},
     {"oldest_unsent_notice_seconds": "1900x30"}, {}),
    ("NoticesFailed", "100m", {"notices_failed": "0+0.2x120"}, {"notices_failed": "0x80 30x40"}, {}),
    ("NoPatrol", "5m", {"patrols_alive": "0x30", 'cameras{health="live"}': "0x30"},
     {"patrols_alive": "0x30", 'cameras{health="live"}': "8x30"}, {}),
    ("CamerasBlind", "20m", {"cameras_alive_ratio": "0.75x30"}, {"cameras_alive_ratio": "0.5x30"}, {}),
    ("FeedFails", "70m", {'feed_failing_seconds{feed="rain"}': "0+60x30 0x60"},
     {'feed_failing_seconds{feed="rain"}': "0+60x120"}, {"feed": "rain"}),
    ("DiskLow", "10m", {"disk_free_ratio": "0.1x30"}, {"disk_free_ratio": "0.05x30"}, {}),
    ("DiskFills", "400m", {"disk_free_bytes": "9000-1x400", "disk_free_ratio": "0.25x400"},
     {"disk_free_bytes": "9000-20x400", "disk_free_ratio": "0.25x400"}, {}),
    ("BackupOld", "10m", {DATABASE: "90000x30", FILES: "600x30"}, {DATABASE: "100000x30", FILES: "600x30"},
     {"what": "database"}),
    ("BackupOld", "10m", {DATABASE: "90000x30", FILES: "600x30"}, {DATABASE: "90000x30", FILES: "4000x30"},
     {"what": "files"}),
    ("BackupOld", "10m", {DATABASE: "90000x30"}, {}, {"what": "database"}),
    ("ArchiveStands", "10m", {"wal_unarchived_seconds": "200x30"}, {"wal_unarchived_seconds": "400x30"}, {}),
    ("HistoryWithoutPart", "150m", {"history_lines_ahead": "600000x180"}, {"history_lines_ahead": "400000x180"}, {}),
    ("StreamsGone", "40m", {"live_streams": "10x30 0x30"}, {"live_streams": "40x30 0x30"}, {}),
]  # fmt: skip


def rules():
    return {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}


def unit_tests():
    """Return the table above as promtool's test file."""
    for alarm, asked_at, silent, loud, labels in ALARMS:
        for series, sounds in ((silent, False), (loud, True)):
            expected_alerts = (
                [{"exp_labels": {"severity": rules()[alarm]["labels"]["severity"], **labels}}] if sounds else []
            )
            yield {
                "interval": "1m",
                "input_series": [{"series": name, "values": figures} for name, figures in series.items()],
                "alert_rule_test": [{"eval_time": asked_at, "alertname": alarm, "exp_alerts": expected_alerts}],
            }


@pytest.fixture(scope="module")
def promtool():
    tool = shutil.which("promtool")
    if not tool:
        pytest.skip("promtool is not installed: apt install promtool")
    return tool


def test_every_alarm_goes_off_and_is_silent_as_it_should(promtool, tmp_path):
    rules_alone = yaml.safe_load(RULES.read_text())
    for rule in rules_alone["groups"][0]["rules"]:
        rule["annotations"] = {}  # their words hold figures; a test of their own reads them
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules_alone))
    (tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [*unit_tests()]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted({row[0] for row in ALARMS}) == sorted(rules())


def test_prometheus_accepts_its_configuration(promtool):
    checked = [promtool, "check", "config", "--lint=all", "--lint-fatal", DEPLOY / "prometheus" / "prometheus.yml"]
    done = subprocess.run(checked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_what_the_service_tells(promtool, client, transactional_db, town):
    metrics_text = client.get("/metrics").content
    done = subprocess.run([promtool, "check", "metrics"], input=metrics_text, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def names_in(expression):
    """Return the metrics in an expression."""
    words = re.findall(
        r"\b([a-z][a-z0-9_]+)\b(?!\()", re.sub(r'"[^"]*"|\{[^}]*\}|\b(by|offset) ?(\([^)]*\)|\w+)', "", expression)
    )
    return {re.sub(r"_(count|bucket|sum)$", "", word) for word in words} - {"or", "and", "max", "min", "sum"}


def panels():
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "shift.json").read_text())
    return [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize(
    "expression",
    [rule["expr"] for rule in rules().values()] + [panel_expression for _title, panel_expression in panels()],
)
def test_alarms_and_board_ask_for_figures_that_there_are(expression):
    figures = {figure.name for figure in metrics.FIGURES} | {"up", "live_streams", "http_answer_seconds"}
    assert names_in(expression) - figures == set()
    assert names_in(expression) != set()


def test_the_board_shows_what_a_shift_needs():
    shown = {name for _title, expression in panels() for name in names_in(expression)}
    figures = {figure.name for figure in metrics.FIGURES} | {"live_streams", "http_answer_seconds"}
    assert figures - shown == set()
    expressions = [expression for _title, expression in panels()]
    assert len(expressions) == len(set(expressions))


def test_each_alarm_says_what_to_do():
    assert [name for name, rule in rules().items() if not rule["annotations"].get("action")] == []
    assert {rule["labels"]["severity"] for rule in rules().values()} == {"page", "ticket"}
