"""Web chat: a form and a thread, with or without scripts."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_GET
from incidents import access
from incidents.channels import chat, web_chat
from incidents.channels.chat import conversation, persons
from incidents.channels.chat import draft as drafts
from incidents.channels.chat_input import MAX_TEXT
from incidents.data_requests import requests as data_requests
from incidents.forms import PhotosField, WordsField
from incidents.models import Correspondent, Report, User
from incidents.reporting import danger
from incidents.views.public import own_browser

COOKIE = "chat"
COOKIE_S = 30 * 24 * 3600  # lifetime of the cookie after the last message


class MessageForm(forms.Form):
    """A chat message. Clean data: `text`, `pictures`, `place` (longitude, latitude) or None, `sending`."""

    sending = forms.UUIDField()
    press = forms.CharField(required=False, max_length=200)
    text = WordsField(required=False, limit=MAX_TEXT)
    photos = PhotosField(required=False)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90)

    def clean(self) -> dict:
        super().clean()
        data = self.cleaned_data
        lon, lat = data.get("lon"), data.get("lat")
        data["place"] = (lon, lat) if lon is not None and lat is not None else None
        data["text"] = data.get("press") or data.get("text") or ""
        if not self.errors and not (data["text"] or data["photos"] or data["place"]):
            self.add_error("text", _("Write something, or choose a photo."))
        return data


def for_writer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Passes the key of the browser's chat to the view; "" before its first message."""

    @wraps(view)
    def with_key(request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(COOKIE, "")
        return view(request, key if web_chat.user_of(key) else "")

    return with_key


@rate_limits.limit_requests("chat")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_writer
def chat_page(request, key):
    form = MessageForm(request.POST, request.FILES) if request.method == "POST" else None
    if form is None or not form.is_valid():
        page = render_chat(request, key, form, status=200 if form is None else 400)
        return keep_chat_reports(request, key, page)
    key = key or web_chat.new_key()
    store_and_answer(request, key, form.cleaned_data)
    answer = HttpResponseRedirect(reverse("chat") + "#last", status=303)
    secure = request.is_secure()
    answer.set_cookie(COOKIE, key, max_age=COOKIE_S, httponly=True, samesite="Lax", secure=secure, path=reverse("chat"))
    return answer


def keep_chat_reports(request, key, response):
    if not key:
        return response
    sent = Report.objects.filter(chat=web_chat.user_of(key), erased_at=None)
    new = sent.exclude(pk__in=access.own_reports(own_browser.browser_of(request)).values("pk"))
    return own_browser.keep_sent(request, list(new), response)


def store_and_answer(request, key, message):
    """Stores a message and lets the dialogue answer it at once; a job repeats this if it fails."""
    chat.store_written(
        web_chat.user_of(key),
        sending=message["sending"],
        text=message["text"],
        place=message["place"],
        pictures=message["photos"],
        language=get_language(),
        network=rate_limits.network_of_request(request),
    )


@rate_limits.limit_requests("chat")
@login_not_required
@never_cache
@require_GET
@for_writer
def chat_lines(request, key):
    """Returns the thread for polling; 304 if unchanged."""
    context = chat_context(key)
    if request.headers.get("If-None-Match") == context["version"]:
        return HttpResponseNotModified()
    answer = render(request, "incidents/public/chat_lines.html", context)
    answer["ETag"] = context["version"]
    return answer


def render_chat(request, key, form=None, status=200):
    context = chat_context(key) | {"form": form, "sending": uuid.uuid4(), "kept_days": data_requests.KEEP_CHAT.days}
    return render(request, "incidents/public/chat.html", context, status=status)


@dataclass
class ShownLine:
    """A line of the thread. `calls`: numbers to call before it; `tapped`: it was chosen, not written."""

    at: datetime
    theirs: bool
    text: str
    by: User | None
    choices: Sequence
    shown: str
    tapped: bool = False
    calls: Sequence = ()


def shown_lines(lines: list[persons.ChatLine]) -> list[ShownLine]:
    shown: list[ShownLine] = []
    for line in lines:
        before = shown[-1] if shown else None
        row = ShownLine(line.at, line.theirs, line.text, line.by, line.choices, line.text)
        if line.theirs:
            row.tapped = before is not None and line.text in [title for _value, title in before.choices]
        elif before is not None and before.theirs and danger.mentions_danger(before.text):
            warning = danger.emergency_numbers(before.text)
            if warning and line.text.startswith(warning):
                row.calls = danger.numbers_to_call(before.text)
                row.shown = line.text.removeprefix(warning).strip()
        shown.append(row)
    return shown


def chat_context(key):
    """Returns the lines, the choices of the last answer, whether a person was asked for, and a version of all that."""
    writer = Correspondent.objects.filter(user=web_chat.user_of(key)).first() if key else None
    lines = shown_lines(persons.read_chat(writer)) if writer else []
    last = lines[-1] if lines else None
    draft = conversation.open_draft(writer) if writer and not writer.asked_at else None
    understood = None
    if draft and draft.step == "send" and last and "#send" in dict(last.choices):
        understood = drafts.summary_of(draft)
        last.shown = last.shown.partition(_("Please check:"))[0].strip()
    waits = ""
    if writer and writer.asked_at:
        waits = "answered" if writer.answered_by_id else "waiting"
    return {
        "lines": lines,
        "choices": last.choices if last and not last.theirs else [],
        "understood": understood,
        "asks_place": draft is not None and draft.step == "where",
        "waits": waits,
        "version": f'"{len(lines)}-{last.at.timestamp() if last else 0}-{waits}"',
    }
