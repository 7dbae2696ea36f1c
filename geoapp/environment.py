"""Reads what the environment says for `geoapp.settings`, and refuses settings that were removed.

`python -m geoapp.environment <.env` names the removed ones in a file of NAME=VALUE lines (deploy/upgrade).
"""

import ipaddress
import sys
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured

# What calls out, as rows of OUTBOUND_ALLOWED name it.
PURPOSES = (
    "cameras", "evidence", "feeds", "gateways", "geocoder", "mail", "partners", "photos", "push", "sign-in",
    "timestamps",
)  # fmt: skip
# Settings of before, and what to write in their place.
REMOVED = {
    "CAMERA_NETWORKS": "write OUTBOUND_ALLOWED=cameras=NETWORK,NETWORK",
    "EVIDENCE_BUCKET_PRIVATE": "write OUTBOUND_ALLOWED=evidence=private",
    "FEED_NETWORKS": "write OUTBOUND_ALLOWED=feeds=NETWORK,NETWORK",
    "GATEWAYS_PRIVATE": "write OUTBOUND_ALLOWED=gateways=private",
    "GEOCODER_PRIVATE": "write OUTBOUND_ALLOWED=geocoder=private",
    "MAIL_PRIVATE": "write OUTBOUND_ALLOWED=mail=private",
    "OIDC_PRIVATE": "write OUTBOUND_ALLOWED=sign-in=private",
    "OPEN311_MEDIA_NETWORKS": "write OUTBOUND_ALLOWED=photos=NETWORK,NETWORK",
    "OUTSIDE_PRIVATE": "write OUTBOUND_ALLOWED=partners=private",
    "PUSH_PRIVATE": "write OUTBOUND_ALLOWED=push=private",
    "TIMESTAMP_PRIVATE": "write OUTBOUND_ALLOWED=timestamps=private",
}


def refuse_removed_settings(names: Iterable[str]) -> None:
    """Raise ImproperlyConfigured where settings are given that are not read any more."""
    removed = sorted(REMOVED.keys() & set(names))
    if removed:
        sentences = [f"{name} is not read any more: {REMOVED[name]}, and delete it." for name in removed]
        raise ImproperlyConfigured(" ".join(sentences))


def parse_allowed_networks(text: str) -> dict[str, tuple[str, ...]]:
    """The networks of each purpose, of `purpose=network,network …`. Raises ImproperlyConfigured."""
    table: dict[str, tuple[str, ...]] = dict.fromkeys(PURPOSES, ())
    for row in text.split():
        purpose, _equals, networks = row.partition("=")
        if purpose not in table:
            raise ImproperlyConfigured(f"OUTBOUND_ALLOWED: “{row}” begins with none of {', '.join(PURPOSES)}.")
        for network in networks.split(","):
            try:
                if network != "private":
                    ipaddress.ip_network(network)
            except ValueError:
                raise ImproperlyConfigured(
                    f"OUTBOUND_ALLOWED: “{row}” names no network. Write {purpose}=10.20.0.0/16 or {purpose}=private."
                ) from None
        table[purpose] += tuple(networks.split(","))
    return table


if __name__ == "__main__":
    lines = [line.strip().partition("=") for line in sys.stdin]
    try:
        refuse_removed_settings(name for name, _equals, value in lines if value)
    except ImproperlyConfigured as fault:
        sys.exit(str(fault))
