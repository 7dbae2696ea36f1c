"""Parse a raw e-mail into text, pictures and headers. Pure; no bytes raise anything but Unreadable.

Uses the parser policy compat32: the newer one builds a tree of each header, which is slow for, and fails on, some that
strangers send. Headers are decoded here and cut to the length that is needed.
"""

import email.utils
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from typing import cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from gis_data.words import tidy
from incidents.channels.mail import charsets, html, quotations, winmail

MAX_HEADER = 20_000  # characters that are kept of each header
MAX_DECODED = 2000  # characters of a header that is shown
MAX_TEXT = 16_000  # characters of one part: four times what a report holds
MAX_BOUNDARIES = 60  # words “boundary” in a mail: as deep may it be nested
MAX_PARTS = 300
MAX_PICTURES, MIN_PICTURE_BYTES, MIN_INLINE_BYTES = 20, 4096, 20_000  # smaller ones are logos and counting dots
MAX_REFERENCES = 50
PICTURE_TYPES = (
    "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp", "image/heic", "image/heif",
    "video/mp4", "video/quicktime", "video/webm", "video/3gpp",
)  # fmt: skip
PICTURE_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".mp4", ".m4v", ".mov", ".webm", ".3gp")
WINMAIL = ("application/ms-tnef", "application/vnd.ms-tnef")
MESSAGE_ID = re.compile(r"<([^<>\s]{3,250})>")
SURROGATES = re.compile("[\ud800-\udfff]")


class Unreadable(ValueError):
    """The bytes cannot be parsed as an e-mail; a person looks at them."""


@dataclass
class ReadMail:
    """Content of an e-mail.

    `words`: text without quotations; `whole`: with them. `font`: the original text where it was converted from an old
    font or charset, else "". `left_out`: names of attachments that are no photos. `recipients`: number of addressees in
    the headers. `nested`: first headers of an enclosed mail by lower-case name, such as the one that a bounce returns.
    """

    sender: str = ""
    name: str = ""
    subject: str = ""
    words: str = ""
    whole: str = ""
    font: str = ""
    message_id: str = ""
    references: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    recipients: int = 0
    at: datetime | None = None
    headers: dict[str, list[str]] = field(default_factory=dict)
    content_type: str = ""
    report_type: str = ""
    report: str = ""  # the machine-readable part of a multipart/report
    nested: dict[str, str] = field(default_factory=dict)
    pictures: list[bytes] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    is_forward: bool = False

    @property
    def digest(self) -> str:
        pictures = "".join(hashlib.sha256(body).hexdigest() for body in self.pictures)
        return hashlib.sha256(f"{self.subject}\n{self.words}\n{pictures}".encode()).hexdigest()

    def header(self, name: str) -> str:
        """First header of this lower-case name, "" for none."""
        return next(iter(self.headers.get(name, ())), "")


class CutHeaders(Compat32):
    """Policy that keeps raw headers, cut to the length that is needed."""

    def header_source_parse(self, sourcelines):
        name, _colon, value = sourcelines[0].partition(":")
        return name, "".join((value, *sourcelines[1:])).strip(" \t\r\n")[:MAX_HEADER]


def read_mail(raw: bytes) -> ReadMail:
    """Content of an e-mail. Raises Unreadable."""
    if raw.lower().count(b"boundary") > MAX_BOUNDARIES:
        raise Unreadable("nested too deeply")
    try:
        message = BytesParser(policy=CutHeaders()).parsebytes(raw)
        return Reading(message).result()
    except (RecursionError, LookupError, TypeError, ValueError, AttributeError, AssertionError) as fault:
        raise Unreadable(repr(fault)) from fault


def read_identity(raw: bytes) -> tuple[str, str, str]:
    """(sender, Message-ID, date) as far as headers have them; never fails."""
    try:
        head = raw[:200_000].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        message = BytesParser(policy=CutHeaders()).parsebytes(head + b"\n\n", headersonly=True)
        identity = message_ids(raw_header(message, "Message-ID"))
        return sender_of(message)[1], next(iter(identity), ""), raw_header(message, "Date")[:100]
    except (RecursionError, LookupError, TypeError, ValueError, AttributeError, AssertionError):
        return "", "", ""


# ---- headers ----


def raw_header(message: Message, name: str) -> str:
    value = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return str(value)


def header_text(value: str) -> str:
    value = value[:MAX_DECODED]
    if "=?" not in value:
        return clean(text_of_surrogates(value))
    try:
        pieces = decode_header(SURROGATES.sub("", value))
    except (ValueError, LookupError):
        return clean(text_of_surrogates(value))
    parts = [
        charsets.decode_bytes(piece, charset or "ascii") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    ]
    return clean(charsets.restore_vietnamese("".join(parts)))


