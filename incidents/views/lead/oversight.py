"""Pages and files at `/watch/` for the body that supervises deadlines."""

from functools import partial
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import QueryError
from geoapp.web import sheets
from geoapp.web.figures import format_number
from geoapp.web.paging import KeyPaginator
from incidents.analytics import oversight
from incidents.analytics.oversight import OversightQuery
from incidents.analytics.tables import aria_sort, next_sort
from incidents.deadlines import service_levels
from incidents.models import Category, Event, Extension, Incident
from incidents.page_access import require_work
from incidents.redaction import without_contacts
from incidents.views.lead.lead_pages import annotate_desk_access
from incidents.wording import duration_in_words, in_spoken_language, person_name

ROWS = 100
K = Event.Kind
TABS = {
    "watch": w("Every unit"),
    "watch-late": w("Overdue incidents"),
    "watch-extensions": w("Extensions"),
    "watch-results": w("Results to review"),
    "watch-changes": w("Changes not public"),
    "watch-rules": w("Rules changed"),
}
# Which results are listed, by the parameter `photo`.
RESULTS_TO_LOOK_AT = {"": w("Sent from a distance or with another photo"), "none": w("Without a photo")}
# The effect of each quiet change, which its note does not contain.
EFFECTS = {
    K.HIDDEN: w("public → not public"),
    K.RELEASED: w("not public → public"),
    K.VIEWED: w("The reporter's phone number or e-mail address was viewed"),
}
# The page that lists what a column counts.
LISTED_ON = {
    "late": "watch-late",
    "done_late": "watch-late",
    "asked": "watch-extensions",
    "granted": "watch-extensions",
}
NOTHING = mark_safe('<td class="num"><span class="faint">0</span></td>')
DECIMAL_PLACES = {"share": 1, "share_first": 1, "share_proven": 1, "to_accept": 1, "to_resolve": 1, "stars": 1}


def oversight_view(view):
    """Wraps a view of an OversightQuery for supervisors; with `as_file` it returns a file, and QueryError is a 400."""

    @require_safe
    @require_work("watch")
    def answer(request, **how):
        try:
            question, faults = OversightQuery.from_parameters(request.GET), []
        except QueryError as error:
            if how.get("as_file"):
                return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
            question, faults = OversightQuery.usual(), list(error.faults)
        response = view(request, question, faults=faults, **how)
        if faults:
            response.status_code = 400
        return response

    return answer


def render_tab(request, question, name, context, faults=()):
    query = urlencode(question.parameters())
    more = {
        "question": question,
        "faults": faults,
        "tabs": [(tab, words, tab == name) for tab, words in TABS.items()],
        "tab": name,
        "heading": TABS[name],
        "file": f"{name}-csv",
        "query": query,
        "kinds": oversight.unit_kinds(),
        "groups": Category.objects.filter(parent=None).order_by("position", "code"),
        "at": now(),
    }
    return render(request, f"incidents/lead/watch/{name.removeprefix('watch-')}.html", more | context)


@oversight_view
def units_page(request, question, as_file=False, faults=()):
    rows, total = oversight.count_units(question)
    if as_file:
        heads = [_("Unit"), _("Code"), _("Kind"), *map(str, oversight.COLUMNS.values())]
        lines = [
            [row.name, *code_and_kind(row), *(getattr(row, name) for name in oversight.COLUMNS)]
            for row in [*rows, total]
        ]
        return sheets.csv_response("units", heads, lines)
    context = {
        "columns": table_heads(question),
        "rows": [(row.name, linked_cells(row, question)) for row in rows],
        "total": formatted_cells(total),
    }
    return render_tab(request, question, "watch", context, faults)


def code_and_kind(row):
    return (row.unit.code, row.unit.kind) if row.unit else ("", "")


def linked_cells(row, question):
    """Returns the HTML of a unit's cells; about three thousand per page, too many for a template loop."""
    query, cells = urlencode(question.parameters(unit=row.unit)), []
    for name, figure in formatted_cells(row):
        if figure == "0":
            cells.append(NOTHING)
        elif name in LISTED_ON:
            address = f"{reverse(LISTED_ON[name])}?{query}"
            cells.append(format_html('<td class="num"><a href="{}">{}</a></td>', address, figure))
        else:
            cells.append(format_html('<td class="num">{}</td>', figure))
    return SafeString("".join(cells))


def formatted_cells(row):
    return [(name, format_figure(name, getattr(row, name))) for name in oversight.COLUMNS]


