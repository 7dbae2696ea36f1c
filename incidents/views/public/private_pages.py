"""The one private page of a report, at its private link, and what its holder does with that link."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from geoapp.crypto.fields import with_whole_value
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import policies
from gis_data.words import tidy
from incidents import access, workflow
from incidents.casework import additions, corrections, official_letters, own_reports, verdicts, withdrawing
from incidents.forms import AnswerForm
from incidents.models import Event, HeldReport, Incident, KeptReport, Medium, Report
from incidents.models.incident import HEADLINE_MAX
from incidents.models.notices import medium_of_chat
from incidents.notify import confirming, private_links
from incidents.notify.email import mask_address
from incidents.reporting import danger
from incidents.views.public import incident_pages, own_browser, talk
from incidents.views.public.installing import allow_offline_copy
from incidents.views.public.private_addresses import hide_address
from incidents.views.public.private_stops import find_stops
from incidents.views.public.sharing import sharing_card
from incidents.views.public.verdict_forms import verdict_context

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

S, K = Incident.State, Event.Kind
# What was just done, by the name in the query, told beside what was pressed.
DONE = {
    "answered": gettext_lazy("Your answer has reached the unit. The deadline counts again."),
    "added": gettext_lazy("Added: the unit will read it."),
    "gone": gettext_lazy("The unit knows that it is gone. Thank you."),
    "moved": gettext_lazy("The location has been corrected."),
    "renewed": gettext_lazy("This is your new private page: keep its address. All earlier links have stopped working."),
}


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@allow_offline_copy
@require_safe
def report_page(request, token):
    return render_report_page(request, token)


@login_not_required
@never_cache
@require_safe
def letter_page(request, token):
    report = get_object_or_404(Report.objects.with_link(token).filter(erased_at=None))
    incident = Incident.objects.with_pages().get(pk=report.incident_id)
    letter = official_letters.letter_of(incident)
    if letter is None:
        raise Http404
    context = {"letter": letter, "received": report.received_at, "back": reverse("follow", args=[token])}
    return hide_address(render(request, "incidents/letter.html", context))


def render_report_page(
    request: HttpRequest,
    token: str,
    *,
    form: AnswerForm | None = None,
    note: str = "",
    too_old: bool = False,
    confirm_fault: str = "",
    confirm_question: dict[str, str] | None = None,
    added: forms.Form | None = None,
    gone_form: forms.Form | None = None,
    withdraw_fault: str = "",
    moved: forms.Form | None = None,
    verdict: dict[str, Any] | None = None,
    outdated: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Renders the private page of a report.

    `verdict`: faults of the forms about the result; `outdated`: a result was meant that no longer counts.
    """
    browser = own_browser.browser_of(request)
    report = access.report_of_link(token, browser)
    if report is None:
        held_report = HeldReport.objects.with_link(token).with_pages().first()
        return render_held_page(request, held_report) if held_report else render_ended_link(request, token)
    report.incident = incident = Incident.objects.with_pages().get(pk=report.incident_id)
    context = incident_pages.incident_context(incident)
    # A link that has ended is open here only to read: the browser has the report among its own.
    link_open = not incident.closed_at or Report.objects.with_link(token).exists()
    may_act = link_open and additions.may_add(incident, report)
    context |= {
        "whole": True,
        "report": report,
        "title": title_of(report),
        "stops": find_stops(report, incident, withdrawn=context["withdrawn"]),
        "own_sentence": sentence_for_sender(incident) or context["state_sentence"],
        "talk": talk.talk_about(report, own_reports.read_until(browser, report)),
        "also": incident.reports_count - 1,
        "link_open": link_open,
        "joined": incident.reports.filter(pk__lt=report.pk).exists(),
        "contact": contact_in_words(report),
        "link": request.build_absolute_uri(reverse("follow", args=[token])),
        "push_here": reverse("push-of-report", args=[token]),
        "form": form or AnswerForm(initial={"note": note}),
        "done": next((name for name in DONE if name in request.GET), ""),
        "too_old": too_old,
        "outdated": outdated or "outdated" in request.GET,
        "key": f"?token={token}",
        "confirm": confirm_context(request, report, confirm_fault) | {"question": confirm_question},
        "letter": official_letters.letter_of(incident),
        "may_add": may_act,
        "added": added,
        "gone": gone_form,
        "may_move": link_open and corrections.may_sender_correct(incident, report),
        "moved": moved,
        "may_withdraw": may_act,
        "withdraw_ends": withdrawing.ends_incident(report),
        "withdraw_fault": withdraw_fault,
        "kept": own_reports.is_kept(browser, report),
    }
    context["done_words"] = DONE.get(context["done"], "")
    context["new"] = sum(line.is_new for line in context["talk"])
    context["pictures"] = [photo for photo in context["pictures"] if photo.report_id != report.pk]
    context["before"] = report.photos.first() or context["before"]
    if context["result"] and context["before"]:
        talk.show_after(context["talk"], context["result"])
    if context["result"] and link_open:
        context["word"] = verdict_context(request, report, context["result"], **(verdict or {}))
    if browser is not None:
        own_reports.mark_read(browser, report)
    page = "private"
    if "sent" in request.GET:
        page, context["card"] = "report_sent", sharing_card(incident)
        context |= {
            "emergency_numbers": danger.numbers_to_call(report.text),
            "in_danger": incident.category.emergency or danger.mentions_danger(report.text),
        }
    return hide_address(render(request, f"incidents/public/{page}.html", context, status=status))


