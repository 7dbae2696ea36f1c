"""Parse environment variables for `geoapp.settings`, and refuse settings that were removed.

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
# Settings of before, and what to do in their place.
REMOVED = {
    "BASEMAP_HOSTS": "delete it, the host is read from BASEMAP_URL",
    "BATCH_MINUTES": "write batch_minutes into [policies] of the pack's city.toml instead",
    "BOUNDARY_MAX_BYTES": "delete it, it is always 200000000",
    "CALL_BACK_URGENT_WITHIN": "write call_back_urgent_within into [policies] of the pack's city.toml instead",
    "CALL_BACK_WITHIN": "write call_back_within into [policies] of the pack's city.toml instead",
    "CAMERA_NETWORKS": "write OUTBOUND_ALLOWED=cameras=NETWORK,NETWORK instead",
    "CAMERA_NEWS_HOURS": "write camera_news_hours into [policies] of the pack's city.toml instead",
    "CAMERA_STILL_MINUTES": "write camera_still_minutes into [policies] of the pack's city.toml instead",
    "CLOSE_AFTER_DAYS": "write close_after_days into [policies] of the pack's city.toml instead",
    "DIGEST_AT": "write digest_at into [policies] of the pack's city.toml instead",
    "DIGEST_SEGMENTS": "write digest_segments into [policies] of the pack's city.toml instead",
    "DIGEST_WEEKDAY": "write digest_weekday into [policies] of the pack's city.toml instead",
    "DISPUTE_DAYS": "write dispute_days into [policies] of the pack's city.toml instead",
    "EMAIL_TOTAL_S": "delete it, it is always 60",
    "EVIDENCE_BUCKET_PRIVATE": "write OUTBOUND_ALLOWED=evidence=private instead",
    "FEED_NETWORKS": "write OUTBOUND_ALLOWED=feeds=NETWORK,NETWORK instead",
    "GATEWAYS_PRIVATE": "write OUTBOUND_ALLOWED=gateways=private instead",
    "GEOCODER_PRIVATE": "write OUTBOUND_ALLOWED=geocoder=private instead",
    "GEOCODER_TIMEOUT": "delete it, it is always 2",
    "KEEP_CALLS_DAYS": "write keep_calls_days into [policies] of the pack's city.toml instead",
    "KEEP_CONTACTS_MONTHS": "write keep_contacts_months into [policies] of the pack's city.toml instead",
    "KEEP_EVIDENCE_MONTHS": "write keep_evidence_months into [policies] of the pack's city.toml instead",
    "KEEP_LOOKS_MONTHS": "write keep_looks_months into [policies] of the pack's city.toml instead",
    "KEEP_ROOM_LOG_MONTHS": "write keep_room_log_months into [policies] of the pack's city.toml instead",
    "LINK_MONTHS": "write link_months into [policies] of the pack's city.toml instead",
    "MAIL_MAX_MB": "delete it, it is always 25",
    "MAIL_PRIVATE": "write OUTBOUND_ALLOWED=mail=private instead",
    "MANY_REPORTS": "write many_reports into [policies] of the pack's city.toml instead",
    "MORE_TIME_DAYS": "write more_time_days into [policies] of the pack's city.toml instead",
    "NOTICE_CAP_PER_DAY": "write notice_cap_per_day into [policies] of the pack's city.toml instead",
    "NOTICE_RESERVE": "write notice_reserve into [policies] of the pack's city.toml instead",
    "NOTICE_TRIES": "delete it, it is always 8",
    "OFFICE_HOURS": "write office_hours into [policies] of the pack's city.toml instead",
    "OIDC_PRIVATE": "write OUTBOUND_ALLOWED=sign-in=private instead",
    "ON_TIME_GOAL": "write on_time_goal into [policies] of the pack's city.toml instead",
    "OPEN311_MEDIA_NETWORKS": "write OUTBOUND_ALLOWED=photos=NETWORK,NETWORK instead",
    "OUTSIDE_PRIVATE": "write OUTBOUND_ALLOWED=partners=private instead",
    "PHOTOS_WAITING": "delete it, it is always 3",
    "PUSH_PRIVATE": "write OUTBOUND_ALLOWED=push=private instead",
    "QUIET_HOURS": "write quiet_hours into [policies] of the pack's city.toml instead",
    "SMS_COUNTRIES": "write sms_countries into [policies] of the pack's city.toml instead",
    "SMS_TIMEOUT": "delete it, it is always 10",
    "SMS_UNSURE_MINUTES": "delete it, it is always 60",
    "TIMESTAMP_PRIVATE": "write OUTBOUND_ALLOWED=timestamps=private instead",
    "VOICE_ASTERISK_APP": "delete it, it is always incidents",
    "VOICE_CONFIDENCE": "delete it, it is always 0.6",
    "VOICE_STAFFED": "write hotline_hours into [policies] of the pack's city.toml instead",
}


def refuse_removed_settings(names: Iterable[str]) -> None:
    removed = sorted(REMOVED.keys() & set(names))
    if removed:
        sentences = [f"{name} is not read any more: {REMOVED[name]}." for name in removed]
        raise ImproperlyConfigured(" ".join(sentences))


def parse_allowed_networks(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `purpose=network,network …` into networks by purpose. Raises ImproperlyConfigured."""
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


def tile_hosts(url: str) -> list[str]:
    """Return the hosts of a tile URL for the Content-Security-Policy; `{s}` stands for several subdomains."""
    scheme, _separator, rest = url.partition("://")
    return [f"{scheme}://{rest.partition('/')[0].replace('{s}', '*')}"] if rest else []


if __name__ == "__main__":
    lines = [line.strip().partition("=") for line in sys.stdin]
    try:
        refuse_removed_settings(name for name, _equals, value in lines if value)
    except ImproperlyConfigured as fault:
        sys.exit(str(fault))
