"""Receive reports of all channels; `receive` is the only entrance."""

from incidents.reporting.close_by import CLOSE_BY_M, incidents_close_by, open_incidents_around
from incidents.reporting.incoming import TEXT_MAX, IncomingReport, ReportRefused
from incidents.reporting.receiving import find_sent_report, let_through, preview_report, receive, receive_or_hold

__all__ = [
    "CLOSE_BY_M",
    "TEXT_MAX",
    "IncomingReport",
    "ReportRefused",
    "find_sent_report",
    "incidents_close_by",
    "let_through",
    "open_incidents_around",
    "preview_report",
    "receive",
    "receive_or_hold",
]
