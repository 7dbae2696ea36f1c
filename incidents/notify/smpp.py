"""Send SMS to a telephone company's centre by SMPP 3.4, through smpplib.

One session is open at a time, over all processes (ADR 0011): a short one as transmitter for each message, and every
minute one as receiver, in which the centre passes on receipts and inbound messages.
"""

import logging
import re
import select
import ssl
import struct
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.timezone import get_current_timezone, now
from smpplib import consts, exceptions
from smpplib.client import Client

from geoapp import deadline, outbound
from geoapp.db import locks
from incidents.models import Receipt
from incidents.notify import segments
from incidents.notify.gateway import DeliveryReport, InboundSms, SmsMessage, e164_from_gateway, synthetic_message_id
from incidents.notify.transport import Refused, Unsure

NAME = "smpp"
log = logging.getLogger(__name__)
ALPHANUMERIC, SHORT_NUMBER, INTERNATIONAL, ISDN = 5, 3, 1, 1
UCS2, SEVERAL_PARTS = 0x08, 0x40
REQUEST_RECEIPT = 1
# Throttled, queue full, system error, submitting failed: it was not taken, and may be later.
RETRY_STATUSES = {0x58, 0x14, 0x08, 0x45}
RETRY_DELAYS_S = (0.2, 0.5, 1, 2)  # between tries of a later part, when the first ones are there already
IDLE_S, MAX_SESSION_S = 1.0, 40.0  # a receiver leaves when nothing came for so long, or after so long anyway
S = Receipt.State
STATES = {
    "DELIVRD": S.DELIVERED, "EXPIRED": S.FAILED, "DELETED": S.FAILED, "UNDELIV": S.FAILED, "REJECTD": S.FAILED,
    "ACCEPTD": S.SENT, "ENROUTE": S.SENT, "UNKNOWN": S.SENT,
}  # fmt: skip
STATES_BY_NUMBER: dict[int | None, str] = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    8: "REJECTD",
}
CONNECTION_ERRORS = (
    exceptions.ConnectionError,
    exceptions.PDUError,
    exceptions.UnknownCommandError,
    OSError,
    struct.error,
)


def send(message: SmsMessage, accepted: Callable[..., None]) -> None:
    """Submit each part; `accepted(provider_id, part, whole)` is called for each accepted one.

    Raises Refused, or Unsure: a receipt will tell, since the centre does not recognise duplicates. All parts carry the
    same reference number in every retry, so that a phone joins parts of a first and a second try.
    """
    several = message.parts.count > 1
    with open_session("transmitter", settings.SMS_TIMEOUT * (2 + message.parts.count)) as centre:
        for number, text in enumerate(message.parts.texts, 1):
            octets = encode_part(text, message.parts.encoding)
            if several:
                octets = bytes([5, 0, 3, message.mark % 256, message.parts.count, number]) + octets
            answer = submit_part(
                centre,
                patience=RETRY_DELAYS_S if number > 1 else (),
                source_addr_ton=SHORT_NUMBER if settings.SMS_BRAND.isdigit() else ALPHANUMERIC,
                source_addr_npi=0,
                source_addr=settings.SMS_BRAND,
                dest_addr_ton=INTERNATIONAL,
                dest_addr_npi=ISDN,
                destination_addr=message.phone.lstrip("+"),
                esm_class=SEVERAL_PARTS if several else 0,
                data_coding=UCS2 if message.parts.encoding == segments.UCS2 else 0,
                registered_delivery=REQUEST_RECEIPT,
                user_message_reference=message.mark,
                short_message=octets,
            )
            accepted(decode_text(answer.message_id), part=number if several else 0, whole=not several)


def encode_part(text, encoding):
    if encoding == segments.GSM7 and not settings.SMPP_GSM:
        return text.encode("ascii", "replace")
    return segments.encode_part(text, encoding)


def submit_part(centre, patience, **fields):
    for pause in (*patience, None):
        try:
            request_pdu = centre.send_message(**fields)
            answer = read_answer(centre, request_pdu)
        except CONNECTION_ERRORS as error:
            raise Unsure(f"{type(error).__name__} {error}".strip(), then=Unsure.RECEIPT) from error
        if not answer.is_error():
            return answer
        if answer.status not in RETRY_STATUSES or pause is None:
            break
        time.sleep(pause)
    raise Refused(f"0x{answer.status:02X}", answer.get_status_desc(), retry=answer.status in RETRY_STATUSES)


def read_answer(centre, request_pdu):
    """Return the answer to this PDU; other PDUs are answered, or come again."""
    end = time.monotonic() + settings.SMS_TIMEOUT
    while time.monotonic() < end:
        pdu = centre.read_pdu()
        if pdu.sequence == request_pdu.sequence and pdu.command in ("submit_sm_resp", "generic_nack"):
            return pdu
        if pdu.command == "enquire_link":
            centre._enquire_link_received(pdu)
    raise TimeoutError("no answer")


# ---- what the centre has kept for us ----


def collect_deliveries(
    take_receipt: Callable[[DeliveryReport], object], take_message: Callable[[InboundSms], object]
) -> int:
    """Read receipts and inbound messages from the centre. Returns how many.

    What cannot be stored is not acknowledged, and comes again. Raises Refused without a session.
    """
    heard = []

    def hear(pdu):
        heard.append(pdu)
        if report := parse_receipt(pdu):
            take_receipt(report)
        elif arrived := parse_inbound(pdu):
            take_message(arrived)
        else:
            log.warning("The centre says what cannot be read: %s", pdu.command)
        return consts.SMPP_ESME_ROK

    with open_session("receiver", settings.SMS_TIMEOUT * 2 + MAX_SESSION_S) as centre:
        centre.set_message_received_handler(hear)
        begun = last = time.monotonic()
        while time.monotonic() - last < IDLE_S and time.monotonic() - begun < MAX_SESSION_S:
            count = len(heard)
            try:
                centre.read_pending()
            except CONNECTION_ERRORS as error:
                log.warning("The centre broke off: %s", error)
                break
            if len(heard) > count:
                last = time.monotonic()
            time.sleep(0.02)
    return len(heard)


