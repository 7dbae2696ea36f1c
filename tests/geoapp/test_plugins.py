"""Test plug-ins of our own and of installed distributions."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured

from geoapp import plugins
from incidents.channels.voice.systems import SYSTEMS, Adapter
from incidents.models import Medium, Notice, Receipt
from incidents.notify import sms
from incidents.notify.gateway import CallingGateway, PolledGateway, QueriedGateway
from incidents.notify.sms import GATEWAYS
from incidents.notify.transport import Sent
from tests.distributions import write_distribution

VENDOR = """
sent = []

def send(message, accepted):
    sent.append((message.phone, message.text))
    accepted("v1")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with an SMS gateway of this name."""

    def install(name):
        write_distribution(tmp_path, "city-sms", {"city_sms": VENDOR}, {GATEWAYS: {name: "city_sms"}})
        monkeypatch.syspath_prepend(tmp_path)
        plugins.plugins.cache_clear()

    yield install
    sys.modules.pop("city_sms", None)
    plugins.plugins.cache_clear()
    plugins.load_plugin.cache_clear()


def test_installed_distribution_adds_a_plugin(install):
    install("city")
    assert list(plugins.plugins(GATEWAYS)) == ["esms", "speedsms", "smpp", "city"]
    assert plugins.load_plugin(GATEWAYS, "city").__name__ == "city_sms"


def test_sms_goes_out_by_the_gateway_of_a_plugin(install, town, settings):
    install("city")
    settings.SMS_PROVIDER, settings.SMS_ASCII, settings.SMS_COST = "city", True, 350
    notice = Notice.objects.create(medium=Medium.SMS, address="+84901234567", text="Đã xong")
    assert sms.send(notice) == Sent(provider_id="v1", segments=1, cost=350)
    assert plugins.load_plugin(GATEWAYS, "city").sent == [("+84901234567", "Da xong")]
    assert list(Receipt.objects.values_list("provider", "provider_id")) == [("city", "v1")]


@pytest.mark.parametrize(("name", "fault"), [
    ("esms", "Two plug-ins of geoapp.sms are called esms."),
    ("of a name with blanks", "of a name with blanks of geoapp.sms is no name of at most 20 letters, digits, - and _."),
])  # fmt: skip
def test_name_that_cannot_be_used_is_refused(install, name, fault):
    install(name)
    with pytest.raises(ImproperlyConfigured) as refused:
        plugins.plugins(GATEWAYS)
    assert str(refused.value) == fault


@pytest.mark.parametrize(("name", "kinds"), [
    ("esms", {CallingGateway, QueriedGateway}),
    ("speedsms", {CallingGateway}),
    ("smpp", {PolledGateway}),
])  # fmt: skip
def test_what_each_sms_gateway_can_do(name, kinds):
    gateway = plugins.load_plugin(GATEWAYS, name)
    assert {kind for kind in (CallingGateway, QueriedGateway, PolledGateway) if isinstance(gateway, kind)} == kinds


def test_asterisk_alone_calls_no_hook():
    calls_hook = {name: isinstance(plugins.load_plugin(SYSTEMS, name), Adapter) for name in plugins.plugins(SYSTEMS)}
    assert calls_hook == {"own": True, "twilio": True, "jambonz": True, "asterisk": False}


@pytest.mark.parametrize(("setting", "value", "fault"), [
    ("SMS_PROVIDER", "city", ""),
    ("SMS_PROVIDER", "other", "SMS_PROVIDER is empty or one of esms, speedsms, smpp, city."),
    ("VOICE_SOURCES", "night=other", "VOICE_SOURCES names kinds: own, twilio, jambonz, asterisk."),
])  # fmt: skip
def test_settings_name_a_plugin_that_exists(tmp_path, setting, value, fault):
    write_distribution(tmp_path, "city-sms", {"city_sms": VENDOR}, {GATEWAYS: {"city": "city_sms"}})
    start = subprocess.run(
        [sys.executable, "-c", "import geoapp.settings"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), setting: value},
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert start.stderr.rpartition("ImproperlyConfigured: ")[2].strip() == fault
