"""Exchange incidents with a unit's own system by Open311 GeoReport v2.

It may be down, answer twice or not at all. The same incident arrives there once: it is sent under the same client id
until there is an answer, and `defer_exchange` finds what is unsent.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from geoapp.crypto import vault
from incidents import partners, public_text, timeline, workflow
from incidents.models import Authority, Event, Incident, PartnerUpdate
from incidents.notify.http_calls import NoAnswer, call_url
from incidents.notify.transport import Refused
from incidents.partners import updates, words
from incidents.redaction import without_contacts
from incidents.routing import rules

logger = logging.getLogger(__name__)
TIMEOUT_S = 20.0
MAX_PHOTOS = 5
RESEND_AFTER = timedelta(minutes=5)  # what is unsent for longer has lost its job
REFUSAL_PAUSE = timedelta(days=1)  # so long a person may look, then it is tried once more
UPDATES_OVERLAP = timedelta(days=2)  # updates that are asked for again each time: some systems write them late
UPDATES_MAX_AGE = timedelta(days=89)
REQUEST_BATCH = 50  # requests that are asked for at once
MAX_PAGES = 100  # of updates that are read at a time
TOKEN_PREFIX = "token:"  # in place of a number that the other system has not given yet
PASSED_ON = gettext_noop("Passed on to the unit's own system.")
NOT_TAKEN = gettext_noop("The unit's own system does not accept it: %(why)s")


class RetryLater(Exception):
    """The unit's system does not answer now, or not by the standard: it is asked again."""


class RequestRefused(Exception):
    """The unit's system refuses what it was sent: a person has to look."""


def send_event(event_id: int) -> None:
    """Send this event to the unit's own system: the incident, once, or what happened since. Raises RetryLater."""
    event = Event.objects.select_related("incident__authority").get(pk=event_id)
    incident = event.incident
    if incident.authority.works != Authority.Works.GEOREPORT or not incident.is_open:
        return
    if not incident.outside_reference:
        send_incident(incident)
    elif event.kind in partners.UPDATE_KINDS:
        send_update(incident, event)


# ---- out ----


def send_incident(incident):
    """Send an incident, store its reference there, and pass it on. Raises RetryLater."""
    unit, came = incident.authority, partners.arrival_event(incident)
    ours = f"{incident.reference}-{came.pk if came else 0}"
    fields = {
        "service_code": words.service_code(incident.category, unit.georeport_services),
        "lat": f"{incident.place.y:.6f}",
        "long": f"{incident.place.x:.6f}",
        "address_string": incident.address_title,
        "description": f"{incident.text}\n[{incident.reference}]".strip(),
        "client_request_id": ours,
    }
    files = [
        ("media", (f"{photo.pk}.jpg", read_picture(photo), "image/jpeg"))
        for photo in incident.photos.looked_at()[:MAX_PHOTOS]
    ]
    try:
        answer = request_rows(
            unit, "POST", "requests", data=fields, files=files or None, headers={"Idempotency-Key": ours}
        )
    except RequestRefused as refused:
        return note_refusal(incident, unit, str(refused))
    first = answer[0] if isinstance(answer, list) and answer and isinstance(answer[0], dict) else {}
    theirs = str(first.get("service_request_id") or "")
    if not theirs and first.get("token"):
        theirs = f"{TOKEN_PREFIX}{first['token']}"
    if not theirs:
        raise RetryLater(f"{unit.code}: no service_request_id")
    return store_reference(incident, theirs)


def read_picture(photo):
    with photo.picture.open() as file:
        return file.read()


@transaction.atomic
def store_reference(incident, theirs):
    locked = Incident.objects.lock(incident.pk)
    if locked.authority_id != incident.authority_id:
        return
    locked.outside_reference = theirs[:100]
    locked.save(update_fields=["outside_reference"])
    if locked.state in workflow.TRANSITIONS["pass_on"].origins:
        workflow.move(locked, "pass_on", reasons=(rules.in_both_languages(PASSED_ON),))


