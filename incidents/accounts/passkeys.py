"""Register and check passkeys (WebAuthn): keys in a device or security stick that sign a challenge for this site.

The challenge is stored in the session and counts once. The site is the host of the request, one of ALLOWED_HOSTS; a
passkey added at one host does not work at another.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.timezone import now
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from geoapp.http.text_validation import read_json
from incidents.accounts import factors
from incidents.audit import accounts as ledger
from incidents.models import SecondFactor, User

ADDING, ASKING = "passkey-adding", "passkey-asking"  # where the challenges wait in the session
PASSKEY = SecondFactor.Kind.PASSKEY


class InvalidPasskey(ValueError):
    """The browser's answer is no valid passkey answer of this person to our challenge."""


def server_for(request):
    host = request.get_host()
    origin = f"{request.scheme}://{host}"
    site = PublicKeyCredentialRpEntity(id=host.partition(":")[0], name=host)
    return Fido2Server(site, verify_origin=lambda sent_origin: sent_origin == origin)


def credentials_of(user: User) -> list[AttestedCredentialData]:
    return [credential_data(factor) for factor in factors.factors_of(user).filter(kind=PASSKEY)]


def credential_data(factor):
    return AttestedCredentialData(bytes(factor.credential_data))


def begin_adding(request: HttpRequest, user: User) -> dict[str, Any]:
    person = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.username, display_name=user.get_full_name() or user.username
    )
    options, state = server_for(request).register_begin(
        person,
        credentials_of(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[ADDING] = state
    return dict(options)["publicKey"]


def add_passkey(request: HttpRequest, user: User, answer: str, name: str) -> SecondFactor:
    """Store the passkey that a browser made for this person. Raises InvalidPasskey."""
    state = request.session.pop(ADDING, None)
    try:
        registration = server_for(request).register_complete(state, read_answer(answer))
        credential = registration.credential_data
        with transaction.atomic():
            factor = SecondFactor.objects.create(
                user=user,
                kind=PASSKEY,
                name=" ".join(name.split())[:60] or "Passkey",
                credential=credential.credential_id,
                credential_data=bytes(credential),
                counter=registration.counter,
            )
            ledger.record_account_line(factors.ADDED, user, user, what=f"{PASSKEY} {factor.name}")
    except FAULTS as error:
        raise InvalidPasskey(str(error)) from error
    return factor


def begin_asking(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """Return the WebAuthn options, as JSON, by which a passkey signs. `user` is None if the passkey names its owner.

    Then it also replaces the password and must have verified its owner (PIN, fingerprint, face).
    """
    verification = UserVerificationRequirement.DISCOURAGED if user else UserVerificationRequirement.REQUIRED
    options, state = server_for(request).authenticate_begin(
        credentials_of(user) if user else None, user_verification=verification
    )
    request.session[ASKING] = state | {"user": user.pk if user else None}
    return dict(options)["publicKey"]


def check_passkey(request: HttpRequest, answer: str, user: User | None) -> User:
    """Return the owner of the passkey that signed the challenge. `user`: the expected owner, None for any. Raises
    InvalidPasskey.

    A signature cannot be guessed, so it is checked even after too many wrong codes.
    """
    state = request.session.pop(ASKING, None)
    if state is None or state.pop("user") != (user.pk if user else None):
        raise InvalidPasskey("nobody was asked")
    try:
        assertion = AuthenticationResponse.from_dict(read_answer(answer))
        factor = SecondFactor.objects.get(kind=PASSKEY, credential=assertion.raw_id)
    except FAULTS as error:
        raise InvalidPasskey(str(error)) from error
    if user and factor.user_id != user.pk:
        raise InvalidPasskey("of somebody else")
    with transaction.atomic():
        factors.lock_person(factor.user)
        fault = signature_fault(request, state, assertion, factor.pk)
    if fault or not factor.user.is_active:
        raise InvalidPasskey(fault)
    return factor.user


def signature_fault(request, state, assertion, key):
    """Return why a signature is invalid, or "" and store the passkey's new counter."""
    factor = SecondFactor.objects.select_for_update().get(pk=key)
    try:
        server_for(request).authenticate_complete(state, [credential_data(factor)], assertion)
    except FAULTS as error:
        return f"{type(error).__name__} {error}"
    count = assertion.response.authenticator_data.counter
    if (count or factor.counter) and count <= factor.counter:
        return "it was copied: its counter went back"
    SecondFactor.objects.filter(pk=key).update(counter=count, used_at=now())
    return ""


def read_answer(answer: str) -> dict[str, Any]:
    content = read_json(answer.encode())
    if not isinstance(content, dict):
        raise InvalidPasskey("no JSON object")
    return content


FAULTS = (
    ValueError, KeyError, TypeError, AttributeError, IntegrityError, SecondFactor.DoesNotExist,
)  # fmt: skip
