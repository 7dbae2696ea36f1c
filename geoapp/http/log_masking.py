"""Mask private links, tokens, phone numbers and e-mail addresses in every log line.

Our own lines name rows, not people. This is for what others write: addresses of requests in Django's errors, answers of
gateways in exceptions, values in tracebacks.
"""

import logging
import re

MARK = "‹…›"
# Of what passes here nothing is believed; no pattern repeats without a limit.
MASKED = [
    # Links of reporters, of results, of units, of confirmations, of what is followed, of who wants no messages;
    # addresses of gateways.
    # A route, as the access log names it, has a place in angle brackets instead.
    (re.compile(r"(/(?:f|q|t|w|c|stop|confirm|following)/)(?!<)[^/\s?#\"']{6,400}"), rf"\1{MARK}"),
    (re.compile(r"(/hooks/sms/[\w-]{1,40}/)(?!<)[^/\s?#\"']{6,400}"), rf"\1{MARK}"),
    (
        re.compile(r"((?:token|api_key|key|secret|password|signature|mac|code)=)[^&\s\"']{1,400}", re.IGNORECASE),
        rf"\1{MARK}",
    ),
    (re.compile(r"\b((?:Bearer|Basic)\s)[\w.~+/=-]{6,2000}"), rf"\1{MARK}"),
    (re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])"), MARK),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,400}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), MARK),
    (re.compile(r"(?<![\w.+-])(?:\+|00)[1-9](?:[\s.-]?\d){7,13}(?![\d\w])"), MARK),
    (re.compile(r"(?<![\w.+:-])84[2-9]\d{8,9}(?![\d\w])"), MARK),
    (re.compile(r"(?<![\w.+:-])0[2-9](?:[\s.-]?\d){8,9}(?![\d\w:])"), MARK),
]
PLAIN = logging.Formatter()
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def mask(text: str) -> str:
    for pattern, mark in MASKED:
        text = pattern.sub(mark, text)
    return text


class MaskingFilter(logging.Filter):
    """Logging filter that masks the message, the traceback and extra fields."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask(PLAIN.formatException(record.exc_info))
        record.exc_info = None  # else a formatter would write it unmasked
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        for name, value in vars(record).items():
            if name not in OWN and isinstance(value, str):
                setattr(record, name, mask(value))
        return True
