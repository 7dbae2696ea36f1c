"""A unit outside sees a reporter's contact by a code that is sent to its registered address, and by nothing else."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents.models import Authority, Contact, ContactCode, Event, Notice, PersonalDataView
from incidents.partners import arrival_event, codes, letters
from tests import factories
from tests.incidents.views.test_pages import read_page

PHONE, EMAIL = "+84901234567", "an@example.org"


@pytest.fixture
def desk(town):
    Authority.objects.filter(pk=town.water.pk).update(works="email")
    return Contact.objects.create(authority=town.water, label="Repairs", email="repairs@water.example")


@pytest.fixture
def leak(town, desk):
    return factories.incident(town.leak, phone=PHONE, email=EMAIL)


@pytest.fixture
def link(leak, desk):
    return f"/w/{letters.sign_link(arrival_event(leak), desk)}/"


def sent_code():
    """The code in the last letter that went to the desk."""
    notice = Notice.objects.filter(template="outside_code").latest("pk")
    assert notice.address == "repairs@water.example"
    return re.search(r"\d{3} \d{3}", notice.text)[0]


def shows_contact(answer):
    return PHONE in answer.content.decode() and EMAIL in answer.content.decode()


def test_contact_is_shown_for_the_code_and_the_look_recorded(client, leak, link, town):
    client.cookies["django_language"] = "en"
    first = client.post(f"{link}contact/")
    assert (first.status_code, shows_contact(first)) == (200, False)
    assert "A code of six digits was sent to r•••@water.example." in read_page(first)
    assert not PersonalDataView.objects.exists()
    second = client.post(f"{link}contact/", {"code": sent_code()})
    assert (second.status_code, shows_contact(second)) == (200, True)
    line = leak.timeline.get(kind=Event.Kind.VIEWED)
    assert (line.by, line.authority, line.public) == (None, town.water, False)
    view = PersonalDataView.objects.get()
    assert (view.how, view.by, view.authority, view.incident) == ("link", None, town.water, leak)


def test_code_is_good_for_half_an_hour_in_one_browser(client, link, leak):
    client.post(f"{link}contact/")
    client.post(f"{link}contact/", {"code": sent_code()})
    assert shows_contact(client.post(f"{link}contact/"))
    assert PersonalDataView.objects.count() == 2
    cookie = client.cookies["unit-contact"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"]) == (link, 1800, True)
    client.cookies.clear()
    assert not shows_contact(client.post(f"{link}contact/"))


def test_cookie_of_one_letter_opens_no_other(client, link, desk, town):
    client.post(f"{link}contact/")
    client.post(f"{link}contact/", {"code": sent_code()})
    other = factories.incident(town.leak, phone=PHONE, email=EMAIL)
    its = f"/w/{letters.sign_link(arrival_event(other), desk)}/"
    client.cookies["unit-contact"]["path"] = "/"
    assert not shows_contact(client.post(f"{its}contact/"))


@pytest.mark.parametrize("typed", ["", "000000", "x", "1" * 400, "٠٠٠٠٠٠"])
def test_wrong_code_shows_nothing_and_counts(client, link, typed):
    client.post(f"{link}contact/")
    if typed == sent_code().replace(" ", ""):
        return
    answer = client.post(f"{link}contact/", {"code": typed})
    assert (answer.status_code, shows_contact(answer), ContactCode.objects.get().tries) == (400, False, 1)
    assert not PersonalDataView.objects.exists()


def test_after_five_wrong_tries_the_right_code_is_worthless(client, link):
    client.post(f"{link}contact/")
    right = sent_code()
    wrong = "111111" if right != "111 111" else "222222"
    for _n in range(codes.MAX_TRIES):
        client.post(f"{link}contact/", {"code": wrong})
    assert not shows_contact(client.post(f"{link}contact/", {"code": right}))


@pytest.mark.parametrize("spoil", [{"sent_at": timedelta(minutes=11)}, {"used_at": timedelta()}])
def test_code_is_good_for_ten_minutes_and_once(client, link, spoil):
    client.post(f"{link}contact/")
    ContactCode.objects.update(**{name: now() - ago for name, ago in spoil.items()})
    assert not shows_contact(client.post(f"{link}contact/", {"code": sent_code()}))


def test_new_code_makes_the_one_before_worthless(client, link):
    client.post(f"{link}contact/")
    before = sent_code()
    client.post(f"{link}contact/")
    if before != sent_code():
        assert not shows_contact(client.post(f"{link}contact/", {"code": before}))
    assert shows_contact(client.post(f"{link}contact/", {"code": sent_code()}))


def test_so_many_codes_an_hour_are_sent_to_a_desk(client, link):
    for _n in range(codes.MAX_CODES):
        assert client.post(f"{link}contact/").status_code == 200
    assert client.post(f"{link}contact/").status_code == 429
    assert Notice.objects.filter(template="outside_code").count() == codes.MAX_CODES


def test_code_is_kept_as_a_keyed_digest_only(client, link):
    client.post(f"{link}contact/")
    digits = sent_code().replace(" ", "")
    assert digits.encode() not in bytes(ContactCode.objects.get().digest)
    assert digits not in Notice.objects.filter(template="outside_code").get().subject
