"""Operators go on from chats handed to them: the form of a call holds what was understood, and one report ends it.

Who answers in a chat (`chat.persons`) may; the report is the correspondent's, and the chat gets its notices.
"""

import json
from typing import Any

from django.db import transaction
from django.utils import translation

from geoapp.db import locks
from incidents import notify
from incidents.channels.chat import conversation, media, persons
from incidents.channels.chat.channels import channel_of
from incidents.channels.chat.draft import enquiry_confirmation
from incidents.disclosure import register
from incidents.hotline.suggestions import NEW
from incidents.models import Call, Correspondent, Draft, Enquiry, PersonalDataView, Report, User
from incidents.models.notices import medium_of_chat, way_of_chat
from incidents.notify import opt_outs
from incidents.photos import Picture
from incidents.reporting import TEXT_MAX
from incidents.reporting.address_candidates import spot_value


@transaction.atomic
def continue_chat(writer: Correspondent, *, by: User) -> Call:
    """Take the chat and return the call that goes on from it: the one under way, else a new one filled from the draft.

    Records the view of the writer's reports. Raises persons.AnsweredByAnother.
    """
    locks.hold(locks.Lock.CHAT, writer.user)
    persons.take_chat(writer, by=by)
    if under_way := Call.objects.under_way().filter(chat=writer).first():
        if under_way.operator_id != by.pk:
            raise persons.AnsweredByAnother
        return under_way
    draft = conversation.open_draft(writer)
    call = Call.objects.create(operator=by, chat=writer, language=writer.language, **fields_from_chat(writer, draft))
    if reports := list(Report.objects.filter(chat=writer.user, erased_at=None)):
        register.record_views(PersonalDataView.How.CHAT, reports, by=by)
    return call


def fields_from_chat(writer: Correspondent, draft: Draft | None) -> dict[str, Any]:
    """Fields of the call: the words of the draft and those written since a person was asked for, and its choices."""
    lines = [line for line in persons.read_chat(writer, by_staff=True) if line.theirs]
    since = [line.text for line in lines if writer.asked_at and line.at > writer.asked_at]
    fields: dict[str, Any] = {"text": "\n".join(filter(None, [draft.text if draft else "", *since]))[:TEXT_MAX]}
    if draft is None:
        return fields
    fields |= {"category": draft.category, "phone": draft.phone, "where": draft.where}
    if draft.place:
        fields["spot"] = spot_value(draft.place, draft.accuracy_m or 0, draft.ward)
        fields["spot_title"] = draft.where
    if draft.answers:
        fields["answers"] = json.dumps(dict(draft.answers), ensure_ascii=False)
    if draft.join or draft.apart:
        fields["join"] = draft.join.reference if draft.join else NEW
    if not Call.objects.filter(sending=draft.sending).exists():
        fields["sending"] = draft.sending  # sent by the chat as well, it is one report
    return fields


def incoming_fields(call: Call) -> dict[str, Any]:
    """Fields of a report that are those of the chat from which the call goes on; {} of a telephone call."""
    if call.chat is None:
        return {}
    user = call.chat.user
    locks.hold(locks.Lock.CHAT, user)
    return {
        "channel": way_of_chat(user),
        "chat": user if channel_of(user).is_reached else "",
        "language": call.chat.language,
    }


def photos_of_chat(call: Call) -> list[Picture]:
    draft = Draft.objects.filter(writer=call.chat).first() if call.chat else None
    return media.read_waiting_photos(draft) if draft else []


def settle_chat(call: Call, enquiry: Enquiry | None = None) -> None:
    """Delete the draft of which the call made a report or this enquiry, and answer in the chat.

    The reference of a report comes by its own notice, that of an enquiry here; both in the writer's language.
    """
    if call.chat is None:
        return
    writer = call.chat
    Draft.objects.filter(writer=writer).delete()
    medium = medium_of_chat(writer.user)
    if channel_of(writer.user).is_reached:
        opt_outs.opt_in(medium, writer.user)
    if enquiry:
        with translation.override(writer.language):
            words = enquiry_confirmation(enquiry)
        to = notify.Recipient(medium, writer.user, writer.language)
        notify.answer_in_chat(f"call:{call.pk}", to, words, written_by=call.operator)
