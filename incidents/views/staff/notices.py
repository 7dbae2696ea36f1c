"""Pages of outgoing messages: failures, resending, counts, and the city's own texts."""

import re
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from gis_data import policies
from incidents import access, notify, timeline
from incidents.disclosure import register
from incidents.models import Event, Medium, MessageTemplate, Notice, PersonalDataView
from incidents.notify import own_texts, sending, text_keys, texts
from incidents.notify.transports import TRANSPORTS
from incidents.page_access import require_work

ROWS = 50
MAX_RESENT = 500  # by one press
COUNTED_DAYS = 7  # by the table on top
UNSURE_AFTER = timedelta(hours=1)  # without an answer
S = Notice.State
TABS = {
    "failed": (w("Failed"), lambda at: Q(state=S.FAILED)),
    "unsure": (w("Without an answer"), lambda at: Q(state=S.UNSURE, sent_at__lt=at - UNSURE_AFTER)),
    "waiting": (w("Waiting"), lambda at: Q(state=S.WAITING)),
    "all": (w("All"), lambda at: Q()),
}
RESENDABLE = (S.FAILED, S.UNSURE)


@require_safe
@require_work("notices")
def notice_list(request):
    return render_notice_list(request)


def render_notice_list(request, status=200, fault=""):
    at, words = now(), request.GET.get("q", "").strip()[:40]
    show = request.GET.get("show")
    if show not in TABS:
        show = "all" if words else "failed"
    medium = request.GET.get("medium") if request.GET.get("medium") in Medium.values else ""
    rows = Notice.objects.filter(TABS[show][1](at)).select_related("event__incident", "report__incident", "person")
    if words:
        rows = rows.filter(incident_condition(words))
    if medium:
        rows = rows.filter(medium=medium)
    numbers = {name: Notice.objects.filter(TABS[name][1](at)).count() for name in ("failed", "unsure", "waiting")}
    context = {
        "counts": count_by_medium(at),
        "days": COUNTED_DAYS,
        "spent": sending.cost_of_day(at),
        "cap": policies.current().notice_cap_per_day,
        "tabs": [(name, label, numbers.get(name)) for name, (label, _q) in TABS.items()],
        "show": show,
        "words": words,
        "medium": medium,
        "query": urlencode({"show": show, "medium": medium, "q": words}),
        "media": Medium.choices,
        "page": Paginator(rows.order_by("-pk"), ROWS).get_page(request.GET.get("page")),
        "fault": fault,
        "trouble": " ".join(filter(None, (transport.account_fault() for transport in TRANSPORTS.values()))),
        "again": RESENDABLE,
    }
    return render(request, "incidents/staff/notices/list.html", context, status=status)


def incident_condition(words):
    theirs = Q(event__incident__reference=words) | Q(report__incident__reference=words)
    if texts.REFERENCE.fullmatch(words):
        return theirs | Q(mentioned__contains=[words])
    return theirs


def count_by_medium(at):
    """Returns {"states": heads, "rows": [(medium, numbers)]} of the last days."""
    since = Notice.objects.filter(made_at__gte=at - timedelta(days=COUNTED_DAYS))
    counts = {(medium, state): n for medium, state, n in since.values_list("medium", "state").annotate(n=Count("pk"))}
    states = [(state, label) for state, label in S.choices]
    rows = [
        (label, [counts.get((medium, state), 0) for state, _label in states])
        for medium, label in Medium.choices
        if any((medium, state) in counts for state in S.values)
    ]
    return {"states": [label for _state, label in states], "rows": rows}


@require_safe
@require_work("notices")
def notice_page(request, pk):
    notices = Notice.objects.select_related("event__incident", "report__incident", "person")
    return render_notice(request, get_object_or_404(notices, pk=pk))


def render_notice(request, notice, address=""):
    """Shows a notice; its text only to those who may read the incident, which is recorded."""
    readable = access.may_read_message(request.user, notice)
    source = notice.event or notice.report
    if readable and not address and (notice.report or notice.mentioned or not notice.person):
        incident = source.incident_id if source else None
        reports = [notice.report] if notice.report else []
        register.record_views(PersonalDataView.How.MESSAGE, reports, by=request.user, incident_id=incident)
    context = {"notice": notice, "address": address, "readable": readable}
    context["again"] = notice.state in RESENDABLE and notice.secrets_erased_at is None
    return render(request, "incidents/staff/notices/notice.html", context)


