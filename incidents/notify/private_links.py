"""Replace the private link of a report whose link leaked; earlier links become invalid."""

import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from incidents.casework import verdicts
from incidents.models import Medium, Notice, Report
from incidents.models.notices import medium_of_chat
from incidents.notify.event_values import incident_values
from incidents.notify.hearers import report_addresses
from incidents.notify.outbox import Recipient, create_notices
from incidents.notify.transports import TRANSPORTS


@transaction.atomic
def renew_link(report: Report) -> bool:
    """Give a report a new link, in waiting messages, too. Returns whether it was sent to the sender.

    Only the sender gets it: the holder of the old link may be somebody else. Without an address it is not sent.
    """
    old, report.token = report.token, secrets.token_urlsafe()
    report.save(update_fields=["token"])
    for notice in Notice.objects.filter(report=report, state__in=Notice.UNSENT).select_for_update():
        notice.values = [replace_link(value, old, report.token) for value in notice.values]
        notice.text = notice.subject = ""  # who sends it makes it anew of its values
        notice.save(update_fields=["values", "text", "subject"])
    cause = f"new-link:{report.pk}:{secrets.token_hex(8)}"
    return bool(create_notices("new_link", cause, recipients_of(report), link_values(report)))


def replace_link(value, old, new):
    return verdicts.renew_short_links(value.replace(old, new), old, new)


def recipients_of(report):
    if report.email:
        return [Recipient(Medium.EMAIL, report.email, report.language, report=report)]
    if report.chat and report_addresses(report, TRANSPORTS[medium_of_chat(report.chat)]):
        return [Recipient(medium_of_chat(report.chat), report.chat, report.language, report=report)]
    if report.phone and TRANSPORTS[Medium.SMS].is_configured():
        return [Recipient(Medium.SMS, report.phone, report.language, report=report)]
    return []


def link_values(report):
    def values(recipient):
        with translation.override(recipient.language):
            link = settings.SITE_URL + reverse("follow", args=[report.token])
            return incident_values(report.incident, report.incident.authority) | {"link": link}

    return values
