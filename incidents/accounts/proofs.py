"""Read the second factor that a form sends: a code, a recovery code, or what a passkey signed."""

import logging
from dataclasses import dataclass

from django.http import HttpRequest

from incidents.accounts import factors, passkeys, sign_in_throttle
from incidents.models import SignIn, User

log = logging.getLogger(__name__)
CODE, PASSKEY = FIELDS = "factor-code", "factor-passkey"  # no other form has fields of these names


@dataclass(frozen=True)
class Proof:
    """The outcome: the method by which the person is proven, else what is wrong."""

    method: str | None = None
    fault: str = ""  # code, passkey, or many
    minutes: int = 0  # to wait after too many


def read_proof(request: HttpRequest, person: User) -> Proof:
    try:
        if answer := request.POST.get(PASSKEY):
            passkeys.check_passkey(request, answer, person)
            return Proof(SignIn.Method.PASSKEY)
        method = factors.check_code(person, request.POST.get(CODE, ""), sign_in_throttle.place_of(request, person))
    except factors.TooManyCodes as fault:
        return Proof(fault="many", minutes=fault.minutes)
    except passkeys.InvalidPasskey as fault:
        log.info("A passkey was refused: %s", fault)
        return Proof(fault="passkey")
    return Proof(method, "" if method else "code")