@require_POST
@require_work("notices")
def show_address(request, pk):
    """Shows the address of a notice; recorded in the incident's history, or without one in the admin log."""
    notice = get_object_or_404(Notice.objects.select_related("event__incident", "report__incident"), pk=pk)
    source = notice.event or notice.report
    reports = [notice.report] if notice.report else []
    incident = source.incident_id if source else None
    register.record_views(PersonalDataView.How.MESSAGE, reports, by=request.user, incident_id=incident)
    if source:
        timeline.record(source.incident, Event.Kind.VIEWED, by=request.user, public=False)
    else:
        log_actions(request.user, [notice], "address looked at")
    return render_notice(request, notice, notice.address)


@require_POST
@require_work("notices")
def send_again(request):
    """Resends the chosen notices, or all failed ones; skips those whose state has changed meanwhile."""
    if "all" in request.POST:
        chosen = Notice.objects.filter(state=S.FAILED)
        if request.POST.get("medium") in Medium.values:
            chosen = chosen.filter(medium=request.POST["medium"])
    else:
        keys = [key for key in request.POST.getlist("notice") if re.fullmatch(r"[0-9]{1,18}", key)]
        if not keys:
            return render_notice_list(request, 400, _("Choose at least one message."))
        chosen = Notice.objects.filter(pk__in=keys)
    chosen = chosen.filter(state__in=RESENDABLE).order_by("pk")[:MAX_RESENT]
    log_actions(request.user, chosen, "sent again")
    count = notify.resend_notices(chosen)
    text = ngettext("%(n)d message is being sent again.", "%(n)d messages are being sent again.", count)
    messages.success(request, text % {"n": count})
    return redirect("notices")


def log_actions(user, notices, what):
    LogEntry.objects.log_actions(user.pk, notices, CHANGE, change_message=what)


# ---- texts ----


@require_safe
@require_work("notices")
def text_list(request):
    own = MessageTemplate.objects.values_list("key").annotate(n=Count("pk"))
    rows = [(key, title, dict(own).get(key, 0)) for key, title in text_keys.text_titles()]
    return render(request, "incidents/staff/notices/texts.html", {"rows": rows})


@require_safe
@require_work("notices")
def text_page(request, key):
    if key not in text_keys.TEXTS:
        raise Http404
    own = set(MessageTemplate.objects.filter(key=key).values_list("medium", "language"))
    previews = [
        {"medium": medium, "medium_label": label, "language": language, "language_label": spoken}
        | {"own": (medium, language) in own}
        | own_texts.preview_text(key, medium, language)
        for medium, label in Medium.choices
        if not TRANSPORTS[medium].text_medium or TRANSPORTS[medium].is_configured()
        for language, spoken in settings.LANGUAGES
    ]
    context = {
        "key": key,
        "title": text_keys.TITLES.get(key, key),
        "previews": previews,
        "places": text_keys.TEXTS[key],
    }
    return render(
        request, "incidents/staff/notices/text.html", context | {"edits": access.does_work(request.user, "administer")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("notices")
def edit_own_text(request, key, medium, language):
    known = key in text_keys.TEXTS and medium in Medium.values and language in texts.language_codes()
    if not known or not access.does_work(request.user, "administer"):
        raise Http404
    own = MessageTemplate.objects.filter(key=key, medium=medium, language=language).first()
    if request.method == "POST" and "ship" in request.POST:
        MessageTemplate.objects.filter(key=key, medium=medium, language=language).delete()
        messages.success(request, _("The default text is used again."))
        return redirect("notice-text", key)
    if own is None:
        subject, body = own_texts.shipped_draft(key, medium, language)
        own = MessageTemplate(key=key, medium=medium, language=language, subject=subject, text=body)
    form = own_texts.OwnTextForm(request.POST or None, instance=own)
    if form.is_valid() and "save" in request.POST:
        save_own_text(form)
        messages.success(request, _("Saved. New messages use it from now on."))
        return redirect("notice-text", key)
    context = {
        "key": key,
        "title": text_keys.TITLES.get(key, key),
        "medium": medium,
        "medium_label": Medium(medium).label,
        "language": language,
        "language_label": dict(settings.LANGUAGES)[language],
        "titled": TRANSPORTS[medium].has_subject,
        "form": form,
        "kept": own.pk is not None,
        "places": texts.example_values(key, language),
        "shown": None if form.errors else own_texts.preview_text(key, medium, language, form.instance),
    }
    return render(request, "incidents/staff/notices/own_text.html", context, status=400 if form.errors else 200)


def save_own_text(form):
    """Saves the text; of two concurrent saves the last one wins."""
    template = form.instance
    MessageTemplate.objects.update_or_create(
        key=template.key,
        medium=template.medium,
        language=template.language,
        defaults={"subject": template.subject, "text": template.text, "provider_key": template.provider_key},
    )
