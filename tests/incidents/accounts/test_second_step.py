"""Signing in with a second factor: codes, recovery codes, passkeys; what guessing meets."""

import json

import pytest
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents.accounts import factors, sessions
from incidents.models import Notice, RecoveryCode, SecondFactor, SignIn, User, WrongCodes
from incidents.notify import jobs
from tests.fakes.passkey import PRESENT, Authenticator
from tests.incidents.accounts.conftest import (
    code_of,
    enter,
    give_app,
    give_passkey,
    new_client,
    running,
)


def second(client, **fields):
    return client.post("/sign-in/second/", {f"factor-{name}": value for name, value in fields.items()})


def options(client):
    return json.loads(client.post("/sign-in/passkey/").content)


def test_password_alone_does_not_sign_in_who_has_a_factor(officer):
    give_app(officer)
    client, answer = enter(next="/desk/")
    assert answer.url == "/sign-in/second/?next=%2Fdesk%2F"
    assert client.get("/desk/").url == "/sign-in/?next=/desk/"
    assert client.get("/live/desk/").status_code == 302
    assert running(officer) == 0


def test_code_of_the_app_signs_in(officer):
    secret = give_app(officer)
    client, _ = enter(next="/desk/")
    answer = client.post("/sign-in/second/", {"factor-code": code_of(secret), "next": "/desk/"})
    assert answer.url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert SignIn.objects.get().method == "app"


