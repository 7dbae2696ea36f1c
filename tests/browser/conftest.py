"""Fixtures: a real server on a free port, and a real browser.

`site` is granian on the test's own database, so that event streams, commits and a second person are real; `visitor`
fails its test when the browser reports a script error, a Content-Security-Policy refusal or a broken link.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as project
from django.db import connection
from django.test import Client
from playwright.sync_api import Error, Locator, Page, expect, sync_playwright

from tests import owner
from tests.collected import collected_files
from tests.conftest import database_url
from tests.machine import patience

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop in this thread; our queries stay synchronous
SHOTS = os.environ.get("SHOTS")  # a folder for screenshots, which are taken where it is given
WIDTHS = {390: 844, 1440: 900}
SCREENS = [(width, language) for width in WIDTHS for language in ("vi", "en")]


def on_screens(*usual):
    """Parametrizes by width and language: all combinations in `bin/test --deep`, else these."""
    further = [pytest.param(*screen, marks=pytest.mark.deep) for screen in SCREENS if screen not in usual]
    return pytest.mark.parametrize(("width", "language"), [*usual, *further])


on_each_screen = on_screens((390, "vi"), (1440, "en"))  # what most people see: a phone and a wide screen


def on_screen(width, language):
    """Parametrizes by one screen in a usual run, for what is alike on every screen."""
    return on_screens((width, language))


expect.set_options(timeout=30_000)  # on a busy machine too


def wait_for_scripts(act, page_of=lambda locator: locator.page):
    """Waits until the page's scripts have attached their listeners."""

    @functools.wraps(act)
    def wait_and_act(whose, *args, **kwargs):
        page_of(whose).wait_for_load_state("domcontentloaded")
        return act(whose, *args, **kwargs)

    return wait_and_act


for name in ("check", "click", "fill", "focus", "press", "select_option", "set_input_files", "tap", "uncheck"):
    setattr(Locator, name, wait_for_scripts(getattr(Locator, name)))
for name in ("keyboard", "mouse"):
    setattr(Page, name, property(wait_for_scripts(getattr(Page, name).fget, page_of=lambda page: page)))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory):
    var = tmp_path_factory.mktemp("site")
    return os.environ | {
        "DEBUG": "0", "MEDIA_ROOT": str(var / "media"), "STATIC_ROOT": str(collected_files()), "LOG_LEVEL": "WARNING",
        "EMAIL_URL": "filemail://", "DATABASE_POOL": "6", "OUTBOUND_ALLOWED": "cameras=127.0.0.0/8",
        "PYTHONUNBUFFERED": "1",
        "VAPID_KEY": "egKLiT_T9pk1Yas2u-KGMG0PrXEUab4sSwTDnYT5oY0", "LIMITS": BUDGETS,
    }  # fmt: skip


# All browsers of all tests are one network, whose budget for reads ends (tests/geoapp/http/test_costs.py).
BUDGETS = ",".join(f"{name}=1000000/s" for name in ("cost:address", "cost:all", "report-cost:address"))


