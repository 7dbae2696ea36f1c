"""Confirm, dispute and rate a result by a link, without an account.

A result is the event that announced it. Each reporter gives one verdict on it, only while it is the current result: an
incident that is taken up again has none until the next.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.crypto.fields import rows_with_text
from gis_data import policies
from gis_data.words import tidy
from incidents import proofs, timeline, workflow
from incidents.casework import additions
from incidents.models import Event, Incident, Photo, Proof, Rating, Report, ReportMove
from incidents.models.incident import SHORT_TOKEN
from incidents.photos import Picture
from incidents.public_text import incidents_of_reports, reporter_receipt

S, E = Incident.State, Event.Kind
RESULTS = (E.RESOLVED, E.REJECTED)
STARS = range(1, 6)
WORDS_MAX = 1000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SHORT_LINK = re.compile(rf"/t/([\w-]{{{SHORT_TOKEN}}})([0-9a-z]{{1,12}})/", re.ASCII)


class NoResult(workflow.NotAllowed):
    """The incident has no current result."""


class TooLate(workflow.NotAllowed):
    """The days to dispute are over, or a dispatcher has decided already."""


class RatedAlready(workflow.NotAllowed):
    """This reporter has rated this result."""


class BadStars(ValueError):
    """The rating is not 1 to 5."""


def current_result(incident: Incident) -> Event | None:
    """Event of the current result; None where there is none."""
    if incident.state not in (*Incident.ENDED, S.DISPUTED):
        return None
    return incident.timeline.filter(kind__in=RESULTS).select_related("authority").last()


def disputable_until(result: Event) -> datetime:
    return result.at + timedelta(days=policies.current().dispute_days)


def is_overruled(result: Event) -> bool:
    return result.incident.timeline.filter(kind=E.OVERRULED, pk__gt=result.pk).exists()


def may_confirm(incident: Incident) -> bool:
    return incident.state == S.RESOLVED


def may_dispute(incident: Incident, result: Event | None, at: datetime | None = None) -> bool:
    return result is not None and (at or now()) <= disputable_until(result) and not is_overruled(result)


@transaction.atomic
def confirm_result(report: Report, at: datetime | None = None, reasons: Iterable[dict] = ()) -> Event:
    """Close the incident as confirmed; idempotent. Raises workflow.NotAllowed."""
    incident = Incident.objects.lock(report.incident_id)
    last = incident.timeline.filter(kind__in=(*RESULTS, E.CONFIRMED)).last()
    if incident.state == S.CLOSED and last and last.kind == E.CONFIRMED:
        return last
    event = workflow.move(incident, "confirm", at=at, reasons=reasons, receipt=reporter_receipt(report))
    proofs.store_proof(incident, required_result(incident), Proof.How.REPORTER)
    return event


@transaction.atomic
def dispute_with_photos(report: Report, words: str, pictures: Sequence[Picture]) -> Event:
    """As `dispute_result`, with photos stored with the report. Also raises additions.CannotAdd."""
    event = dispute_result(report, words, reasons=additions.photo_reasons(pictures))
    additions.keep_photos(report, report.incident, pictures)
    return event


@transaction.atomic
def dispute_result(report: Report, words: str, at: datetime | None = None, reasons: Iterable[dict] = ()) -> Event:
    """Dispute a result; a dispatcher decides. Later disputes of the same result only add their words.

    Raises workflow.NoteMissing, NoResult, TooLate.
    """
    words, moment = tidy(words)[:WORDS_MAX], at or now()
    if not words:
        raise workflow.NoteMissing(_("Write a few words: what is not done yet?"))
    incident = Incident.objects.lock(report.incident_id)
    result = required_result(incident)
    if incident.state == S.DISPUTED:
        lines = incident.timeline.filter(kind=E.DISPUTED, pk__gt=result.pk)
        text = rows_with_text(lines, "note", words).first()
        return text or timeline.record(
            incident, E.DISPUTED, note=words, public=False, at=moment, reasons=reasons, receipt=reporter_receipt(report)
        )
    if is_overruled(result):
        raise TooLate(_("The result has already been reviewed once, and it stands. Send a new report instead."))
    if moment > disputable_until(result):
        raise TooLate(
            _("The %(days)d days in which you could object are over. Send a new report instead.")
            % {"days": policies.current().dispute_days}
        )
    return workflow.move(incident, "dispute", note=words, at=at, reasons=reasons, receipt=reporter_receipt(report))


@transaction.atomic
def rate_result(
    report: Report, stars: int, reason: str = "", at: datetime | None = None, reasons: Iterable[dict] = ()
) -> Event:
    """Rate a result once, with or without a reason; only staff read it.

    Raises BadStars, NoResult, RatedAlready.
    """
    if stars not in STARS:
        raise BadStars(_("Choose one to five stars."))
    reason, moment = tidy(reason)[:WORDS_MAX], at or now()
    incident = Incident.objects.lock(report.incident_id)
    result = required_result(incident)
    try:
        with transaction.atomic():
            Rating.objects.create(report=report, result=result, stars=stars, reason=reason, at=moment)
    except IntegrityError:
        raise RatedAlready(_("You have already rated this result. Thank you.")) from None
    return timeline.record(
        incident,
        E.RATED,
        note=rating_note(stars, reason),
        public=False,
        at=moment,
        reasons=reasons,
        receipt=reporter_receipt(report),
    )


def rating_note(stars: int, reason: str = "") -> str:
    return f"{stars}/5: {reason}" if reason else f"{stars}/5"


def required_result(incident: Incident) -> Event:
    result = current_result(incident)
    if result is None:
        raise NoResult(
            _("There is no result to judge: the incident is now “%(state)s”.") % {"state": incident.get_state_display()}
        )
    return result


# ---- short links ----


def short_link_slug(report: Report, event: Event) -> str:
    return sign_line(report.token, event.pk) + to_base36(event.pk)


def sign_line(token: str, line: int) -> str:
    digest = hmac.digest(token.encode(), f"line {line}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode()[:SHORT_TOKEN]


def short_link(report: Report, event: Event) -> str:
    """Path of the short link: `/t/…/`."""
    return reverse("tell", args=[short_link_slug(report, event)])


def open_short_link(slug: str) -> tuple[Report, Event]:
    """Report and event of a short link. Raises Report.DoesNotExist."""
    begin, line = slug[:SHORT_TOKEN], from_base36(slug[SHORT_TOKEN:])
    event = Event.objects.filter(pk=line).select_related("authority").first()
    if event is None or not begin.isascii():
        raise Report.DoesNotExist
    moves = ReportMove.objects.filter(Q(origin=event.incident_id) | Q(target=event.incident_id)).values("report")
    lasting = Report.objects.with_lasting_link()
    reports = lasting.filter(incident=event.incident_id).union(lasting.filter(pk__in=moves))
    for report in reports.values_list("pk", "token"):
        if hmac.compare_digest(sign_line(report[1], line), begin):
            return Report.objects.select_related("incident").get(pk=report[0]), event
    return open_old_short_link(begin, event), event


def open_old_short_link(begin: str, event: Event) -> Report:
    """Report of a short link of version 0.9, which has the beginning of its token and opens results only."""
    report = Report.objects.with_short_link(begin).select_related("incident").get()
    if event.kind not in RESULTS or event.incident_id not in incidents_of_reports([report]):
        raise Report.DoesNotExist
    return report


def photos_of_short_link(slug: str) -> QuerySet[Photo]:
    try:
        report, event = open_short_link(slug)
    except (Report.DoesNotExist, Report.MultipleObjectsReturned):
        return Photo.objects.none()
    first = report.photos.order_by("pk").values("pk")[:1]
    return Photo.objects.filter(Q(pk__in=first) | Photo.SHOWN & Q(event=event))


def renew_short_links(text: str, old: str, new: str) -> str:
    def renew(match: re.Match[str]) -> str:
        begin, line = match[1], from_base36(match[2])
        return f"/t/{sign_line(new, line)}{match[2]}/" if begin == sign_line(old, line) else match[0]

    return SHORT_LINK.sub(renew, text)


def to_base36(value: int) -> str:
    text = ""
    while value:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
    return text or "0"


def from_base36(text: str) -> int:
    """The number; -1 for text that `to_base36` does not write."""
    if not text or len(text) > 12 or not set(text) <= set(DIGITS):
        return -1
    value = int(text, 36)
    return value if to_base36(value) == text else -1
