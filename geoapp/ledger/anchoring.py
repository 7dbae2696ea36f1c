"""Sign, time-stamp (RFC 3161) and mail the published heads of a ledger.

A signature says that a head was published by who has the key, which is not in the database; a time stamp (RFC 3161)
that it was there at that moment, by an authority outside; a letter puts it into an archive outside. Each is added once
(docs/adr/0024). `deploy/verify_heads.py` checks them with nothing of ours.
"""

import base64
import json
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from geoapp import deadline, outbound
from geoapp.ledger.heads import heads_as_data
from geoapp.ledger.ledger import Chain

AT_ONCE = 400  # heads that one run stamps: more than a year
MAX_ANSWER_BYTES = 100_000
TIMEOUT_S = 20.0


class NotStamped(Exception):
    """The time stamping authority returned no valid stamp; the next run asks again."""


def publish_and_anchor(*chains: Chain) -> None:
    for chain in chains:
        chain.publish_due_heads()
    anchor_heads(*(chain.published_heads() for chain in chains))


def anchor_heads(*chains: QuerySet) -> None:
    """Sign, stamp and mail heads that lack it, the oldest first, as far as settings ask for it.

    Raises NotStamped or OSError when all that could be done is done; the same as often as it is called.
    """
    with ExitStack() as last:  # what fails of one keeps nothing from being done with the others
        for heads in chains:
            heads = heads.order_by("day")
            sign_heads(heads.filter(signature=None))
            last.callback(mail_heads, heads.filter(mailed_at=None))
            last.callback(stamp_heads, heads.filter(timestamp=None))


def signing_key() -> Ed25519PrivateKey | None:
    """Return the 32-byte key of HEADS_KEY (base64); None if unset. Raises ValueError if malformed."""
    if not settings.HEADS_KEY:
        return None
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.HEADS_KEY, validate=True))


def new_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_hex() -> str:
    key = signing_key()
    return key.public_key().public_bytes_raw().hex() if key else ""


def sign_heads(heads: QuerySet) -> None:
    if key := signing_key():
        for head in heads:
            signature, public = key.sign(head.signed_bytes), key.public_key().public_bytes_raw()
            heads.model.objects.filter(pk=head.pk, signature=None).update(signature=signature, key=public)


def stamp_heads(heads: QuerySet) -> None:
    if settings.TIMESTAMP_URL:
        for head in heads[:AT_ONCE]:
            answer, stamped_at = fetch_timestamp(head.signed_bytes)
            heads.model.objects.filter(pk=head.pk, timestamp=None).update(timestamp=answer, stamped_at=stamped_at)


def fetch_timestamp(data: bytes) -> tuple[bytes, datetime]:
    """Fetch a time stamp (DER) for these bytes, verify it up to TIMESTAMP_ROOTS; returns it and its moment.

    Raises NotStamped.
    """
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with (
            deadline.total_time(TIMEOUT_S),
            outbound.http_client(outbound.allowed_targets("timestamps"), timeout=TIMEOUT_S) as http,
            http.stream("POST", settings.TIMESTAMP_URL, content=request.as_bytes(), headers=headers) as response,
        ):
            response.raise_for_status()
            answer = b""
            for part in response.iter_bytes():
                answer += part
                if len(answer) > MAX_ANSWER_BYTES:
                    raise NotStamped("The answer is too long")
    except (httpx.HTTPError, OSError) as error:
        raise NotStamped(f"{type(error).__name__} {error}") from error
    try:
        stamp = decode_timestamp_response(answer)
        verifier = VerifierBuilder.from_request(request)
        for root in roots(settings.TIMESTAMP_ROOTS):
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify_message(stamp, data)
    except (VerificationError, ValueError) as error:
        raise NotStamped(str(error)) from error
    return answer, stamp.tst_info.gen_time


@cache
def roots(path: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(path).read_bytes())


def mail_heads(heads: QuerySet) -> None:
    if not settings.HEADS_EMAIL or not heads:
        return
    last = list(heads)[-1]
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Seal of %(day)s (%(chain)s): %(digest)s") % {
            "day": last.day, "chain": last.CHAIN, "digest": last.hex[:16],
        }  # fmt: skip
        text = _(
            "Please keep this e-mail. The attached file contains the last seal of each day of a chain (%(chain)s) of "
            "%(site)s. Anyone who has it can show later whether anything before it was altered, removed or added."
        ) % {"chain": last.CHAIN, "site": settings.SITE_URL}
    lines = [f"{head.day} {head.line} {head.hex}" for head in heads]
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    letter = EmailMessage(subject, "\n".join([text, "", *lines, ""]), to=settings.HEADS_EMAIL, headers=headers)
    data = json.dumps(heads_as_data(heads), cls=DjangoJSONEncoder, indent=1)
    letter.attach(f"{last.CHAIN}-{last.day}.json", data, "application/json")
    letter.send()
    heads.model.objects.filter(pk__in=[head.pk for head in heads], mailed_at=None).update(mailed_at=now())