@transaction.atomic
def note_refusal(incident, unit, why):
    incident = Incident.objects.lock(incident.pk)
    mark = {"refused": unit.code}
    if not incident.timeline.filter(reasons__contains=[mark], at__gt=now() - REFUSAL_PAUSE).exists():
        timeline.record(
            incident, Event.Kind.NOTE, authority=unit, public=False,
            note=rules.in_city_language(NOT_TAKEN, why=why[:500]),
            reasons=(rules.in_both_languages(updates.BY_SYSTEM) | mark,),
        )  # fmt: skip


def send_update(incident, event):
    """Send what happened since; a system without updates is not called."""
    fields = {
        "service_request_id": incident.outside_reference,
        "update_id": str(event.pk),
        "status": updates.update_status(event).upper() if event.kind in updates.STATUS_OF_KIND else "OPEN",
        "updated_datetime": event.at.isoformat(timespec="seconds"),
        "description": without_contacts(public_text.public_note_of(event)) or event.get_kind_display(),
    }
    try:
        request_rows(incident.authority, "POST", "servicerequestupdates", data=fields)
    except RequestRefused as refused:
        logger.info("%s knows no updates: %s", incident.authority.code, refused)


# ---- in ----


def defer_exchange(at: datetime | None = None) -> None:
    moment = at or now()
    unsent = Incident.objects.open().filter(
        Q(outside_reference="") | Q(outside_reference__startswith=TOKEN_PREFIX),
        authority__works=Authority.Works.GEOREPORT,
    )
    refused = Event.objects.filter(
        incident=OuterRef("pk"),
        authority=OuterRef("authority"),
        reasons__0__has_key="refused",
        at__gt=moment - REFUSAL_PAUSE,
    )
    unsent = unsent.filter(changed_at__lt=moment - RESEND_AFTER).exclude(Exists(refused))
    for incident in unsent.select_related("authority").order_by("pk"):
        defer_once("incidents.send_outside", incident.pk, incident_id=incident.pk)
    for unit in Authority.objects.filter(works=Authority.Works.GEOREPORT):
        if unit.incidents.exclude(outside_reference="").filter(state__in=Incident.OPEN).exists():
            defer_once("incidents.read_outside", unit.pk, authority_id=unit.pk)


def defer_once(task, key, **arguments):
    """Defer a job, unless the same one waits already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(task, queueing_lock=f"{task}:{key}").defer(**arguments)


def resend_incident(incident_id: int) -> None:
    incident = Incident.objects.select_related("authority", "category").get(pk=incident_id)
    if incident.authority.works != Authority.Works.GEOREPORT or not incident.is_open:
        return
    if not incident.outside_reference:
        send_incident(incident)
    elif incident.outside_reference.startswith(TOKEN_PREFIX):
        token = incident.outside_reference.removeprefix(TOKEN_PREFIX)
        try:
            answer = request_rows(incident.authority, "GET", f"tokens/{token}")
        except RequestRefused:
            return
        if theirs := next((list_row.get("service_request_id") for list_row in list_rows(answer)), None):
            store_reference(incident, str(theirs))


def read_updates(authority_id: int, at: datetime | None = None) -> None:
    """Read a unit's updates of its incidents, and apply them. Raises RetryLater."""
    unit, moment = Authority.objects.get(pk=authority_id), at or now()
    theirs = unit.incidents.exclude(outside_reference="").exclude(outside_reference__startswith=TOKEN_PREFIX)
    last = PartnerUpdate.objects.filter(authority=unit).order_by("-at").first()
    since = max(
        min(moment - UPDATES_OVERLAP, (last.at if last else moment) - timedelta(hours=1)), moment - UPDATES_MAX_AGE
    )
    period = {
        "start_date": iso_seconds(since),
        "end_date": iso_seconds(moment + timedelta(minutes=1)),
    }  # seconds are cut
    try:
        rows = fetch_all_rows(unit, "servicerequestupdates", period)
    except RequestRefused:  # it has no updates: its requests say how they stand
        rows = list(status_updates(unit, theirs))
    known = {
        incident.outside_reference: incident
        for incident in theirs.filter(outside_reference__in=[request_id(row) for row in rows])
    }
    for row in rows:
        status = str(row.get("status") or "").lower()
        if (incident := known.get(request_id(row))) and row.get("update_id") and status in updates.STEPS_OF_STATUS:
            updates.apply_update(unit, incident, str(row["update_id"])[:100], status, str(row.get("description") or ""))