class Process:
    """One of our processes; its output is in a file that a failed test can show."""

    def __init__(self, command, env, log):
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=project.BASE_DIR, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def kill(self):
        """Kills the process with all its children, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


COMMANDS = {
    "web": ["bin/web"],
    "worker": ["bin/worker"],
    "cameras": ["bin/cameras"],
    "streets": [sys.executable, "-m", "demo.cameras", "--port"],  # the demo's camera server
}


@pytest.fixture(scope="session")
def starter(django_db_setup, django_db_blocker, surroundings, tmp_path_factory):
    with django_db_blocker.unblock():
        env = surroundings | {
            f"DATABASE{name}_URL": database_url(connection.settings_dict | {"USER": role})
            for name, role in (("", owner.SERVICE), ("_READER", owner.READER))
        }
    running, logs = [], tmp_path_factory.mktemp("logs")

    def start(kind, **more):
        port = free_port()
        command = [*COMMANDS[kind], str(port)] if kind == "streets" else COMMANDS[kind]
        process = Process(command, env | {"PORT": str(port)} | more, logs / f"{kind}-{port}.log")
        running.append(process)
        process.address = f"http://127.0.0.1:{port}"
        if kind == "web":
            wait_until(lambda: answers(process), 60, "the server did not start")
        return process

    yield start
    for process in running:
        process.stop()


@pytest.fixture
def processes(transactional_db, starter, surroundings, settings):
    settings.MEDIA_ROOT = surroundings["MEDIA_ROOT"]
    started = []

    def start(kind, **more):
        started.append(starter(kind, **more))
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="session")
def server(starter):
    return starter("web")


@pytest.fixture
def site(transactional_db, server, surroundings, settings):
    """Address of the running server; one server serves all tests, each with its own rows."""
    settings.MEDIA_ROOT = surroundings["MEDIA_ROOT"]
    return server.address


def answers(process):
    try:
        with urllib.request.urlopen(f"{process.address}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        assert process.process.poll() is None, process.log.read_text()
        return False


def wait_until(condition, seconds=10, why="it did not happen"):
    end = time.monotonic() + patience(seconds)
    while not (result := condition()):
        assert time.monotonic() < end, why
        time.sleep(0.05)
    return result


# For these tests only: while it is there its loop runs in this thread, where other tests have loops of their own.
@pytest.fixture(scope="package")
def playwright():
    with sync_playwright() as driver:
        yield driver


@contextlib.contextmanager
def browser_of(playwright, *names):
    program = next(filter(None, map(shutil.which, names)), None)
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def chromium(playwright):
    with browser_of(playwright, "chromium-headless-shell", "chromium", "google-chrome") as browser:
        yield browser


def describe_message(page, message):
    return f"{page.url}: {message.text} {message.location['url']}"


@pytest.fixture
def visitor(chromium, site):
    """Opens a page in a new person's browser: `visitor(390, user=officer, language="en")`. Its complaints fail the
    test.
    """
    contexts, complaints = [], []

    def come(width=1440, user=None, language="vi", **more):
        context = chromium.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            base_url=site,
            has_touch=width < 600,
            # What a page asks for reaches page.route and CDP only without a service worker.
            **{"locale": "vi-VN", "service_workers": "block"} | more,
        )
        context.set_default_timeout(60_000)
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        contexts.append(context)
        page = context.new_page()
        speak(page, language, site)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda message: message.type == "error" and complaints.append(describe_message(page, message))
        )
        return page

    come.complaints = complaints
    yield come
    for page in [page for context in contexts for page in context.pages]:
        with contextlib.suppress(Error):  # it is just going elsewhere
            page.evaluate("0")  # what it complained of is told before the answer
    heard = [*complaints]  # what a page that is being closed was about to fetch is no fault of it
    for context in contexts:
        context.close()
    assert heard == []


def speak(page, language, site):
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])


def without_photo(page):
    page.get_by_role("button", name=re.compile("Tiếp tục, không có ảnh|Continue without a photo")).click()


# The letters are there, the map has its tiles and stands, no part is fetched, and nothing moves but what never ends.
SETTLED = """() => document.fonts.status === "loaded"
    && !document.querySelector(".leaflet-pan-anim, .leaflet-zoom-anim, .leaflet-tile:not(.leaflet-tile-loaded)")
    && !document.querySelector("[aria-busy=true]")
    && document.getAnimations().every((one) =>
        one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def settle(page):
    """Waits until the page is drawn and at rest. Polls from Python, because a page without scripts has no timers."""
    wait_until(lambda: page.evaluate(SETTLED), seconds=30, why="the page did not come to rest")


def shoot(page, name):
    """Saves a screenshot in the folder SHOTS, if set, as NAME-WIDTH-LANGUAGE.png."""
    settle(page)
    if not SHOTS:
        return
    path = Path(SHOTS, f"{name}-{page.viewport_size['width']}-{page.locator('html').get_attribute('lang')}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    for tries_left in reversed(range(3)):
        try:
            page.screenshot(path=path)
            return
        except Error as error:
            # Chromium may have no picture to give at that moment; what is shown is not what is tested here.
            if not tries_left or "Unable to capture screenshot" not in str(error):
                raise


def too_narrow(page):
    """Returns the phone and desktop widths at which the page overflows; restores its own width."""
    own = page.viewport_size
    widths = []
    for width, height in sorted(WIDTHS.items(), key=lambda size: size[0] == own["width"]):
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            widths.append(width)
    return widths


# What axe finds, as readable lines: only they come here, not what it was content with.
AXE_FINDINGS = """async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] })
    const node = ({ html, any }) => `${html.slice(0, 160)} ${any.map(({ message }) => message)}`
    const line = ({ id, help, nodes }) => `${id}: ${help} ${nodes.slice(0, 3).map(node)}`
    return violations.map(line)
}"""


def axe_findings(page):
    settle(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(AXE_FINDINGS)
