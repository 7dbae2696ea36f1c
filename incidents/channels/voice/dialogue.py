"""Telephone dialogue: the chat dialogue with keys, silence and call-backs.

Silence is asked about once, then becomes a call-back; so does input that is not understood twice. Keys: 0 a person, *
the other language, # repeat. A call that ends early becomes a report if kind and place are known, else a call-back.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import city, policies
from gis_data.addresses.suggest import SURE, suggest
from gis_data.words import plain
from incidents.channels.chat import conversation
from incidents.channels.chat import draft as drafts
from incidents.channels.chat.draft import ChatAnswer
from incidents.channels.chat_input import ChatInput
from incidents.channels.voice import callbacks, speech
from incidents.channels.voice.events import MAX_SAID, CallEvent, VoiceAnswer
from incidents.deadlines import working_time
from incidents.emergency.current import announcement_of, find_emergency
from incidents.models import CallBack, Category, Correspondent, Draft, Enquiry, HeldReport, Idea, Report, VoiceCall
from incidents.notify.sms import is_textable
from incidents.reporting import address_candidates, categories, danger

R = CallBack.Reason
TRIES = 2  # so often silence, or what is not understood, makes a call-back
PHONE_DIGITS = 9  # so many keys, at least, are a phone number
MAX_TURNS = 40  # whoever talks longer than this talks with a person
NEXT_LANGUAGE = {"vi": "en", "en": "vi"}
# Chat commands that calls support; others are left to a person.
ANSWERED_HERE = (conversation.answer_guide, conversation.cancel_draft, conversation.restart_draft)


# ---- a call begins ----


def begin(call: VoiceCall) -> Draft:
    """The call's draft; a new one has the caller's number, to which SMS go unless the caller refuses."""
    writer, _new = Correspondent.objects.get_or_create(user=call.user, defaults={"language": call.language})
    draft = conversation.open_draft(writer) or conversation.create_draft(writer)
    if not call.turns and not draft.phone and call.phone and is_textable(call.phone):
        draft.phone = call.phone
        draft.save(update_fields=["phone"])
    return draft


def greet(call: VoiceCall) -> VoiceAnswer:
    draft, emergency = begin(call), find_emergency()
    sentences = [
        _("Hello, this is %(product)s.") % {"product": city.current().brand},
        _("This call is recorded and used only to deal with your report.") if settings.VOICE_RECORD else "",
        announcement_of(emergency, spoken=True) if emergency else danger.emergency_numbers(spoken=True),
        _("Press 0 to speak to a person."),
        _("Press star for English.") if call.language == "vi" else _("Press star for Vietnamese."),
    ]
    answer = speak_question(call, drafts.ask_next(draft))
    return replace(answer, sentences=(*filter(None, sentences), *answer.sentences), records=False)


# ---- input ----


def answer_input(call: VoiceCall, event: CallEvent) -> VoiceAnswer:
    draft, keys, words = begin(call), event.keys, event.words.strip()[:MAX_SAID]
    if call.turns >= MAX_TURNS:
        return promise_callback(call, R.UNCLEAR)
    if keys == "0":
        return transfer_to_person(call)
    if "*" in keys:
        return change_language(call, draft)
    if pressed := keys.strip("#"):
        known = drafts.choice_value(draft, pressed) or len(pressed) >= PHONE_DIGITS or draft.step == "asked"
        return (
            answer_words(call, draft, pressed) if known else answer_unclear(call, draft, _("This key has no option."))
        )
    if keys:
        return speak_question(call, drafts.ask_next(draft))
    if not any(letter.isalnum() for letter in words):
        if event.spoken:
            return answer_unclear(call, draft, _("Sorry, we did not understand that."))
        return answer_silence(call, draft)
    call.words = f"{call.words}\n{words}".strip()[:MAX_SAID]
    call.urgent = call.urgent or danger.mentions_danger(words)
    if event.confidence is not None and event.confidence < settings.VOICE_CONFIDENCE:
        warned = danger.emergency_numbers(words, spoken=True) if danger.mentions_danger(words) else ""
        return answer_unclear(call, draft, warned, _("Sorry, we did not understand that."))
    return answer_words(call, draft, words.lstrip("#"))


def answer_silence(call, draft):
    call.silences += 1
    if call.silences >= TRIES:
        return promise_callback(call, R.SILENT)
    answer = speak_question(call, drafts.ask_next(draft))
    return replace(answer, sentences=(_("We did not hear anything."), *answer.sentences))


def answer_unclear(call, draft, *before):
    call.unclear += 1
    call.silences = 0
    if call.unclear >= TRIES:
        return promise_callback(call, R.UNCLEAR)
    return prepend_sentences(speak_question(call, drafts.ask_next(draft)), *before)


def answer_words(call, draft, words):
    call.silences = 0
    spoken = plain(words)
    if spoken in conversation.LANGUAGES and conversation.LANGUAGES[spoken] != call.language:
        return change_language(call, draft)
    act = conversation.find_command(words)
    if act is not None and act not in ANSWERED_HERE:
        return transfer_to_person(call)
    before, sending = progress_of(draft), draft.sending
    heard = ChatInput("sent", event_id="", user=call.user, at=now(), text=words)
    answer = conversation.answer_message(draft.writer, heard, [])
    left = conversation.open_draft(draft.writer)
    if left is None:
        return conclude_call(call, sending, answer)
    if progress_of(left) == before and act is None and not answer.settled:
        return answer_unclear_words(call, answer)
    call.unclear = 0
    return speak_question(call, answer)


def answer_unclear_words(call, answer):
    call.unclear += 1
    return promise_callback(call, R.UNCLEAR) if call.unclear >= TRIES else speak_question(call, answer)


def progress_of(draft):
    place = draft.place and draft.place.coords
    offered = [value for value, _title in draft.choices]
    chosen = (draft.category_id, draft.group_id, draft.join_id, draft.apart, draft.phone, list(draft.answers))
    return draft.step, draft.text, place, draft.where, chosen, offered


def change_language(call, draft):
    call.language = draft.writer.language = NEXT_LANGUAGE.get(call.language, "vi")
    draft.writer.save(update_fields=["language"])
    with translation.override(call.language):
        return speak_question(call, drafts.ask_next(draft))


# ---- answers ----


def speak_question(call: VoiceCall, answer: ChatAnswer) -> VoiceAnswer:
    choices, offered = speech.offer_choices(answer.choices)
    return VoiceAnswer(
        sentences=(*speech.sentences_of(answer.text), *offered),
        language=call.language,
        choices=choices,
        keys=1 if choices else VoiceAnswer.keys,
        records=settings.VOICE_RECORD,
    )


def prepend_sentences(answer, *words):
    return replace(answer, sentences=(*filter(None, words), *answer.sentences))


def conclude_call(call, sending, answer):
    report = Report.objects.filter(sending=sending).select_related("incident__authority").first()
    if report:
        note_report(call, report)
        reference = speech.spell(report.incident.reference)
        words = [
            _("Thank you. Your report has been recorded."),
            _("Its number is %(reference)s.") % {"reference": reference},
            _("Once more: %(reference)s.") % {"reference": reference},
            _("It is dealt with by %(unit)s.") % {"unit": report.incident.authority.title},
            sms_confirmation(report.phone),
        ]
    elif number := number_without_place(sending):
        reference = speech.spell(number)
        words = [
            _("Thank you. It has been recorded."),
            _("The number is %(reference)s.") % {"reference": reference},
            _("Once more: %(reference)s.") % {"reference": reference},
        ]
    elif HeldReport.objects.filter(sending=sending).exists():
        words = [_("Thank you. Your report has arrived; a person checks it first.")]
    else:
        words = list(speech.sentences_of(answer.text))
    return VoiceAnswer(sentences=(*filter(None, words), _("Goodbye.")), language=call.language, ends=True)


def number_without_place(sending: UUID) -> str:
    """Return the number of the enquiry or the idea that a call became."""
    if enquiry := Enquiry.objects.filter(sending=sending).first():
        return enquiry.reference
    idea = Idea.objects.filter(sending=sending).only("pk").first()
    return str(idea.pk) if idea else ""


def sms_confirmation(phone):
    if not phone or not is_textable(phone):
        return ""
    return _("A text message goes to the number that ends in %(digits)s.") % {"digits": speech.last_digits(phone)}


def note_report(call, report):
    call.report, call.reference = report, report.incident.reference


def promise_callback(call: VoiceCall, reason: str) -> VoiceAnswer:
    callback = callbacks.ask_for_callback(
        reason,
        phone=call.phone,
        words=call.words,
        source=call.source,
        call_id=call.call_id,
        language=call.language,
        urgent=True if call.urgent else None,
    )
    if call.phone:
        sentence = _("We will call you back by %(time)s, on the number that ends in %(digits)s.") % {
            "time": spoken_time(callback.due_at),
            "digits": speech.last_digits(call.phone),
        }
    else:
        sentence = _("We cannot see your number. Please call again later, and press 0.")
    warned = danger.emergency_numbers(call.words, spoken=True) if callback.urgent else ""
    return VoiceAnswer(sentences=(*filter(None, [warned, sentence]), _("Goodbye.")), language=call.language, ends=True)


def spoken_time(moment: datetime) -> str:
    here = localtime(moment)
    clock = date_format(here, "TIME_FORMAT")
    return clock if here.date() == localtime().date() else f"{clock}, {date_format(here, 'SHORT_DATE_FORMAT')}"


def transfer_to_person(call: VoiceCall) -> VoiceAnswer:
    if settings.VOICE_TRANSFER and is_staffed(now()):
        call.transferred = True
        return VoiceAnswer(
            (_("Please wait, you are being connected."),), call.language, transfer=settings.VOICE_TRANSFER
        )
    return promise_callback(call, R.PERSON)


def is_staffed(moment: datetime) -> bool:
    """Whether VOICE_TRANSFER is staffed now by `hotline_hours`; always where these are empty."""
    if not policies.current().hotline_hours:
        return True
    here = localtime(moment)
    minute = here.hour * 60 + here.minute
    return any(opens <= minute < closes for opens, closes in staffed_week()[here.weekday()])


def staffed_week():
    return working_time.parse_office_hours(policies.current().hotline_hours)


# ---- end of the call ----


def settle_call(call: VoiceCall, event: CallEvent) -> None:
    writer = Correspondent.objects.filter(user=call.user).first()
    draft = conversation.open_draft(writer) if writer else None
    if call.report_id is None and not call.transferred and event.end_reason != "transferred" and not is_promised(call):
        if draft is None and event.slots:
            draft = begin(call)
        unsure = fill_from_slots(call, draft, event) if draft else []
        if draft and not unsure and not event_is_denied(event):
            send_complete_draft(call, draft)
        if call.report_id is None:
            promise_after_end(call, event)
    Correspondent.objects.filter(user=call.user).delete()


def event_is_denied(event):
    return event.end_reason in ("no_input", "error") and not event.slots


def is_promised(call):
    return CallBack.objects.filter(source=call.source, call_id=call.call_id).exists()


def promise_after_end(call, event):
    if call.words or event.slots or call.silences or call.unclear or event.end_reason == "no_input":
        silent = not call.words and not event.slots
        promise_callback(call, R.SILENT if silent else R.UNCLEAR if event.slots else R.CUT)


def promise_to_missed(call: VoiceCall) -> None:
    """Store a call-back for a transferred call that nobody took."""
    if not is_promised(call):
        promise_callback(call, R.PERSON)


def add_words_to_promise(call: VoiceCall, words: str) -> None:
    if is_promised(call):
        callbacks.ask_for_callback(R.CUT, source=call.source, call_id=call.call_id, words=words)


def fill_from_slots(call, draft, event):
    slots, least = event.slots, settings.VOICE_CONFIDENCE
    unsure = [name for name, slot in slots.items() if not slot.is_sure(least)]
    words = [slot.value for name, slot in slots.items() if name in ("description", "address_text", "ward_text")]
    call.words = "\n".join(dict.fromkeys(filter(None, [call.words, *words])))[:MAX_SAID]
    known = {name: slot.value for name, slot in slots.items() if name not in unsure}
    call.urgent = call.urgent or known.get("urgent") == "true" or danger.mentions_danger(call.words)
    if value := known.get("callback_phone"):
        call.phone = draft.phone = callbacks.callable_number(value) or call.phone
    if known.get("wants_sms") == "false":
        draft.phone = ""
    if value := known.get("description"):
        drafts.add_words(draft, value)
    if event.place:
        drafts.set_shared_place(draft, event.place)
    elif draft.place is None:
        take_sure_place(draft, ", ".join(filter(None, [known.get("address_text"), known.get("ward_text")])))
    if draft.category_id is None and (hint := known.get("category_hint")):
        draft.category = category_of(hint)
    draft.save()
    return [name for name in unsure if name in ("description", "address_text", "ward_text")]


def category_of(hint):
    category = Category.objects.leaves().filter(code=hint[:20]).first()
    return category or next(iter(categories.suggest_categories(hint, drafts.leaf_categories())), None)


def take_sure_place(draft, words):
    candidates = suggest(words) if words else []
    if candidates and candidates[0].confidence >= SURE:
        spots = address_candidates.spots_from_candidates(candidates[:1])
        if len(spots) == 1:
            draft.where = words[:200]
            drafts.choose_spot(draft, spots[0].value)


def send_complete_draft(call, draft):
    if draft.text and draft.place and draft.category_id is None:
        draft.category = categories.likeliest_category(draft.text, drafts.leaf_categories())
    if not (draft.text and draft.place and draft.category):
        return
    draft.about, draft.apart = None, draft.join_id is None
    draft.save()
    sending = draft.sending
    drafts.choose_send(draft, "")
    report = Report.objects.filter(sending=sending).select_related("incident").first()
    if report:
        note_report(call, report)