def format_figure(name, figure):
    if figure is None:
        return "–"
    if isinstance(figure, int) and 0 <= figure < 1000:
        return str(figure)  # short cut without formatting: equal in every language, and most cells are such
    places = DECIMAL_PLACES.get(name, 0)
    return format_number(figure, places, grouped=True)


def table_heads(question):
    heads = {"name": _("Unit"), **oversight.COLUMNS}
    return [
        {
            "name": name,
            "words": words,
            "query": urlencode(question.parameters() | {"sort": next_sort(name, question.sort)}),
            "sorted": aria_sort(name, question.sort),
        }
        for name, words in heads.items()
    ]


@oversight_view
def late_page(request, question, as_file=False, faults=()):
    rows = oversight.late_incidents(question)
    if as_file:
        heads = [
            _("Reference"), _("Unit"), _("Field"), _("Address"), _("State"), _("Intake"), _("Deadline"),
            _("First deadline"), _("Done"), _("Hours late"), _("Reason for the extension"),
            _("Last message from the unit"),
        ]  # fmt: skip
        return sheets.csv_response("late", heads, map(late_row, oversight.with_last_words(rows).iterator()))
    with_words = annotate_desk_access(
        oversight.with_last_words(Incident.objects.order_by("due_at", "pk")), request.user
    )
    pages = KeyPaginator(
        rows,
        ROWS,
        shown=with_words,
        keys=partial(oversight.late_keys, question),
        count=partial(oversight.count_late, question),
    )
    shown = pages.get_page(request.GET.get("page"))
    for incident in shown:
        incident.late_by = duration_in_words(time_overdue(incident))
        incident.last_words, incident.reason = hide_contacts(incident.last_words), hide_contacts(incident.reason)
    return render_tab(request, question, "watch-late", {"page": shown}, faults)


def time_overdue(incident):
    return (incident.closed_at or now()) - incident.due_at


def late_row(incident):
    return [
        incident.reference, incident.authority.title, incident.category.title, incident.address_title,
        incident.get_state_display(), incident.received_at, incident.due_at, incident.first_due_at or incident.due_at,
        incident.closed_at, time_overdue(incident).total_seconds() / 3600, hide_contacts(incident.reason),
        hide_contacts(incident.last_words),
    ]  # fmt: skip


def hide_contacts(text):
    return without_contacts(text) if text else ""


@oversight_view
def extensions_page(request, question, as_file=False, faults=()):
    rows = oversight.extensions_asked_for(question)
    if as_file:
        heads = [
            _("Reference"), _("Unit"), _("Field"), _("Requested by"), _("Requested at"), _("Reason"), _("Was due"),
            _("Requested until"), _("Decision"), _("Decided by"), _("Decided at"), _("Note"),
        ]  # fmt: skip
        return sheets.csv_response("more-time", heads, map(extension_row, oversight.with_persons(rows).iterator()))
    with_all = oversight.with_persons(Extension.objects.order_by("-asked_at", "-pk"))
    shown = KeyPaginator(rows, ROWS, shown=with_all).get_page(request.GET.get("page"))
    for extension in shown:
        extension.clean_reason, extension.clean_note, extension.decision = (
            hide_contacts(extension.reason),
            hide_contacts(extension.note),
            decision_in_words(extension),
        )
        extension.asker, extension.decider = person_name(extension.asked_by), person_name(extension.decided_by)
    return render_tab(request, question, "watch-extensions", {"page": shown}, faults)


def decision_in_words(extension):
    """Words the decision on an extension; one made void by a later step was decided by nobody."""
    if extension.granted is False and not extension.decided_by:
        return _("expired: nobody decided before the next step")
    return {None: _("not decided yet"), True: _("granted"), False: _("refused")}[extension.granted]


def extension_row(extension):
    incident = extension.incident
    return [
        incident.reference, incident.authority.title, incident.category.title, person_name(extension.asked_by),
        extension.asked_at, hide_contacts(extension.reason), extension.was_due_at, extension.until,
        decision_in_words(extension), person_name(extension.decided_by), extension.decided_at,
        hide_contacts(extension.note),
    ]  # fmt: skip


