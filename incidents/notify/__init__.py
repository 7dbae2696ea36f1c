"""Notices: who hears of what (`hearing`), in which words (`texts`), once for each cause (`telling`), and how it goes
out (`sending`, and a transport for each medium).
"""

from incidents.notify.hearing import announce, case, desk_link, moment
from incidents.notify.sending import catch_up, deliver, send_again, withdraw
from incidents.notify.telling import Recipient, desk_of, each_of, on, people, say, tell, tell_many

__all__ = [
    "Recipient",
    "announce",
    "case",
    "catch_up",
    "deliver",
    "desk_link",
    "desk_of",
    "each_of",
    "moment",
    "on",
    "people",
    "say",
    "send_again",
    "tell",
    "tell_many",
    "withdraw",
]