def text_of_surrogates(value):
    data = value.encode("utf-8", "surrogateescape") if not SURROGATES.search(value) else as_bytes(value)
    return charsets.decode_text(data)


def as_bytes(value):
    return b"".join(
        bytes([ord(character) - 0xDC00]) if 0xDC80 <= ord(character) <= 0xDCFF else character.encode("utf-8", "ignore")
        for character in value
    )


def clean(text: str) -> str:
    return tidy(SURROGATES.sub("�", text).replace("\0", ""))


def sender_of(message: Message) -> tuple[str, str]:
    """(name, address) of the sender; the address in lower case, "" for an invalid one."""
    value = raw_header(message, "From")[:MAX_DECODED]
    name, address = email.utils.parseaddr(value)
    address = SURROGATES.sub("?", address).strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        return header_text(name), ""
    return header_text(name)[:100], address if len(address) <= 254 else ""


def message_ids(value: str) -> list[str]:
    return [message_id for message_id in MESSAGE_ID.findall(value) if not SURROGATES.search(message_id)][
        -MAX_REFERENCES:
    ]


def date_of(value: str) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(SURROGATES.sub("", value)[:100])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return at


def addresses_in(values: Iterable[str]) -> list[str]:
    """Addresses in headers, at most 200, for finding ours among them."""
    addresses = []
    for value in values:
        addresses += [
            part.strip(" <>\"'();:").lower() for part in SURROGATES.sub("", value).replace("<", ",").split(",")
        ]
    return [address for address in addresses if "@" in address and len(address) <= 254][:200]


# ---- parts ----


