"""Take reports in: `receive` is the one door, whatever the channel."""

from incidents.reporting.receiving import (
    CLOSE_BY_M,
    TEXT_MAX,
    IncomingReport,
    ReportRefused,
    first_sent,
    incidents_close_by,
    let_through,
    open_incidents_around,
    preview_report,
    receive,
    receive_or_hold,
)

__all__ = [
    "CLOSE_BY_M",
    "TEXT_MAX",
    "IncomingReport",
    "ReportRefused",
    "first_sent",
    "incidents_close_by",
    "let_through",
    "open_incidents_around",
    "preview_report",
    "receive",
    "receive_or_hold",
]
