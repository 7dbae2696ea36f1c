"""Context of one incident at its desk: clock, reports, parts, history and allowed actions."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import phonenumbers
from django.db.models import BooleanField, ExpressionWrapper, Q, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import access, public_text
from incidents.casework import assignment, between_units, official_letters, undoing
from incidents.models import AnyUser, Event, Incident, Merge, Report, Subtask
from incidents.reporting import questions
from incidents.views.desk import clock, step_forms, steps
from incidents.views.public import incident_pages
from incidents.wording import duration_in_words, in_spoken_language, person_name

S = Incident.State
ACTIONS = OPENING = (
    "work",
    "claim",
    "decide",
    "judge",
    "help",
    "notes",
    "correct",
    "watch",
    "cede",
)  # any of them opens an incident at the desk
INSIDE = {"work", "decide", "judge", "notes"}  # any of them shows internal lines as well
# Icons of events that change no state.
SIGNS: dict[str, str] = {
    Event.Kind.JOINED: "i-merge",
    Event.Kind.EVIDENCE: "i-camera",
    Event.Kind.NOTE: "i-edit",
    Event.Kind.VIEWED: "i-eye",
    Event.Kind.REDRAWN: "i-map",
    Event.Kind.RESTORED: "i-map",
    Event.Kind.CLAIMED: "i-handover",
    Event.Kind.RATED: "i-star",
    Event.Kind.RELOCATED: "i-pin",
    Event.Kind.RECLASSIFIED: "i-edit",
    Event.Kind.MERGED: "i-merge",
    Event.Kind.GATHERED: "i-merge",
    Event.Kind.SPLIT: "i-merge",
    Event.Kind.REMINDED: "i-bell",
    Event.Kind.INQUIRED: "i-ask",
    Event.Kind.URGED: "i-bell",
    Event.Kind.UNDONE: "i-refresh",
    Event.Kind.CHECKED: "i-pin",
    Event.Kind.DIGESTED: "i-lock",
    Event.Kind.REMARKED: "i-edit",
    Event.Kind.REPLIED: "i-ask",
    Event.Kind.OFFERED: "i-flag",
    Event.Kind.DECLINED: "i-ban",
    Event.Kind.DIRECTED: "i-flag",
    Event.Kind.TASK_ASKED: "i-building",
    Event.Kind.TASK_DONE: "i-building",
    Event.Kind.GIVEN: "i-user",
    Event.Kind.CREWED: "i-users",
    Event.Kind.REDATED: "i-calendar",
    Event.Kind.GRADED: "i-alert",
    Event.Kind.RELEASED: "i-eye",
    Event.Kind.HIDDEN: "i-lock",
    Event.Kind.COVERED: "i-lock",
    Event.Kind.ERASED: "i-ban",
    Event.Kind.WITHDRAWN: "i-left",
}
# Events that assign it to a unit with a reason.
GIVEN_TO_UNIT = (
    Event.Kind.ASSIGNED, Event.Kind.HANDED_OVER, Event.Kind.HANDED_BACK, Event.Kind.CLAIMED, Event.Kind.REDRAWN,
    Event.Kind.RELOCATED, Event.Kind.RECLASSIFIED,
)  # fmt: skip
SHOWN_AT_ONCE = 20  # newest reports, history lines and merged incidents; `everything` shows all
# The state whose glyph a subtask within its time has.
PART_SIGNS: dict[str, str] = {
    Subtask.State.OPEN: "waiting",
    Subtask.State.DONE: "resolved",
    Subtask.State.REFUSED: "rejected",
    Subtask.State.WITHDRAWN: "rejected",
}


def find_incident(user: AnyUser, reference: str, *actions: str) -> Incident:
    """Returns the incident with `may`, the actions allowed to this person; raises Http404.

    `actions`: at least one of these must be allowed; any of OPENING, if none is named.
    """
    posts = access.posts_of(user)
    allowed = {action: access.incident_condition(user, action, posts) for action in ACTIONS}
    may = {f"may_{action}": ExpressionWrapper(condition, BooleanField()) for action, condition in allowed.items()}
    incidents = Incident.objects.annotate(**may).with_pages().select_related("handler", "crew")
    incident = get_object_or_404(incidents, reference=reference)
    incident.may = frozenset(action for action in ACTIONS if getattr(incident, f"may_{action}"))
    if not incident.may & set(actions or OPENING):
        raise Http404
    return incident


def detail_context(
    user: AnyUser, incident: Incident, contact_shown: bool = False, *, everything: bool = False
) -> dict[str, Any]:
    """Returns the context of an incident at its desk, without persons for neighbours and for units asked for a part.

    Of many reports it holds the first and the newest, of a long history the newest lines, unless `everything`.
    """
    at = now()
    ours, inside = "work" in incident.may, bool(incident.may & INSIDE)
    late = incident.is_open and incident.is_late
    events = incident.timeline.select_related("by", "authority").prefetch_related("photos")
    watched = not inside and "watch" in incident.may
    if not inside:
        between = Q(kind__in=[*Event.BETWEEN_UNITS, Event.Kind.UNDONE]) if watched else Q(pk__in=())
        events = public_text.with_public_notes(events.filter(Q(public=True) | between))
    events = list(events)
    every_report = list(incident.reports.order_by("pk"))
    reports = every_report if everything else first_and_newest(every_report)
    prefetch_related_objects(reports, "photos")
    if not ours:
        for report in reports:
            report.text = report.public_text
    channels = Counter(report.get_channel_display() for report in every_report if not report.withdrawn_at)
    wordless = [report for report in reports[1:] if not report.text and not report.withdrawn_at]
    parts = visible_parts(user, incident, inside)
    extension = incident.extensions.filter(granted=None).select_related("asked_by").first()
    offered = steps.offered_steps(user, incident, parts, extension)
    merges = Merge.objects.in_force().filter(stands=incident).select_related("incident").order_by("-pk")
    gathered = list(merges if everything else merges[: SHOWN_AT_ONCE + 1])
    return {
        "incident": incident,
        "clock": clock.clock_line(incident, events, at),
        "late_by": _("%(span)s late") % {"span": duration_in_words(at - incident.due_at)} if late else "",
        "ours": ours,
        "inside": inside,
        "watched": watched,
        "offer": between_units.open_offer(incident) if watched or inside or "cede" in incident.may else None,
        "talk": between_units_talk(events, incident),
        "whose_because": reason_of_unit(events) if watched else "",
        "merged": Merge.objects.in_force().filter(incident=incident).select_related("stands").first(),
        "gathered": gathered if everything else gathered[:SHOWN_AT_ONCE],
        "more_gathered": not everything and len(gathered) > SHOWN_AT_ONCE,
        "may_correct": "correct" in incident.may,
        "vague": incident_pages.area_shares(incident),
        "neighbours": access.neighbour_authorities(incident),
        "history": [history_line(event, inside) for event in newest_first(events, everything)],
        "history_in_all": len(events),
        "reports": [(report, impersonal_answers(report) if ours else []) for report in reports],
        "reports_in_all": len(every_report),
        "wordless": wordless,
        "channels": ", ".join(f"{number} {channel}" for channel, number in channels.items()),
        "photos": [photo for report in reports for photo in report.photos.all() if inside or photo.is_shown],
        "contacts": [
            contact_line(report, contact_shown)
            for report in (every_report if contact_shown else reports)
            if ours and (report.phone or report.email or report.chat or has_personal_answers(report))
        ],
        "contact_shown": contact_shown,
        "letter": ours and official_letters.letter_of(incident),
        "parts": parts,
        "extension": extension,
        "part_open": any(part.is_open for part in parts),
        "may_note": "notes" in incident.may,
        "people": mentionable_people(incident) if "notes" in incident.may else "",
        "offered": offered,
        "buttons": steps.BUTTONS,
    }


def first_and_newest(reports: list[Report]) -> list[Report]:
    """Returns the first report and the newest, SHOWN_AT_ONCE in all; oldest first."""
    return reports if len(reports) <= SHOWN_AT_ONCE else [reports[0], *reports[1 - SHOWN_AT_ONCE :]]


def newest_first(events: list[Event], everything: bool) -> list[Event]:
    return events[::-1] if everything else events[::-1][:SHOWN_AT_ONCE]


def visible_parts(user: AnyUser, incident: Incident, inside: bool) -> list[Subtask]:
    parts = incident.subtasks.select_related("authority", "asked_by", "answered_by")
    own = set(access.authorities_of(user).values_list("pk", flat=True))
    parts = [part for part in parts if inside or part.authority_id in own]
    for part in parts:
        part.is_ours = part.authority_id in own or user.is_superuser
        part.sign = "late" if part.is_late else PART_SIGNS[part.state]
    return parts


def step_form(user: AnyUser, incident: Incident, name: str, *form_args: Any) -> step_forms.StepForm:
    parts = visible_parts(user, incident, bool(incident.may & INSIDE))
    extension = incident.extensions.filter(granted=None).first()
    form = step_forms.StepForm(
        name, incident, *form_args,
        claimants=access.claiming_authorities(user, incident), parts=parts, extension=extension,
    )  # fmt: skip
    form.offered = steps.offered_steps(user, incident, parts, extension)
    form.is_offered = name in form.offered.all
    return form


def can_open(user: AnyUser, incident: Incident, *, watching: bool) -> bool:
    posts = access.posts_of(user)
    actions = [action for action in OPENING if watching or action != "watch"]
    return any(access.incidents_for(user, action, posts).filter(pk=incident.pk).exists() for action in actions)


def mentionable_people(incident: Incident) -> str:
    people = [
        {"username": assignable_person.username, "name": person_name(assignable_person)}
        for assignable_person in assignment.assignable_people(incident)
    ]
    return json.dumps(people, ensure_ascii=False)


def history_line(event: Event, inside: bool = True) -> dict:
    quoted = event.kind in (Event.Kind.ANSWERED, Event.Kind.JOINED, Event.Kind.DISPUTED) and bool(event.note)
    names = [name for name in (inside and event.by and person_name(event.by),) if name]
    if event.authority and event.kind != Event.Kind.ASSIGNED:
        names.append(event.authority.title)
    return {
        "event": event,
        "icon": SIGNS.get(event.kind, ""),
        # A report is received and assigned at the same moment.
        "state": S.RECEIVED if event.kind == Event.Kind.RECEIVED else event.state,
        "quoted": quoted,
        # The page shows the reporter's words above in full.
        "note": "" if quoted or event.kind == Event.Kind.RECEIVED else event.note,
        "who": ", ".join(names),
        "photos": [photo for photo in event.photos.all() if inside or photo.is_shown],
    }


def reason_of_unit(events: Iterable[Event]) -> str:
    """Returns why the present unit has the incident: reasons or note of the last assignment."""
    assignments = [event for event in events if event.kind in GIVEN_TO_UNIT]
    if not assignments:
        return ""
    return " ".join(map(in_spoken_language, assignments[-1].reasons)) or assignments[-1].note


def between_units_talk(events: list[Event], incident: Incident) -> list[dict]:
    talk, reminders = [], Counter[int | None]()
    undone = undoing.undone_lines(events)
    for event in events:
        if event.kind in Event.BETWEEN_UNITS and event.pk not in undone:
            reminders[event.authority_id] += event.kind == Event.Kind.URGED
            ours = event.authority_id == incident.authority_id
            talk.append({"event": event, "in_charge": ours, "number": reminders[event.authority_id]})
    return talk


def contact_line(report: Report, shown: bool) -> dict:
    """Returns a reporter's phone number and address, masked unless `shown`."""
    phone, email = (
        (national_number(report.phone), report.email)
        if shown
        else (masked_phone(report.phone), masked_email(report.email))
    )
    shown_answers = questions.answers_in_words(report.answers, personal=True)
    answers = shown_answers if shown else [(question, "•••") for question, _answer in shown_answers]
    return {"report": report, "phone": phone, "email": email, "answers": answers}


def impersonal_answers(report: Report) -> list[tuple[str, str]]:
    return questions.answers_in_words(report.answers, personal=False)


def has_personal_answers(report: Report) -> bool:
    return any(answer["personal"] for answer in report.answers)


def national_number(number: str) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number


def masked_phone(number: str) -> str:
    """Returns `0937 ••• 216`: enough to recognise one's own number."""
    digits = "".join(c for c in national_number(number) if c.isdigit())
    return f"{digits[:4]} ••• {digits[-3:]}" if len(digits) > 7 else "•••" if number else ""


def masked_email(address: str) -> str:
    name, at, domain = address.partition("@")
    return f"{name[0]}•••@{domain}" if at and name else ""
