"""Send notices: who hears of an event (`event_notices`), in which words (`texts`), once for each cause (`outbox`), and
how they go out (`sending`, with a transport for each medium: `transports`).
"""

from incidents.notify.event_notices import announce_event
from incidents.notify.event_values import desk_link, format_moment, incident_values
from incidents.notify.outbox import (
    Recipient,
    answer_in_chat,
    create_notices,
    create_notices_in_bulk,
    person_recipients,
    recipients_by_person,
    unit_recipients,
)
from incidents.notify.sending import deliver_notice, deliver_notices, requeue_lost_notices, resend_notices

__all__ = [
    "Recipient",
    "announce_event",
    "answer_in_chat",
    "create_notices",
    "create_notices_in_bulk",
    "deliver_notice",
    "deliver_notices",
    "desk_link",
    "format_moment",
    "incident_values",
    "person_recipients",
    "recipients_by_person",
    "requeue_lost_notices",
    "resend_notices",
    "unit_recipients",
]
