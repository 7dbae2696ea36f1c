"""Validate a camera's address: scheme of its kind, allowed network, no password in it.

The address is judged once more at the socket when it is called, as a name may resolve differently by then.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from cameras.models import Camera
from geoapp import outbound

SCHEMES = {
    Camera.Kind.JPEG: ("http", "https"),
    Camera.Kind.MJPEG: ("http", "https"),
    Camera.Kind.HLS: ("http", "https"),
    Camera.Kind.RTSP: ("rtsp", "rtsps"),
}
LONGEST: int = Camera._meta.get_field("url").max_length or 0


def address_faults(url: str, kind: str, networks: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with an address, one sentence each; an empty address is valid and is not fetched.

    `networks`: CIDR strings of the private networks in which cameras of its source may be.
    """
    if not url:
        return []
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return [_("This is not an address.")]
    faults = []
    schemes = SCHEMES[Camera.Kind(kind)]
    if parts.scheme not in schemes:
        faults.append(
            _("The address of a camera of this kind begins with %(ways)s.")
            % {"ways": ", ".join(f"{scheme}://" for scheme in schemes)}
        )
    if not host or re.search(r"[\s\x00-\x1f\x7f\\]", url) or len(url) > LONGEST:
        return [*faults, _("This is not an address.")]
    if parts.username is not None or parts.password is not None:
        faults.append(_("Anyone who sees the address would see a user name or password in it: enter them separately."))
    number = numeric_address(host)
    if number and not outbound.AllowedTargets.of_networks([*outbound.allowed_networks("cameras"), *networks]).allows(
        number
    ):
        message = _("No camera may be at %(host)s: it is not in a network allowed for its source.")
        faults.append(message % {"host": host})
    return faults


def numeric_address(host):
    """Return the IP address that a host spells in any notation, or "" if it is a name."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 2130706433, 0x7f.1, 127.1
    except OSError:
        return ""


def network_faults(networks: Iterable[str]) -> list[str]:
    faults = []
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            faults.append(_("%(network)s is not a network. Write it like 10.20.0.0/16.") % {"network": network})
    return faults
