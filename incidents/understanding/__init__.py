"""Understand one sentence: intent, place, kind, danger, number and language.

The box, the chat, calls and mails ask `understand`; it reads names and models and writes nothing.
"""

from incidents.understanding.intents import Intent
from incidents.understanding.other_languages import call_now, spoken_here
from incidents.understanding.sentence import Corrections, Understanding, may_be_wish, understand

__all__ = ["Corrections", "Intent", "Understanding", "call_now", "may_be_wish", "spoken_here", "understand"]
