"""The hotline's queue besides calls: chats that ask for a person, and call-backs."""

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from incidents.channels.chat import persons
from incidents.channels.voice import callbacks
from incidents.disclosure import register
from incidents.disclosure.shown import note_shown
from incidents.hotline import calls, chats
from incidents.models import CallBack, Correspondent, Draft, PersonalDataView, Report, RingingCall
from incidents.page_access import SignedInRequest, require_work
from incidents.views.hotline.matters import matters_of

LISTED = 50  # of each group


class AnswerForm(forms.Form):
    """An operator's answer in a chat; `sending` identifies repeated sends."""

    text = forms.CharField(max_length=persons.MAX_WORDS)
    sending = forms.UUIDField()


@require_safe
@require_work("operator")
def queue_page(request: SignedInRequest) -> HttpResponse:
    return render_queue(request)


@require_safe
@require_work("operator")
def chat_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return render_queue(request, find_chat(pk))


def find_chat(pk: int) -> Correspondent:
    return get_object_or_404(persons.chats_for_a_person(), pk=pk)


def render_queue(
    request: SignedInRequest, chat: Correspondent | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    """Renders the queue; with a chat also its thread, and for the operator who has it the reports from it."""
    waiting_chats = list(persons.chats_for_a_person()[: 2 * LISTED])
    persons.attach_last_words(waiting_chats)
    if waiting_chats:
        note_shown(request, PersonalDataView.How.CHAT)
    context: dict[str, Any] = {
        "talking": [chat_row for chat_row in waiting_chats if chat_row.answered_by_id == request.user.pk],
        "waiting": [chat_row for chat_row in waiting_chats if chat_row.answered_by_id is None][:LISTED],
        "elsewhere": [chat_row for chat_row in waiting_chats if chat_row.answered_by_id not in (None, request.user.pk)],
        "rings": RingingCall.objects.waiting().with_pages(),
        "call_backs": CallBack.objects.waiting().with_pages()[:LISTED],
        "chat": chat,
        "sending": uuid.uuid4(),
        "max_words": persons.MAX_WORDS,
    }
    if chat:
        context |= thread_context(request, chat)
    return render(request, "incidents/hotline/messages.html", context | more, status=status)


def thread_context(request, chat):
    lines = persons.read_chat(chat, by_staff=True)
    reports = list(reports_of_chat(chat))
    note_shown(request, PersonalDataView.How.CHAT, incidents={report.incident_id for report in reports})
    mine = chat.answered_by_id == request.user.pk
    return {
        "lines": lines,
        "mine": mine,
        "draft": Draft.objects.filter(writer=chat).select_related("category").first() if mine else None,
        "matters": matters_of([report.incident for report in reports]) if mine else [],
        "version": f'"{len(lines)}-{lines[-1].at.timestamp() if lines else 0}"',
    }


def reports_of_chat(chat):
    reports = Report.objects.filter(chat=chat.user).select_related(
        "incident__category", "incident__area", "incident__authority"
    )
    return reports.defer("incident__area__shape", "incident__area__outline").order_by("-pk")[: calls.EARLIER]


@require_safe
@require_work("operator")
def chat_lines(request: SignedInRequest, pk: int) -> HttpResponse:
    """Returns the thread for polling; 304 if unchanged."""
    context = thread_context(request, find_chat(pk))
    if request.headers.get("If-None-Match") == context["version"]:
        return HttpResponseNotModified()
    answer = render(request, "incidents/hotline/messages.html#thread", context)
    answer["ETag"] = context["version"]
    return answer


TAKEN = 409


@require_POST
@require_work("operator")
def take_chat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Assigns the chat to this operator; showing the writer's reports is recorded."""
    chat = find_chat(pk)
    try:
        persons.take_chat(chat, by=request.user)
    except persons.AnsweredByAnother:
        return render_queue(request, find_chat(pk), TAKEN, fault=_("A colleague is answering in this chat."))
    if reports := list(reports_of_chat(chat)):
        register.record_views(PersonalDataView.How.CALL, reports, by=request.user)
    return redirect("operator-chat", pk)


@require_POST
@require_work("operator")
def continue_chat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Opens the operator's form filled with what was understood in the chat."""
    chat = find_chat(pk)
    try:
        call = chats.continue_chat(chat, by=request.user)
    except persons.AnsweredByAnother:
        return render_queue(request, find_chat(pk), TAKEN, fault=_("A colleague is answering in this chat."))
    return redirect("operator-call", call.pk)


@require_POST
@require_work("operator")
def answer_chat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sends a message to the chat; the same sending again sends nothing new."""
    chat, form = find_chat(pk), AnswerForm(request.POST)
    if not form.is_valid():
        return render_queue(request, chat, 400, form=form)
    data = form.cleaned_data
    try:
        persons.write_answer(chat, by=request.user, text=data["text"], sending=data["sending"])
    except persons.AnsweredByAnother:
        return render_queue(request, chat, TAKEN, fault=_("A colleague is answering in this chat."))
    except ValueError as fault:
        form.add_error("text", str(fault))
        return render_queue(request, chat, 400, form=form)
    return redirect("operator-chat", pk)


@require_POST
@require_work("operator")
def give_chat_back(request: SignedInRequest, pk: int) -> HttpResponse:
    chat = find_chat(pk)
    try:
        persons.release_chat(chat, by=request.user)
    except persons.AnsweredByAnother:
        return render_queue(request, chat, TAKEN, fault=_("A colleague is answering in this chat."))
    return redirect("operator-messages")


@require_POST
@require_work("operator")
def call_back(request: SignedInRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(CallBack, pk=pk)
    try:
        return redirect("operator-call", calls.call_back(waiting, by=request.user).pk)
    except callbacks.TakenByAnother:
        return render_queue(request, None, TAKEN, fault=_("A colleague is calling this person back."))
    except callbacks.AlreadyDone:
        return render_queue(request, None, TAKEN, fault=_("This person has already been called back."))


@require_POST
@require_work("operator")
def call_next(request: SignedInRequest) -> HttpResponse:
    for waiting in CallBack.objects.waiting().free()[:5]:
        try:
            return redirect("operator-call", calls.call_back(waiting, by=request.user).pk)
        except (callbacks.TakenByAnother, callbacks.AlreadyDone):
            continue
    return render_queue(request, None, TAKEN, fault=_("Nobody is waiting for a call."))
