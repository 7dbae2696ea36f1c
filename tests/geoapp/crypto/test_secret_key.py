"""Test a change of SECRET_KEY: sessions, links and locked secrets stay valid."""

import re

import pytest
from django.core import signing

from geoapp.crypto import vault
from incidents import partners, reporting
from incidents.models import Authority, Contact, HeldReport, Notice, OptOut, WatchedWord
from incidents.notify import confirming, opt_outs
from incidents.partners import letters
from incidents.reporting import blocking
from incidents.reporting.sender import Sender
from tests import factories


@pytest.fixture
def change_key(settings):
    """Change SECRET_KEY as an operator does: a new one, with the former as fallback."""

    def change(keep=True):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep else []
        settings.SECRET_KEY = "a new key of an operator, with fifty characters in it"

    return change


@pytest.mark.parametrize("keep", [True, False])
def test_sessions_go_on_with_the_key_before(client, officer, change_key, keep):
    client.force_login(officer)
    change_key(keep)
    assert client.get("/desk/").status_code == (200 if keep else 302)


@pytest.mark.parametrize("keep", [True, False])
def test_links_in_letters_to_units_go_on(client, town, change_key, keep):
    Authority.objects.filter(pk=town.water.pk).update(works="email")
    contact = Contact.objects.create(authority=town.water, label="Repairs", email="repairs@water.example")
    event = partners.arrival_event(factories.incident(town.leak))
    link = f"/w/{letters.sign_link(event, contact)}/"
    change_key(keep)
    assert client.get(link).status_code == (200 if keep else 404)


@pytest.mark.parametrize("keep", [True, False])
def test_links_that_hang_on_the_data_key_do_not_ask_it(client, town, change_key, keep):
    report = factories.incident(town.hole).reports.get()
    stop = opt_outs.sign_address("email", "lan@example.org")
    locked = vault.encrypt("a password")
    change_key(keep)
    assert client.get(f"/f/{report.token}/").status_code == 200
    assert client.post(f"/stop/{stop}/").status_code == 200
    assert (vault.decrypt(locked), OptOut.objects.get().address) == ("a password", "lan@example.org")


@pytest.mark.parametrize("keep", [True, False])
def test_blocks_go_on(town, officer, change_key, keep):
    WatchedWord.watch("knee")
    sender = Sender(network="203.0.113.7")
    first, again = (reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Knee deep") for _ in "12")
    blocking.block_sender(reporting.receive(first, sender), kinds=["address"], days=1, reason="x", by=officer)
    change_key(keep)
    if keep:
        with pytest.raises(reporting.ReportRefused):
            reporting.receive(again, sender)
    else:
        assert isinstance(reporting.receive(again, sender), HeldReport)


@pytest.mark.parametrize("keep", [True, False])
def test_codes_to_confirm_an_address_go_on(town, change_key, keep):
    town.hole.confirm = "person"
    town.hole.save()
    report = factories.incident(town.hole, email="lan@example.org").reports.get()
    confirming.send_code(report, "email", network="203.0.113.7")
    change_key(keep)
    digits = re.search(r"\b\d{3} ?\d{3}\b", Notice.objects.get().text)[0]
    if keep:
        confirming.enter_code(report, "email", digits)
    else:
        with pytest.raises(confirming.CodeRefused):
            confirming.enter_code(report, "email", digits)


def test_links_to_stop_of_earlier_letters_go_on(client, db, change_key):
    stop = signing.dumps(["email", "lan@example.org"], salt=opt_outs.SALT)
    change_key()
    assert client.post(f"/stop/{stop}/").status_code == 200
    assert OptOut.objects.get().address == "lan@example.org"