class Reading:
    """State while one mail is parsed."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.parts = 0
        self.texts: list[str] = []
        self.replies: list[str] = []  # the same texts without what is quoted
        self.nested_texts: list[str] = []
        self.read = ReadMail()

    def result(self) -> ReadMail:
        read, message = self.read, self.message
        read.name, read.sender = sender_of(message)
        read.subject = header_text(raw_header(message, "Subject"))[:300]
        for name, value in message.raw_items():
            read.headers.setdefault(name.lower()[:100], []).append(clean(SURROGATES.sub("", str(value)[:MAX_DECODED])))
        read.message_id = next(iter(message_ids(raw_header(message, "Message-ID"))), "")
        read.references = message_ids(raw_header(message, "References") + raw_header(message, "In-Reply-To"))
        ours = [raw_header(message, name) for name in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")]
        read.to = addresses_in(ours)
        read.recipients = sum(value.count("@") for value in ours[:2])
        read.at = date_of(raw_header(message, "Date"))
        read.content_type = message.get_content_type()
        read.report_type = str(message.get_param("report-type") or "").lower()[:60]
        self.collect(message, 0)
        self.choose_words()
        return read

    def choose_words(self):
        read = self.read
        read.whole = "\n\n".join(filter(None, [*self.texts, *self.nested_texts]))[:MAX_TEXT]
        read.is_forward = bool(self.nested_texts) or quotations.is_forward(read.subject, read.whole)
        words = "\n\n".join(filter(None, self.replies))
        if read.is_forward or not words:
            words = quotations.forwarded_words(read.whole)
        read.words = clean_lines(words[:MAX_TEXT])

    def collect(self, part: Message, depth: int, *, nested: bool = False) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS or depth > MAX_BOUNDARIES:
            raise Unreadable("too many parts")
        kind = part.get_content_type()
        inside = part.get_payload() if part.is_multipart() else None
        if kind == "multipart/report" and isinstance(inside, list):
            self.collect_report(inside)
        elif kind == "multipart/alternative" and isinstance(inside, list):
            self.collect_alternative(inside, depth, nested)
        elif kind.startswith("message/") and isinstance(inside, list):
            for child in inside:
                if isinstance(child, Message):
                    self.collect_nested(child, depth)
        elif isinstance(inside, list):
            for child in inside[:1] if kind == "multipart/signed" else inside:
                self.collect(cast(Message, child), depth + 1, nested=nested)
        elif kind.startswith("text/") and not is_attachment(part):
            self.add_text(part, nested)
        else:
            self.add_attachment(part)

    def collect_report(self, parts):
        for part in parts:
            kind = part.get_content_type()
            if kind in ("message/delivery-status", "message/disposition-notification", "message/feedback-report"):
                inner = part.get_payload()
                blocks = inner if isinstance(inner, list) else [part]
                lines = [f"{key}: {value}" for block in blocks for key, value in block.raw_items()]
                lines += [str(block.get_payload()) for block in blocks if not block.is_multipart()]
                self.read.report = clean(SURROGATES.sub("", "\n".join(lines)))[:MAX_TEXT]
            elif kind in ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"):
                self.read.nested = self.read.nested or headers_of(part)
            elif kind == "text/plain":
                self.add_text(part, False)

    def collect_alternative(self, parts, depth, nested):
        plain = [part for part in parts if part.get_content_type() == "text/plain" and not part.is_multipart()]
        has_words = any(any(letter.isalnum() for letter in text_of(part)) for part in plain)
        for part in parts:
            is_plain = any(part is plain_part for plain_part in plain)
            if is_plain and not has_words:
                continue
            if has_words and part.get_content_type() == "text/html":
                continue
            if has_words and part.is_multipart():
                self.collect_pictures(part, depth + 1)
            else:
                self.collect(part, depth + 1, nested=nested)

    def collect_pictures(self, part, depth):
        inside = part.get_payload() if part.is_multipart() else None
        if isinstance(inside, list) and depth <= MAX_BOUNDARIES:
            for child in inside:
                self.collect_pictures(child, depth + 1)
        elif not part.get_content_type().startswith("text/"):
            self.add_attachment(part)

    def collect_nested(self, message, depth):
        self.read.nested = self.read.nested or {
            name.lower()[:100]: clean(SURROGATES.sub("", str(value)[:MAX_DECODED]))
            for name, value in message.raw_items()
        }
        subject = header_text(raw_header(message, "Subject"))[:300]
        if subject:
            self.nested_texts.append(subject)
        self.collect(message, depth + 1, nested=True)

    def add_text(self, part: Message, nested: bool) -> None:
        declared = str(part.get_content_charset() or "")[:40]
        as_it_came = as_text(payload_of(part), declared)
        text = charsets.restore_vietnamese(as_it_came)
        quoted = reply = clean_lines(text)
        if part.get_content_type() == "text/html":
            quoted, reply = (
                clean_lines(html.words_of(text, quoted=True)),
                clean_lines(html.words_of(text, quoted=False)),
            )
            restored = charsets.restore_vietnamese(quoted)
            if restored != quoted:
                as_it_came, text = quoted, restored
                quoted, reply = restored, charsets.restore_vietnamese(reply)
        if text != as_it_came and not self.read.font:
            self.read.font = clean(as_it_came)[:MAX_DECODED]
        if nested:
            self.nested_texts.append(quoted)
        else:
            self.texts.append(quoted)
            self.replies.append(quotations.own_words(reply))

    def add_attachment(self, part):
        name = file_name(part)
        data = payload_of(part)
        if part.get_content_type() in WINMAIL or name.lower() == "winmail.dat":
            for inner_name, inner in winmail.read_attachments(data):
                self.add_file(clean(inner_name)[:100], inner, kind="", inline=False)
            return
        inline = bool(part.get("Content-ID")) and not is_attachment(part)
        self.add_file(name, data, kind=part.get_content_type(), inline=inline)

    def add_file(self, name, data, *, kind, inline):
        if kind in PICTURE_TYPES or name.lower().endswith(PICTURE_NAMES):
            if len(data) < (MIN_INLINE_BYTES if inline else MIN_PICTURE_BYTES):
                return
            if len(self.read.pictures) < MAX_PICTURES:
                self.read.pictures.append(data)
                return
        elif kind.startswith("image/") and inline:
            return
        if kind not in ("application/pgp-signature", "application/pkcs7-signature", "text/calendar"):
            self.read.left_out.append((name or kind)[:100])


def headers_of(part):
    inner = part.get_payload()
    if isinstance(inner, list):
        inner = inner[0] if inner else None
    if isinstance(inner, str):
        data = payload_of(part)[:MAX_TEXT]
        inner = BytesParser(policy=CutHeaders()).parsebytes(data, headersonly=True)
    headers: dict[str, str] = {}
    for name, value in inner.raw_items() if isinstance(inner, Message) else ():
        headers.setdefault(name.lower()[:100], clean(SURROGATES.sub("", str(value)[:MAX_DECODED])))
    return headers


def payload_of(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def text_of(part):
    return as_text(payload_of(part)[:MAX_TEXT], str(part.get_content_charset() or "")[:40])


def as_text(data: bytes, declared: str) -> str:
    return unicodedata.normalize("NFC", charsets.decode_bytes(data[: 4 * MAX_TEXT], declared)[: 5 * MAX_TEXT])


def clean_lines(text: str) -> str:
    lines = (line.strip(" \t\u00a0") for line in clean(text).split("\n"))
    stripped: list[str] = []
    for line in lines:
        if line or (stripped and stripped[-1]):
            stripped.append(line)
    return "\n".join(stripped).strip()


def is_attachment(part):
    return str(part.get("Content-Disposition") or "").lstrip().lower().startswith("attachment")


def file_name(part: Message) -> str:
    name = part.get_filename()
    return header_text(name)[:100] if isinstance(name, str) else ""
