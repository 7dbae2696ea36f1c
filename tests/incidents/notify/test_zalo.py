"""Messages to the followers of the city's Zalo account, and its tokens, each of which works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils.timezone import now

from geoapp.crypto import vault
from incidents.models import ChatAccount, Notice
from incidents.notify import zalo
from incidents.notify.transport import Refused, Sent, Unsure
from tests.fakes.zalo import Zalo


@pytest.fixture
def account(settings):
    """The city's account, with tokens that work."""
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.ZALO_APP_ID, settings.ZALO_APP_SECRET = "app", "app secret"
    with Zalo() as server:
        settings.ZALO_URL = settings.ZALO_OAUTH_URL = server.url
        zalo.store_tokens({"access_token": "access-0", "refresh_token": "refresh-0", "expires_in": 90_000})
        yield server


def notice(text="Phản ánh đã xong. Xem: https://city.example/t/abc/.", user="6042137785190045512"):
    return Notice(cause="event:1", medium="zalo", address=user, text=text, language="vi")


@pytest.mark.django_db
def test_a_follower_gets_the_text_and_a_button_for_its_link(account):
    assert zalo.send(notice()) == Sent(provider_id="m1")
    [(user, message)] = account.inbox
    assert (user, message["text"]) == ("6042137785190045512", "Phản ánh đã xong. Xem: https://city.example/t/abc/.")
    [button] = message["attachment"]["payload"]["buttons"]
    assert (button["type"], button["payload"]) == ("oa.open.url", {"url": "https://city.example/t/abc/"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "again", "reachable"),
    [
        (-32, True, True),
        (-211, True, True),
        (-234, True, True),
        (-321, True, True),
        (-213, False, False),
        (-217, False, False),
        (-227, False, False),
        (-230, False, False),
        (-232, False, False),
        (-224, False, True),
        (-201, False, True),
    ],
)
def test_what_follows_from_an_error(account, error, again, reachable):
    account.answers = [error]
    with pytest.raises(Refused) as refused:
        zalo.send(notice())
    assert (refused.value.code, refused.value.retry) == (str(error), again)
    assert zalo.is_reachable(refused.value.code) == reachable


@pytest.mark.django_db
def test_without_an_answer_a_person_decides(account):
    account.silent = True
    with pytest.raises(Unsure) as unsure:
        zalo.send(notice())
    assert unsure.value.then == Unsure.PERSON


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"ZALO_URL": "http://127.0.0.1:9"}, {"OUTBOUND_ALLOWED": {}}])
def test_what_cannot_be_reached_was_not_asked(account, settings, changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    with pytest.raises(Refused):
        zalo.send(notice())


@pytest.mark.django_db
def test_without_tokens_it_says_so():
    with pytest.raises(Refused) as refused:
        zalo.send(notice())
    assert refused.value.code == "tokens"
    assert not zalo.is_on()


@pytest.mark.django_db
def test_tokens_lie_locked_and_do_not_open_with_another_key(account, settings):
    row = ChatAccount.objects.get()
    assert "access-0" not in row.access_token
    settings.DATA_KEYS = f"data-1:{43 * 'z'}=,index-1:{43 * 'z'}="
    with pytest.raises(Refused):
        zalo.send(notice())


@pytest.mark.django_db(transaction=True)
def test_an_old_token_is_renewed_once_however_many_send(account):
    account.access = "something else"

    def send(_n):
        try:
            return zalo.send(notice())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        sent = list(threads.map(send, range(3)))
    assert sorted(answer.provider_id for answer in sent) == ["m1", "m2", "m3"]
    assert account.renewals == 1
    assert vault.decrypt(ChatAccount.objects.get().refresh_token) == "refresh-1"

    ChatAccount.objects.update(refreshed_at=now() - timedelta(hours=14), expires_at=now() + timedelta(hours=11))
    zalo.renew_tokens()  # half of its life is over
    assert account.renewals == 2
    zalo.renew_tokens()
    assert account.renewals == 2


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_renewed_is_written_down(account, monkeypatch):
    account.access, account.refresh = "something", "else"
    with pytest.raises(Refused) as refused:
        zalo.send(notice())
    assert (refused.value.code, refused.value.retry) == ("tokens", False)
    assert ChatAccount.objects.get().fault == "-14014 Invalid refresh token"
    assert zalo.account_fault().endswith("-14014 Invalid refresh token")

    monkeypatch.setattr("getpass.getpass", lambda _asked: "wrong")
    with pytest.raises(CommandError):
        call_command("zalo_tokens")
    monkeypatch.setattr("getpass.getpass", lambda _asked: " else ")
    call_command("zalo_tokens")
    assert zalo.send(notice()) == Sent(provider_id="m1")
    assert zalo.account_fault() == ""
    ChatAccount.objects.update(refreshed_at=now() - timedelta(days=8))
    assert zalo.account_fault() != ""
