"""Redisplay a submitted form with a fresh token after a CSRF failure."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from incidents.views.public import asking, neighbours, own_acts, private_pages, reporting, verdicts
from incidents.views.staff import partner_work


def redisplay_expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Returns the form with its input and a fresh token, status 403."""
    match = request.resolver_match
    if match and match.url_name in EXPIRED_FORMS:
        return EXPIRED_FORMS[match.url_name](request, **match.kwargs)
    return render(request, "too_old.html", status=403)


def redisplay_answer_form(request: HttpRequest, token: str) -> HttpResponse:
    note = request.POST.get("note", "")
    return private_pages.render_report_page(request, token, note=note, status=403, too_old=True)


# The view that redisplays each public form, by URL name.
EXPIRED_FORMS: dict[str, Callable[..., HttpResponse]] = {
    "ask": asking.redisplay_form,
    "report": reporting.redisplay_report_form,
    "report-photos": reporting.refuse_expired_photo,
    "answer": redisplay_answer_form,
    "follow-add": own_acts.redisplay_add_form,
    "tell": verdicts.redisplay_verdict,
    "is-it-gone": neighbours.redisplay_by_link,
    "outside": partner_work.redisplay_work_page,
}