def parse_receipt(pdu):
    says, _sign, begins = re.sub("Text:", "text:", decode_text(pdu.short_message)).partition("text:")
    fields = dict(re.findall(r"(id|stat|err|done date):(\S*)", says))
    name = decode_text(getattr(pdu, "receipted_message_id", None)) or fields.get("id", "")
    state = fields.get("stat", "").upper() or STATES_BY_NUMBER.get(getattr(pdu, "message_state", None), "")
    if not (pdu.esm_class or 0) & 0x3C or not name or state[:7] not in STATES:
        return None
    code = state if STATES[state[:7]] != S.FAILED else f"{state} {fields.get('err', '')}".strip()
    return DeliveryReport(
        NAME, name[:100], STATES[state[:7]], code[:40], parse_done_date(fields.get("done date", "")),
        phone=receipt_phone(pdu), whole=False, mark=getattr(pdu, "user_message_reference", None), text=begins.strip(),
    )  # fmt: skip


def receipt_phone(pdu):
    """Return the phone of a receipt: usually its source address, at some centres the destination."""
    numbers = [decode_text(pdu.source_addr), decode_text(pdu.destination_addr)]
    return next(
        (e164_from_gateway(number) for number in numbers if number.lstrip("+").isdigit() and len(number) > 7), ""
    )


def parse_done_date(date):
    """Read yyMMddHHmm[ss] on the centre's clock, taken as the city's; now if it is invalid."""
    with suppress(ValueError):
        form = "%y%m%d%H%M" if len(date) == 10 else "%y%m%d%H%M%S"
        at = datetime.strptime(date, form).replace(tzinfo=get_current_timezone()).astimezone(UTC)
        if abs(now() - at) < timedelta(days=7):
            return min(at, now())
    return now()


def parse_inbound(pdu):
    octets = pdu.short_message or b""
    if pdu.esm_class and pdu.esm_class & SEVERAL_PARTS and octets:
        octets = octets[octets[0] + 1 :]
    text, phone = (
        {UCS2: decode_utf16, 3: decode_latin1}.get(pdu.data_coding or 0, segments.decode_gsm)(octets),
        receipt_phone(pdu),
    )
    if not phone:
        return None
    return InboundSms(NAME, synthetic_message_id(phone, text), phone, text)


def decode_utf16(octets):
    return octets.decode("utf-16-be", "replace")


def decode_latin1(octets):
    return octets.decode("latin-1")


def decode_text(octets):
    return octets.decode("utf-8", "replace").strip("\0 ") if isinstance(octets, bytes) else str(octets or "")


# ---- the one session ----


class SmppClient(Client):
    """smpplib's client with the server's name for TLS, and without waiting for bytes that TLS has already read."""

    def __init__(self, address, name, **more):
        more |= {"allow_unknown_opt_params": True, "logger_name": "smpplib.client"}
        super().__init__(address, settings.SMPP_PORT, **more)
        self.name = name

    def _create_socket(self):
        plain = outbound.socket_for(self.host, reach=outbound.allowed_targets("gateways"))
        plain.settimeout(self.timeout)
        return self._ssl_context.wrap_socket(plain, server_hostname=self.name) if self._ssl_context else plain

    def read_pending(self):
        while self.has_pending():
            self.read_once()

    def has_pending(self):
        read = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()
        return bool(read) or bool(select.select([self._socket], [], [], 0)[0])

    def error_pdu_handler(self, pdu):
        log.warning("The centre says %s: 0x%02X", pdu.command, pdu.status)


@contextmanager
def open_session(kind, total_s):
    """Context manager: a session as "transmitter" or "receiver" with a time limit in seconds. Raises Refused."""
    if not settings.SMPP_HOST:
        raise Refused("session", "SMPP_HOST is not set")
    try:
        address = outbound.resolve_allowed(settings.SMPP_HOST, outbound.allowed_targets("gateways"))[0]
    except (outbound.NotAllowed, outbound.NotFound) as error:
        raise Refused("address", error, retry=isinstance(error, outbound.NotFound)) from error
    with session_lock(), deadline.total_time(total_s):
        secure = deadline.timed_context(ssl.create_default_context()) if settings.SMPP_TLS else None
        centre = SmppClient(address, settings.SMPP_HOST, timeout=settings.SMS_TIMEOUT, ssl_context=secure)
        try:
            try:
                centre.connect()
                bind = getattr(centre, f"bind_{kind}")
                bind(system_id=settings.SMPP_USER, password=settings.SMPP_PASSWORD)
            except CONNECTION_ERRORS as error:
                raise Refused("session", f"{type(error).__name__} {error}".strip(), retry=True) from error
            yield centre
            with suppress(*CONNECTION_ERRORS):
                centre.unbind()
        finally:
            centre.disconnect()


@contextmanager
def session_lock(patience_s=50.0):
    """Context manager: one session over all machines. Raises Refused if the lock takes too long."""
    end = time.monotonic() + patience_s
    while not locks.try_take(locks.Lock.SMPP):
        if time.monotonic() > end:
            raise Refused("busy", retry=True)
        time.sleep(0.05)
    try:
        yield
    finally:
        locks.release(locks.Lock.SMPP)
