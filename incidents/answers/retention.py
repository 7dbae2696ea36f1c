"""Erase what visitors wrote about answers that did not help."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.utils.timezone import now

from gis_data import policies
from incidents.models import AnswerVote


def erase_old_reasons(at: datetime | None = None) -> int:
    """Erase the reasons of votes older than `keep_contacts_months`; the votes count on. Returns how many."""
    until = (at or now()) - relativedelta(months=policies.current().keep_contacts_months)
    return AnswerVote.objects.filter(at__lt=until).exclude(why="").update(why="")
