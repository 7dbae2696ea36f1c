"""Notices: who hears of what (`hearing`), in which words (`texts`), once for each cause (`telling`), and how it goes
out (`sending`, and a transport for each medium).
"""

from incidents.notify.hearing import announce_event, desk_link, format_moment, incident_values
from incidents.notify.sending import deliver_notice, requeue_lost_notices, resend_notices, withdraw_notices
from incidents.notify.telling import (
    Recipient,
    answer_in_chat,
    create_notices,
    create_notices_in_bulk,
    is_medium_on,
    person_recipients,
    recipients_by_person,
    unit_recipients,
)

__all__ = [
    "Recipient",
    "announce_event",
    "answer_in_chat",
    "create_notices",
    "create_notices_in_bulk",
    "deliver_notice",
    "desk_link",
    "format_moment",
    "incident_values",
    "is_medium_on",
    "person_recipients",
    "recipients_by_person",
    "requeue_lost_notices",
    "resend_notices",
    "unit_recipients",
    "withdraw_notices",
]
