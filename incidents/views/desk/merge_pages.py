"""Merge an incident with duplicates and split merged reports again."""

from collections.abc import Sequence
from datetime import timedelta
from string import ascii_uppercase
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from geoapp.http.query_parameters import read_number
from incidents import access, workflow
from incidents.casework import duplicates, merging
from incidents.forms import WordsField
from incidents.models import AnyUser, Incident, Photo, Report
from incidents.page_access import SignedInRequest
from incidents.wording import duration_in_words

REPORTS_SHOWN = 500


class WhyForm(forms.Form):
    """Why it is done; everybody reads it in the history."""

    note = WordsField(required=False, limit=merging.REASON_MAX)


def find_incident(user: AnyUser, reference: str) -> Incident:
    return get_object_or_404(access.incidents_for(user, "correct").with_pages(), reference=reference)


@require_http_methods(["GET", "HEAD", "POST"])
def merge_page(request: SignedInRequest, reference: str) -> HttpResponse:
    """Shows the incident with possible duplicates and its reports; POST merges or splits."""
    incident = find_incident(request.user, reference)
    if request.method != "POST":
        return render_page(request, incident)
    form = WhyForm(request.POST)
    if not form.is_valid():
        return render_page(request, incident, status=400, fault=str(form.errors["note"][0]))
    act = take_apart if request.POST.get("do") == "split" else merge_chosen
    try:
        to, message = act(request, incident, form.cleaned_data["note"])
    except workflow.NotAllowed as refused:
        return render_page(request, incident, status=409, fault=str(refused))
    messages.success(request, message)
    return redirect("desk-together", to.reference)


def merge_chosen(request: SignedInRequest, incident: Incident, note: str) -> tuple[Incident, str]:
    """Merges the ticked incidents with this one. Returns (the remaining incident, message)."""
    references = request.POST.getlist("of")[: merging.AT_ONCE]
    chosen = list(access.incidents_for(request.user, "correct").filter(reference__in=references))
    if len(chosen) < len(set(references)) or not chosen:
        raise merging.NotMergeable(_("Choose what to merge with it."))
    stands = merging.merge_incidents([incident, *chosen], by=request.user, reason=note)
    message = _("Merged: %(reference)s remains, with %(n)d reports.")
    return stands, message % {"reference": stands.reference, "n": stands.reports_count}


def take_apart(request: SignedInRequest, incident: Incident, note: str) -> tuple[Incident, str]:
    """Moves the ticked reports into incidents of their own. Returns (this incident, message)."""
    keys = [read_number(key) or 0 for key in request.POST.getlist("report")[:REPORTS_SHOWN]]
    reports = list(Report.objects.filter(pk__in=keys, incident=incident))
    if len(reports) < len(set(keys)):
        raise merging.NotMergeable(_("Choose reports of this incident."))
    new_incidents = merging.split_reports(incident, reports, by=request.user, reason=note)
    return incident, _("Separated: %(references)s.") % {
        "references": ", ".join(new_incident.reference for new_incident in new_incidents)
    }


def render_page(request: SignedInRequest, incident: Incident, *, status: int = 200, fault: str = "") -> HttpResponse:
    context = together_context(request.user, incident, request.POST.getlist("of"))
    return render(request, "incidents/desk/merge.html", context | {"fault": fault}, status=status)


def together_context(user: AnyUser, incident: Incident, ticked: Sequence[str] = ()) -> dict[str, Any]:
    mine = access.incidents_for(user, "correct")
    may_merge = incident.state in merging.STANDING
    suggestions = duplicates.suggest_same(incident, mine) if may_merge else []
    photos = first_photos(user, [incident.pk, *(suggestion.incident.pk for suggestion in suggestions)])
    shared = tuple(
        dict.fromkeys(word for suggestion in suggestions if suggestion.is_likely for word in suggestion.shared)
    )
    own = candidate_row(incident, "A", photos, shared)
    rows = [own]
    for letter, suggestion in zip(ascii_uppercase[1:], suggestions, strict=False):
        fits = suggestion.incident.state in merging.STANDING
        row = candidate_row(suggestion.incident, letter, photos, suggestion.shared)
        row |= {
            "suggestion": suggestion,
            "fits": fits,
            "ticked": suggestion.incident.reference in ticked if ticked else suggestion.is_likely and fits,
            "when": time_between(incident, suggestion.incident),
            "why": reasons_in_words(suggestion),
        }
        rows.append(row)
    chosen = [incident, *(row["incident"] for row in rows[1:] if row["ticked"])]
    likely = [suggestion for suggestion in suggestions if suggestion.is_likely]
    return {
        "incident": incident,
        "rows": rows,
        "likely": likely,
        "shared": shared[:6],
        "widest": max((suggestion.metres for suggestion in likely), default=0),
        "longest": duration_in_words(max((suggestion.apart for suggestion in likely), default=timedelta())),
        "stands": merging.order_by_standing(chosen)[0],
        "total": sum(suggestion.reports_count for suggestion in chosen),
        "count": len(chosen),
        "may_merge": may_merge,
    } | split_context(incident)


def split_context(incident: Incident) -> dict[str, Any]:
    reports = list(incident.reports.prefetch_related("photos").order_by("received_at", "pk")[:REPORTS_SHOWN])
    homes = merging.homes_of([report.pk for report in reports], incident)
    known = Incident.objects.in_bulk({home for home, _merge in homes.values()})
    founder = merging.founding_report_key(incident)
    return {
        "reports": [
            {
                "report": report,
                "home": known[homes[report.pk][0]] if report.pk in homes else None,
                "stays": report.pk == founder,
            }
            for report in reports
        ],
        "may_split": len(reports) > 1,
    }


def candidate_row(incident: Incident, letter: str, photos: dict[int, Photo], words: Sequence[str]) -> dict[str, Any]:
    pieces = duplicates.mark_words(incident.text[:300], words)
    return {"incident": incident, "letter": letter, "photo": photos.get(incident.pk), "pieces": pieces}


def first_photos(user: AnyUser, incidents: Sequence[int]) -> dict[int, Photo]:
    photos: QuerySet[Photo] = access.photos_for(user).filter(incident__in=incidents, report__isnull=False)
    photo_of_incident: dict[int, Photo] = {}
    for photo in photos.order_by("pk"):
        photo_of_incident.setdefault(photo.incident_id, photo)
    return photo_of_incident


def time_between(incident: Incident, other: Incident) -> str:
    span = duration_in_words(abs(other.received_at - incident.received_at))
    later = other.received_at >= incident.received_at
    return (_("%(span)s later") if later else _("%(span)s before")) % {"span": span}


KINDS = {True: w("same type"), False: w("related type")}


def reasons_in_words(suggestion: duplicates.Suggestion) -> list[str]:
    kind = KINDS[suggestion.same_kind] if suggestion.same_group else _("another type")
    reasons = [str(kind)]
    if suggestion.shared:
        count = len(suggestion.shared)
        reasons.append(ngettext("%(n)d word in common", "%(n)d words in common", count) % {"n": count})
    return reasons