def render_result(
    request: HttpRequest, report: Report, result: Event, *, verdict: dict[str, Any], too_old: bool, status: int
) -> HttpResponse:
    """Renders of the private page only what a result's short link opens: the result, and the question about it."""
    report.incident = incident = Incident.objects.with_pages().get(pk=report.incident_id)
    context = incident_pages.incident_context(incident)
    is_current = context["result"] == result
    context |= {
        "whole": False,
        "report": report,
        "title": incident.category.title,
        "stops": find_stops(report, incident, withdrawn=context["withdrawn"]),
        "own_sentence": sentence_for_sender(incident) or context["state_sentence"],
        "talk": talk.lines_of_city([context["result"]]) if is_current else [],
        "link_open": True,
        "too_old": too_old,
        "outdated": not is_current,
        "key": f"?result={verdicts.short_link_slug(report, result)}",
        "before": report.photos.first() or context["before"],
        "pictures": [],
    }
    if is_current and context["before"]:
        talk.show_after(context["talk"], result)
    if is_current:
        context["word"] = verdict_context(request, report, result, **verdict)
    elif context["result"]:
        context["newer"] = verdicts.short_link(report, context["result"])
    return hide_address(render(request, "incidents/public/private.html", context, status=status))


def sentence_for_sender(incident: Incident) -> str:
    """Returns what a state means to who sent the report, where that is not what it means to everybody."""
    match incident.state:
        case S.WAITING:
            return _("The unit has a question for you. The deadline is paused until you answer.")
        case S.REJECTED:
            unit = incident.authority.title
            return _("%(unit)s does not accept it. The reason is below.") % {"unit": unit}
    return ""


def title_of(report: Report) -> str:
    """Returns the first words of what the sender wrote; the category where there are none."""
    words = Truncator(tidy(report.text)).chars(HEADLINE_MAX)
    return words[:1].upper() + words[1:] or report.incident.category.title


def render_held_page(request, held_report):
    refused = held_report.state == HeldReport.State.REFUSED
    context = {
        "held": held_report,
        "refused": refused,
        "title": held_title(held_report),
        "photos": held_report.photos.count(),
        "kept": own_reports.is_kept(own_browser.browser_of(request), held_report),
        "link": request.build_absolute_uri(reverse("follow", args=[held_report.token])),
    }
    return hide_address(render(request, "incidents/public/held.html", context))


def held_title(held_report):
    if held_report.state == HeldReport.State.REFUSED:
        return _("Your report was not accepted")
    return _("Your report has arrived") if held_report.is_received else _("Your report is being checked")


def render_ended_link(request, token):
    """Renders an expired private link (410); raises Http404 for a replaced or unknown one."""
    report = get_object_or_404(with_whole_value(Report.objects.select_related("incident"), "token", token))
    context = {"incident": report.incident, "months": policies.current().link_months}
    return hide_address(render(request, "incidents/public/link_ended.html", context, status=410))


MEDIUM_SENTENCES: dict[str, "StrOrPromise"] = {
    Medium.SMS: gettext_lazy(
        "By SMS to the number that ends in %(end)s: enter a code once, so that nobody else gets your messages."
    ),
    Medium.EMAIL: gettext_lazy("By e-mail to %(address)s: enter a code once, so that nobody else gets your messages."),
}


def confirm_context(request, report, fault):
    media = confirming.unconfirmed_media(report) if not report.erased_at else []
    values = {"end": report.phone[-3:], "address": mask_address(report.email)}
    sent = set(report.confirmations.filter(denied_at=None).values_list("medium", flat=True)) if media else set()
    return {
        "media": [
            {"name": str(medium), "sentence": MEDIUM_SENTENCES[medium] % values, "sent": medium in sent}
            for medium in media
        ],
        "done": "confirmed" in request.GET,
        "fault": fault,
    }


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def renew_link(request, token):
    """Revokes the private links of a report and creates one, sent to its sender if there is an address."""
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    was_kept = own_reports.is_kept(own_browser.browser_of(request), report)
    own_reports.drop_report_everywhere(report)
    if private_links.renew_link(report):
        return render(request, "incidents/public/link_sent.html")
    response = HttpResponseRedirect(reverse("follow", args=[report.token]) + "?renewed=1#done", status=303)
    return own_browser.keep_reports(request, [report], response, how=KeptReport.How.KEPT) if was_kept else response


def contact_in_words(report):
    if report.email:
        return _("An e-mail to %(address)s at the main steps") % {"address": mask_address(report.email)}
    if report.phone:
        return _("The unit may call the number that ends in %(end)s") % {"end": report.phone[-3:]}
    if report.chat:
        return _("A message by %(way)s at the main steps") % {"way": medium_of_chat(report.chat).label}
    return ""


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def answer_question(request, token):
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    form, status = AnswerForm(request.POST, request.FILES), 400
    if form.is_valid():
        note, pictures = form.cleaned_data["note"], form.cleaned_data["photos"]
        if waits := rate_limits.take(*incident_pages.photo_asks(request, pictures)):
            form.add_error("photos", rate_limits.too_many_sentence(max(waits.values())))
            return render_report_page(request, token, form=form, status=429)
        try:
            additions.answer_unit(report, words=note, pictures=pictures)
            return HttpResponseRedirect(reverse("follow", args=[token]) + "?answered=1#done", status=303)
        except additions.CannotAdd as refused:
            form.add_error(refused.field, str(refused))
        except workflow.NotAllowed as refused:
            form.add_error("note", str(refused))
            status = 409
    return render_report_page(request, token, form=form, status=status)
