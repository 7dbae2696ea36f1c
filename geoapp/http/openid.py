"""Sign in by OpenID Connect: code flow with PKCE, refresh, back-channel logout, for one provider.

Knows the protocol and no people. Tokens are checked by joserfc; every call goes through `outbound`.
https://openid.net/specs/openid-connect-core-1_0.html, …/openid-connect-backchannel-1_0.html
"""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from geoapp import deadline, outbound
from geoapp.http.text_validation import read_json

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]  # none that the client's secret could sign
TIMEOUT_S = 4.0
LEEWAY_S = 60  # by which clocks may differ
SILENT_S = 10  # after a call that nobody answered
KEEP_S, ASK_AGAIN_S = 600, 30  # how long the provider's description and keys are kept; how soon unknown keys are asked
MAX_ANSWER_BYTES = 1_000_000
SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class Unreachable(Exception):
    """The provider gives no usable answer."""


class Refused(Exception):
    """The provider, or the check of its token, refused."""


@dataclass(frozen=True)
class Answer:
    """The provider's answer to a code or a refresh; `claims` is empty without a new ID token."""

    claims: dict[str, Any]
    access_token: str
    refresh_token: str


# ---- the provider ----


class Cache:
    """Cache the answer of one address for minutes; after a failure, skip calls for some seconds."""

    def __init__(self):
        self.lock, self.documents, self.silent_until = threading.Lock(), {}, 0.0

    def get(self, url: str, *, younger_than: float = KEEP_S) -> Any:
        with self.lock:
            at, document = self.documents.get(url, (0.0, None))
            if document is None or time.monotonic() - at >= younger_than:
                document = call("GET", url)
                self.documents[url] = (time.monotonic(), document)
            return document


PAGES = Cache()


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def describe_provider() -> dict[str, Any]:
    description = PAGES.get(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if description.get("issuer") != settings.OIDC_ISSUER:
        raise Unreachable("The provider describes another issuer.")
    return description


def call(method: str, url: str, **more: Any) -> Any:
    """Return the JSON object of a provider's address. Raises Unreachable; Refused for 4xx.

    After a failure further calls are refused at once for some seconds.
    """
    if time.monotonic() < PAGES.silent_until:
        raise Unreachable("It did not answer a moment ago.")
    try:
        with (
            deadline.total_time(TIMEOUT_S),
            outbound.http_client(outbound.allowed_targets("sign-in"), timeout=TIMEOUT_S) as http,
        ):
            answer = http.request(method, url, **more)
    except (httpx.HTTPError, httpx.InvalidURL, outbound.NotAllowed, OSError) as error:
        PAGES.silent_until = time.monotonic() + SILENT_S
        raise Unreachable(f"{type(error).__name__} {error}") from error
    if answer.status_code in (400, 401, 403):
        raise Refused(error_code(answer))
    if answer.status_code != 200 or len(answer.content) > MAX_ANSWER_BYTES:
        raise Unreachable(f"HTTP {answer.status_code}")
    return json_object(answer)


def json_object(answer):
    try:
        body = read_json(answer.content)
    except ValueError as error:
        raise Unreachable("no JSON") from error
    if not isinstance(body, dict):
        raise Unreachable("no JSON object")
    return body


def error_code(answer):
    try:
        body = json_object(answer)
    except Unreachable:
        body = {}
    return str(body.get("error") or f"HTTP {answer.status_code}")[:100]


# ---- the code flow ----


def begin(back: str, *, again: bool = False) -> tuple[str, dict[str, str]]:
    """Return the provider's address for the browser, and the state to store until it returns to `back`.

    `again`: the person is to prove anew who it is. Raises Unreachable.
    """
    session_state = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(session_state["verifier"].encode()).digest()).rstrip(b"=").decode()
    )
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": back,
        "scope": settings.OIDC_SCOPES,
        "state": session_state["state"],
        "nonce": session_state["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | ({"prompt": "login", "max_age": "0"} if again else {})
    address = describe_provider()["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", session_state


def finish(code: str, back: str, session_state: dict[str, str]) -> Answer:
    """Exchange the code for tokens and check them. Raises Unreachable, Refused."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": session_state["verifier"],
    }
    answer = ask_for_tokens(form)
    if answer.claims.get("nonce") != session_state["nonce"]:
        raise Refused("nonce")
    return answer


def refresh(token: str) -> Answer:
    """Refresh the person's tokens. Raises Unreachable; Refused where the provider no longer knows the person."""
    return ask_for_tokens({"grant_type": "refresh_token", "refresh_token": token})


def ask_for_tokens(form):
    provider = describe_provider()
    methods = provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in methods:
        more = {"auth": (quote(settings.OIDC_CLIENT_ID, safe=""), quote(settings.OIDC_CLIENT_SECRET, safe=""))}
    else:
        more = {}
        form |= {"client_id": settings.OIDC_CLIENT_ID, "client_secret": settings.OIDC_CLIENT_SECRET}
    response = call("POST", provider["token_endpoint"], data=form, **more)
    claims = read_token(str(response["id_token"])) if response.get("id_token") else {}
    return Answer(claims, str(response.get("access_token", "")), str(response.get("refresh_token", "")))


def ask_about(access_token: str, subject: str) -> dict[str, Any]:
    """Fetch the userinfo claims of the person. Raises Unreachable, Refused."""
    address = describe_provider().get("userinfo_endpoint")
    if not address:
        return {}
    response = call("GET", address, headers={"Authorization": f"Bearer {access_token}"})
    if response.get("sub") != subject:
        raise Refused("sub")
    return response


# ---- tokens ----


def read_token(token: str, *, subject: bool = True) -> dict[str, Any]:
    """Verify an ID token and return its claims. Raises Unreachable, Refused."""
    claims = decode(token)
    rules: dict[str, Any] = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
        "exp": {"essential": True},
        "iat": {"essential": True},
    } | ({"sub": {"essential": True}} if subject else {})
    try:
        jwt.JWTClaimsRegistry(leeway=LEEWAY_S, **rules).validate(claims)
    except JoseError as error:
        raise Refused(str(error)) from error
    if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
        raise Refused("azp")
    return claims


def decode(token):
    address = describe_provider()["jwks_uri"]
    for age in (KEEP_S, ASK_AGAIN_S):
        try:
            keys = KeySet.import_key_set(PAGES.get(address, younger_than=age))
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, KeyError) as error:
            fault = error
    raise Refused(f"{type(fault).__name__} {fault}") from fault


def read_sign_out(token: str) -> tuple[str, str]:
    """Verify a logout token; returns (subject, session id), either may be "".

    Raises Unreachable, Refused.
    """
    claims = read_token(token, subject=False)
    events = claims.get("events")
    if not isinstance(events, dict) or SIGNED_OUT not in events or "nonce" in claims:
        raise Refused("no notice of signing out")
    if time.time() - claims["iat"] > 2 * LEEWAY_S:
        raise Refused("old")
    subject, session = str(claims.get("sub", "")), str(claims.get("sid", ""))
    if not (subject or session):
        raise Refused("of nobody")
    return subject, session