@pytest.mark.parametrize(("steps", "is_accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_wrong(officer, steps, is_accepted):
    secret = give_app(officer)
    at = now()
    code = factors.pyotp.TOTP(secret).at(int(at.timestamp()) + 30 * steps)
    assert (factors.step_of_code(secret, code, at) is not None) == is_accepted


def test_a_code_counts_once(officer):
    secret = give_app(officer)
    code = code_of(secret)
    assert factors.check_code(officer, code, factors.Place()) == "app"
    assert factors.check_code(officer, code, factors.Place()) is None


def test_a_recovery_code_signs_in_once(officer):
    give_app(officer)
    code = factors.make_recovery_codes(officer)[3]
    client, _ = enter()
    assert second(client, code=code.upper().replace("-", " ")).url == "/after-sign-in/"
    assert RecoveryCode.objects.count() == 9
    client, _ = enter()
    page = second(client, code=code)
    assert "The code is wrong or has already been used." in page.content.decode()


def test_after_ten_wrong_codes_none_is_taken_for_a_while(officer):
    secret = give_app(officer)
    client, _ = enter()
    for _number in range(factors.WRONG_CODES):
        assert second(client, code="000000").status_code == 200
    answer = second(client, code=code_of(secret))
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    WrongCodes.objects.update(since=now() - factors.WRONG_WITHIN)
    assert second(client, code=code_of(secret)).status_code == 302


def guess(officer, address, times):
    """A thief of the password guesses; returns the statuses."""
    thief, _ = enter(client=new_client(REMOTE_ADDR=address))
    return [second(thief, code="000000").status_code for _time in range(times)]


def test_thief_of_the_password_keeps_no_known_browser_out(officer):
    secret = give_app(officer)
    owner, _ = enter()
    assert second(owner, code=code_of(secret)).status_code == 302
    SecondFactor.objects.update(counter=0)
    assert guess(officer, "203.0.113.9", 12)[-2:] == [429, 429]
    for last in range(10, 14):
        guess(officer, f"203.0.113.{last}", 10)
    owner.post("/sign-out/")
    again, _ = enter(client=owner)
    assert second(again, code=code_of(secret)).status_code == 302


def test_thief_keeps_neither_recovery_code_nor_passkey_out(officer):
    give_app(officer)
    device = give_passkey(officer)
    code = factors.make_recovery_codes(officer)[0]
    for last in range(4):
        guess(officer, f"203.0.113.{last}", 10)
    client, _ = enter(client=new_client(REMOTE_ADDR="203.0.113.1"))
    assert second(client, code="000000").status_code == 429
    assert second(client, passkey=device.get(options(client))).status_code == 302
    client, _ = enter(client=new_client(REMOTE_ADDR="203.0.113.2"))
    assert second(client, code=code).status_code == 302


def test_many_networks_together_guess_no_more_than_one_may(officer):
    give_app(officer)
    statuses = [status for last in range(6) for status in guess(officer, f"203.0.113.{last}", 9)]
    assert statuses.count(200) == factors.WRONG_ELSEWHERE


def test_owner_is_told_of_many_wrong_codes_once(officer):
    User.objects.filter(pk=officer.pk).update(email="officer@wharf.example")
    give_app(officer)
    guess(officer, "203.0.113.9", 14)
    deferred = ProcrastinateJob.objects.filter(task_name="incidents.tell_wrong_codes")
    for job in deferred:
        jobs.tell_wrong_codes(**job.args)
    assert Notice.objects.filter(template="wrong_codes", address="officer@wharf.example").count() == 1


def test_the_second_step_is_over_after_ten_minutes(officer):
    secret = give_app(officer)
    client, _ = enter()
    session = client.session
    session[sessions.PENDING] |= {"at": session[sessions.PENDING]["at"] - sessions.PENDING_S}
    session.save()
    assert second(client, code=code_of(secret)).url == "/sign-in/"


def test_a_new_password_ends_the_second_step(officer):
    secret = give_app(officer)
    client, _ = enter()
    officer.set_password("another-harbour")
    officer.save()
    assert second(client, code=code_of(secret)).url == "/sign-in/"


# ---- passkeys ----


def test_a_passkey_is_the_second_factor(officer):
    device = give_passkey(officer)
    client, _ = enter()
    challenge = options(client)
    assert [credential["id"] for credential in challenge["allowCredentials"]] == [
        json.loads(device.get(challenge))["id"]
    ]
    assert second(client, passkey=device.get(challenge)).url == "/after-sign-in/"
    assert SignIn.objects.get().method == "passkey"


def test_a_passkey_signs_in_without_name_and_password(officer):
    device = give_passkey(officer)
    client = new_client()
    challenge = options(client)
    assert (challenge["userVerification"], challenge.get("allowCredentials")) == ("required", None)
    answer = client.post("/sign-in/", {"factor-passkey": device.get(challenge), "next": "/desk/"})
    assert answer.url == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_a_passkey_alone_must_have_checked_its_owner(officer):
    device = give_passkey(officer)
    device.flags = PRESENT
    client = new_client()
    answer = client.post("/sign-in/", {"factor-passkey": device.get(options(client))})
    assert "This passkey is unknown." in answer.content.decode()


@pytest.mark.parametrize(
    "fault", ["other site", "other challenge", "other key", "copied", "unknown", "rubbish", "twice"]
)
def test_what_no_passkey_of_ours_says_is_refused(officer, fault):
    device = give_passkey(officer)
    client, _ = enter()
    challenge = options(client)
    if fault == "other site":
        device.origin = "https://evil.example"
    elif fault == "other challenge":
        challenge = challenge | {"challenge": "AAAA"}
    elif fault == "other key":
        device.key = Authenticator().key
    elif fault == "copied":
        device.count = -1
    elif fault == "unknown":
        device.number = b"1" * 32
    answer = "{}" if fault == "rubbish" else device.get(challenge)
    if fault == "twice":
        options(client)
    page = second(client, passkey=answer)
    assert "This passkey is not one of yours" in page.content.decode()
    assert running(officer) == 0


def test_a_passkey_of_somebody_else_is_refused(officer, outsider):
    give_app(officer)
    device = give_passkey(outsider)
    client, _ = enter()
    challenge = options(client)
    assert "not one of yours" in second(client, passkey=device.get(challenge)).content.decode()


def test_a_closed_account_has_no_use_of_its_passkey(officer):
    device = give_passkey(officer)
    User.objects.update(is_active=False)
    client = new_client()
    answer = client.post("/sign-in/", {"factor-passkey": device.get(options(client))})
    assert answer.status_code == 200
    assert running(officer) == 0


def test_the_secret_of_an_app_is_kept_locked(officer):
    secret = give_app(officer)
    stored = SecondFactor.objects.get().secret
    assert (secret in stored, factors.vault.decrypt(stored)) == (False, secret)


def test_recovery_codes_are_kept_as_digests(officer):
    codes = factors.make_recovery_codes(officer)
    digests = " ".join(RecoveryCode.objects.values_list("sha256", flat=True))
    assert [code for code in codes if code in digests or code.replace("-", "") in digests] == []