def request_id(row):
    return str(row.get("service_request_id") or "")


def status_updates(unit, theirs):
    names = list(theirs.filter(state__in=Incident.OPEN).values_list("outside_reference", flat=True).order_by("pk"))
    for start in range(0, len(names), REQUEST_BATCH):
        parameters = {"service_request_id": ",".join(names[start : start + REQUEST_BATCH])}
        try:
            answer = request_rows(unit, "GET", "requests", params=parameters)
        except RequestRefused as refused:
            raise RetryLater(str(refused)) from refused
        for row in list_rows(answer):
            if row.get("status") == "closed":
                update_id = f"{request_id(row)} closed {row.get('updated_datetime') or ''}"
                yield row | {"update_id": update_id, "description": row.get("status_notes") or ""}


def list_rows(answer):
    if isinstance(answer, dict):
        answer = next((value for value in answer.values() if isinstance(value, list)), [])
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []


def fetch_all_rows(unit, what, parameters):
    """Return the objects of all pages of a list: the first page has the newest, each begins with its oldest."""
    rows = []
    for page in range(1, MAX_PAGES + 1):
        answer = request_answer(unit, "GET", what, params=parameters | ({"page": page} if page > 1 else {}))
        rows = list_rows(parse_answer(unit, answer)) + rows
        if 'rel="next"' not in answer.headers.get("Link", ""):
            break
    return rows


def iso_seconds(moment):
    return moment.isoformat(timespec="seconds")


# ---- over the wire ----


def request_rows(unit, method, what, *, data=None, params=None, **more):
    """Return the answer of the unit's system. Raises RetryLater (down, slow, unreadable) and RequestRefused."""
    return parse_answer(unit, request_answer(unit, method, what, data=data, params=params, **more))


def request_answer(unit, method, what, *, data=None, params=None, **more):
    """Return the answer with its headers. Raises RetryLater (down, slow) and RequestRefused."""
    try:
        key = {"api_key": vault.decrypt(unit.georeport_key)} if unit.georeport_key else {}
    except vault.CannotDecrypt:
        raise RequestRefused(_("Its key cannot be read: enter it again.")) from None
    place = {"jurisdiction_id": unit.georeport_jurisdiction} if unit.georeport_jurisdiction else {}
    body = {"data": data | key | place} if data is not None else {}
    try:
        answer = call_url(
            method,
            f"{unit.georeport_url.rstrip('/')}/{what}.{unit.georeport_format}",
            purpose="partners",
            timeout=TIMEOUT_S,
            params=(params or {}) | place | key if data is None else None,
            **body,
            **more,
        )
    except NoAnswer as fault:
        raise RetryLater(f"{unit.code}: {fault}") from fault
    except Refused as fault:
        raise (RetryLater if fault.retry else RequestRefused)(f"{unit.code}: {fault}") from fault
    if answer.status >= 500 or answer.status in (408, 425, 429):
        raise RetryLater(f"{unit.code}: HTTP {answer.status}")
    if answer.status >= 300:
        raise RequestRefused(f"HTTP {answer.status} {answer.body[:300].decode('utf-8', 'replace')}")
    return answer


def parse_answer(unit, answer):
    try:
        return words.read_answer(answer.body, unit.georeport_format)
    except words.Unreadable as fault:
        raise RetryLater(f"{unit.code}: {fault}") from None