@oversight_view
def results_page(request, question, as_file=False, faults=()):
    """Lists results sent from afar, or with a photo of another time or from a gallery, and why; with `photo=none` those
    without a photo.
    """
    rows = oversight.results_without_photo(question) if question.photo else oversight.checked_results(question)
    if as_file:
        heads = [_("Reference"), _("Unit"), _("Field"), _("Time"), _("Done by"), _("Action"), _("Metres"), _("Reason")]
        return sheets.csv_response("results", heads, map(result_row, oversight.with_incidents(rows).iterator()))
    with_all = oversight.with_incidents(Event.objects.order_by("-pk"))
    shown = KeyPaginator(rows, ROWS, shown=with_all).get_page(request.GET.get("page"))
    for event in shown:
        event.who, event.remarks = who_sent(event), remarks_in_words(event)
        event.reason = hide_contacts(event.note)
    choices = [
        (words, urlencode(question.parameters(photo=photo)), photo == question.photo)
        for photo, words in RESULTS_TO_LOOK_AT.items()
    ]
    return render_tab(request, question, "watch-results", {"page": shown, "choices": choices}, faults)


def who_sent(event):
    return person_name(event.by) or (event.authority.title if event.authority else "")


def remarks_in_words(event):
    if event.kind == K.RESOLVED:
        return _("Text only, without a photo.")
    return " ".join(in_spoken_language(reason) for reason in event.reasons)


def result_row(event):
    return [
        event.incident.reference, event.incident.authority.title, event.incident.category.title, event.at,
        who_sent(event), remarks_in_words(event), (event.receipt or {}).get("metres"), hide_contacts(event.note),
    ]  # fmt: skip


@oversight_view
def changes_page(request, question, as_file=False, faults=()):
    rows = oversight.quiet_changes(question)
    if as_file:
        heads = [_("Reference"), _("Unit"), _("Field"), _("Time"), _("Done by"), _("Action"), _("What changed")]
        return sheets.csv_response("quiet-changes", heads, map(change_row, oversight.with_incidents(rows).iterator()))
    with_all = oversight.with_incidents(Event.objects.order_by("-pk"))
    shown = KeyPaginator(rows, ROWS, shown=with_all).get_page(request.GET.get("page"))
    for event in shown:
        event.who, event.what = person_name(event.by) or _("the system"), change_with_reasons(event)
    return render_tab(request, question, "watch-changes", {"page": shown}, faults)


def change_in_words(event):
    if event.erased_at:
        return _("The note was erased.")
    return " · ".join(part for part in (str(EFFECTS.get(event.kind, "")), hide_contacts(event.note)) if part)


def change_with_reasons(event):
    return " · ".join(part for part in (change_in_words(event), *map(in_spoken_language, event.reasons)) if part)


@oversight_view
def rules_page(request, question, as_file=False, faults=()):
    rows = oversight.rule_changes(question)
    if as_file:
        heads = [_("Time"), _("Done by"), _("Which rule"), _("Action"), _("What changed")]
        lines = ((entry.action_time, person_name(entry.user), *rule_change_fields(entry)) for entry in rows.iterator())
        return sheets.csv_response("rules", heads, lines)
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    for entry in shown:
        entry.who, (entry.kind, entry.named, entry.what) = person_name(entry.user), rule_change_fields(entry)
    return render_tab(request, question, "watch-rules", {"page": shown}, faults)


def rule_change_fields(line):
    return line.content_type.name, line.object_repr, line.get_change_message() or line.get_action_flag_display()


@require_safe
@require_work("watch")
def incident_page(request, reference):
    """Shows the whole history of an incident, including its internal lines; without contacts and photos."""
    incident = get_object_or_404(Incident.objects.with_pages(), reference=reference)
    history = list(incident.timeline.select_related("by", "authority").order_by("-pk"))
    for event in history:
        event.who = ", ".join(
            part for part in (person_name(event.by), event.authority and event.authority.title) if part
        )
        event.what = change_in_words(event)
    context = {
        "incident": incident,
        "history": history,
        "due_date_trace": service_levels.explain_due_date(incident),
        "extensions": [
            (extension, decision_in_words(extension), person_name(extension.decided_by))
            for extension in incident.extensions.select_related("asked_by", "decided_by")
        ],
        "reminders": incident.reminders.filter(told=True).select_related("step").order_by("-at"),
        "directives": incident.directives.select_related("to", "by", "post__authority"),
    }
    return render(request, "incidents/lead/watch/incident.html", context)


def change_row(event):
    return [
        event.incident.reference, event.incident.authority.title, event.incident.category.title,
        event.at, person_name(event.by) or _("the system"), event.get_kind_display(), change_with_reasons(event),
    ]  # fmt: skip
