"""Test parsing of environment variables: allowed networks, removed settings."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from geoapp import outbound
from geoapp.environment import PURPOSES, REMOVED, parse_allowed_networks, tile_hosts
from tests.repository.test_documentation import rows_of, settings_read

ROOT = Path(__file__).resolve().parents[2]


def start(**environment):
    """Start a process with these settings; returns its error output."""
    program = "from geoapp import settings; print(settings.OUTBOUND_ALLOWED['mail'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_nothing_inside_the_own_network_is_called_by_default():
    assert parse_allowed_networks("") == dict.fromkeys(PURPOSES, ())


def test_rows_of_a_purpose_add_up():
    table = parse_allowed_networks("cameras=10.21.0.0/16,fd20::/64  mail=private\ncameras=127.0.0.1/32")
    rows = {purpose: networks for purpose, networks in table.items() if networks}
    assert rows == {"cameras": ("10.21.0.0/16", "fd20::/64", "127.0.0.1/32"), "mail": ("private",)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("camera=10.21.0.0/16", "“camera=10.21.0.0/16” begins with none of cameras, evidence, "),
        ("private", "“private” begins with none of cameras, evidence, "),
        ("mail", "“mail” names no network. Write mail=10.20.0.0/16 or mail=private."),
        ("mail=10.21.0.1/16", "“mail=10.21.0.1/16” names no network."),
        ("mail=1", "“mail=1” names no network."),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(text, fault):
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse_allowed_networks(text)
    assert str(refusal.value).startswith(f"OUTBOUND_ALLOWED: {fault}")


def test_a_purpose_reaches_its_own_networks_only(settings):
    settings.OUTBOUND_ALLOWED = parse_allowed_networks("cameras=10.21.0.0/16 mail=private")
    reached = {
        purpose: [outbound.allowed_targets(purpose).allows(address) for address in ("8.8.8.8", "10.21.3.4", "10.9.9.9")]
        for purpose in ("cameras", "mail", "feeds", "")
    }
    assert reached == {
        "cameras": [True, True, False], "mail": [True, True, True],
        "feeds": [True, False, False], "": [True, False, False]
    }  # fmt: skip


def test_without_tls_goes_only_a_purpose_with_a_row(settings):
    settings.OUTBOUND_ALLOWED = parse_allowed_networks("cameras=10.21.0.0/16")
    assert [outbound.allows_plain_http(purpose) for purpose in ("cameras", "mail")] == [True, False]


def test_the_table_of_purposes_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text().partition("### Calls into your own network")[2]
    rows = [line.split("`")[1] for line in text.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    assert tuple(rows) == PURPOSES


def test_a_process_with_a_removed_setting_does_not_begin():
    assert start(OUTBOUND_ALLOWED="mail=private", MAIL_PRIVATE="") == "('private',)"
    assert start(MAIL_PRIVATE="0") == (
        "django.core.exceptions.ImproperlyConfigured: "
        "MAIL_PRIVATE is not read any more: write OUTBOUND_ALLOWED=mail=private instead."
    )


@pytest.mark.parametrize(("url", "hosts"), [
    ("", []),
    ("https://tiles.example/{z}/{x}/{y}.png", ["https://tiles.example"]),
    ("https://{s}.tiles.example:8443/{z}/{x}/{y}.png", ["https://*.tiles.example:8443"]),
])  # fmt: skip
def test_pages_may_show_the_tiles_of_their_address(url, hosts):
    assert tile_hosts(url) == hosts


def test_at_most_110_settings_are_read():
    source = (ROOT / "geoapp" / "settings.py").read_text()
    names = {*re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', source), *re.findall(r'environ\.get\("([A-Z_]+)"', source)}
    assert len(names) <= 110


def test_removed_settings_are_neither_read_nor_documented():
    assert REMOVED.keys() & (settings_read() | {*rows_of("README.md"), *rows_of("docs/settings.md")}) == set()


@pytest.mark.parametrize(("lines", "code"), [
    ("DOMAIN=a.example\nMAIL_PRIVATE=\n", 0), ("FEED_NETWORKS=10.0.0.0/8\nMAIL_PRIVATE=1\n", 1)
])  # fmt: skip
def test_a_file_of_settings_is_checked_before_an_upgrade(lines, code):
    done = subprocess.run(
        [sys.executable, "-m", "geoapp.environment"], cwd=ROOT, input=lines, capture_output=True, text=True
    )
    removed = [word for word in done.stderr.split() if word in REMOVED]
    assert (done.returncode, removed) == (code, ["FEED_NETWORKS", "MAIL_PRIVATE"] if code else [])
