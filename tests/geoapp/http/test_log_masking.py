"""Test that log lines mask links, tokens, phone numbers and addresses."""

import io
import logging

import pytest
from django.conf import settings as project
from django.urls import reverse

from geoapp.http.log_masking import MARK, MaskingFilter, mask

TOKEN = "Zr3mH0yq-8Jc5vN1_tXw7LkEaPoDfUbGiSx9RnT2YhQ"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Not Found: /f/{TOKEN}/", "Not Found: /f/‹…›/"),
        ("GET /t/Zr3mH0yq-8Jc5v3k/ 404", "GET /t/‹…›/ 404"),
        ("Not Found: /w/12-7.1kDs3f:abc_def/photo/3/", "Not Found: /w/‹…›/photo/3/"),
        ("/stop/WyJzbXMiXQ:1abc:def/", "/stop/‹…›/"),
        ("Forbidden: /hooks/sms/esms/a-secret-of-twenty-letters/receipt/", "Forbidden: /hooks/sms/esms/‹…›/receipt/"),
        (f"/photos/3/large?token={TOKEN}&x=1", "/photos/3/large?token=‹…›&x=1"),
        ("api_key=abcdef", "api_key=‹…›"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ‹…›"),
        (f"token {TOKEN} is gone", "token ‹…› is gone"),
        ("550 <lan.nguyen@example.org>: unknown user", "550 <‹…›>: unknown user"),
        ("to +84901234567 failed", "to ‹…› failed"),
        ("to +84 901 234 567 failed", "to ‹…› failed"),
        ("to 84901234567 failed", "to ‹…› failed"),
        ("to 0901234567 failed", "to ‹…› failed"),
        ("to 0901 234 567, later", "to ‹…›, later"),
    ],
)
def test_what_names_people_is_masked(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "notice 1234567",
        "/f/<slug:token>/answer/",
        "Incident 2611-40873 was assigned to 12 units in 0.123456789 s",
        "2026-11-27 08:30:00.123456+07:00",
        "/i/2611-40873/ 200",
        "/tiles/incidents/14/13045/7701.mvt",
        "5f0c2a9be1d34c7788aa0b1c2d3e4f505f0c2a9be1d34c7788aa0b1c2d3e4f50",
        "camera 10.0.12.7:8554 answers 401",
        "4 of 12 cameras since 08:30",
        "host db.example.org:5432",
    ],
)
def test_what_names_nobody_stays(text):
    assert mask(text) == text


@pytest.fixture
def log():
    """A logger with the filter, and its output."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskingFilter())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, written


def test_values_tracebacks_and_stacks_are_masked(log):
    logger, written = log
    try:
        raise ValueError("lan@example.org")
    except ValueError:
        logger.exception("to %s", "0901234567", stack_info=True)
    assert written.getvalue().startswith("to ‹…›\nTraceback")
    assert f"ValueError: {MARK}" in written.getvalue()
    assert "lan@" not in written.getvalue()


def test_what_a_line_carries_beside_is_masked(log):
    logger, _written = log
    record = logger.makeRecord("test", logging.INFO, "f", 1, "x", (), None, extra={"to": "0901234567", "count": 3})
    assert MaskingFilter().filter(record)
    assert (record.to, record.count) == (MARK, 3)


def test_every_handler_of_the_service_masks():
    handlers = project.LOGGING["handlers"].values()
    assert [handler["filters"].count("masked") for handler in handlers] == [1] * len(handlers)


def test_page_that_is_not_there_is_logged_without_its_link(client, db, nobody_in_the_log):
    number = "0123456789abcdef" * 2
    client.get(reverse("follow", args=[TOKEN]), headers={"X-Request-ID": number})
    assert "".join(nobody_in_the_log) == f"WARNING django.request: Not Found: /f/‹…›/ [{number}]\n"
