"""Process call events: store each first, answer it in its turn, and repeat the same answer to a repeated event."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.timezone import now

from incidents.channels.voice import dialogue, recordings, ringing
from incidents.channels.voice.callbacks import callable_number
from incidents.channels.voice.events import MAX_SAID, CallEvent, OutOfTurn, VoiceAnswer
from incidents.models import CallBack, VoiceCall, VoiceTurn

logger = logging.getLogger(__name__)

TALKS = ("started", "input")  # these are answered with words
ANSWERED = ("completed", "transferred")  # ends of a call at which somebody of the city has spoken with its caller
SILENT_FOR = timedelta(minutes=15)  # after so long without an event the telephone system has lost the call


def take_event(source: str, event: CallEvent, body: str) -> VoiceAnswer:
    """Store an event (`body`), apply it and return the answer; idempotent.

    If the dialogue fails, the caller is promised a call-back. Where no answer is heard, a database failure is raised,
    so that the telephone system retries. Raises OutOfTurn, OperationalError.
    """
    turn = store_event(source, event, body)
    try:
        return answer_turn(turn, event)
    except OutOfTurn:
        raise
    except OperationalError:
        if event.kind not in TALKS:
            raise
        logger.exception("call %s of %s", turn.call_id, source)
        return answer_after_fault(turn, event)
    except Exception:
        logger.exception("call %s of %s", turn.call_id, source)
        return answer_after_fault(turn, event)


@transaction.atomic
def store_event(source: str, event: CallEvent, body: str) -> VoiceTurn:
    fields = {"phone": callable_number(event.phone), "language": event.language or settings.LANGUAGE_CODE}
    call, new = VoiceCall.objects.get_or_create(source=source, call_id=event.call_id, defaults=fields)
    if not new and not call.phone and fields["phone"]:
        VoiceCall.objects.filter(pk=call.pk).update(phone=fields["phone"])
    VoiceCall.objects.filter(pk=call.pk).update(heard_at=now())
    stored = {"kind": event.kind, "body": body, "at": event.at}
    turn, new = VoiceTurn.objects.get_or_create(call=call, event_id=event.event_id, defaults=stored)
    if new and event.recording:
        recordings.register_recording(source, event.call_id, event.recording)
    return turn


@transaction.atomic
def answer_turn(turn: VoiceTurn, event: CallEvent) -> VoiceAnswer:
    """Answer to a stored event: the stored one, else the dialogue's. Raises OutOfTurn."""
    call = VoiceCall.objects.select_for_update().get(pk=turn.call_id)
    turn.refresh_from_db()
    if turn.answer:
        return VoiceAnswer.from_json(turn.answer)
    check_turn(call, event)
    with translation.override(call.language):
        answer = start_ringing(call, event) if event.ring else ACTS[event.kind](call, event)
    return store_answer(call, turn, answer)


def store_answer(call, turn, answer):
    if turn.kind in TALKS:
        call.turns += 1
        call.said_at = max(turn.at, call.said_at or turn.at)
    answer = VoiceAnswer(**{**vars(answer), "turn": call.turns, "reference": answer.reference or call.reference})
    turn.answer, turn.answered_at = answer.as_json(), now()
    turn.save(update_fields=["answer", "answered_at"])
    call.save()
    return answer


def check_turn(call, event):
    """Raise OutOfTurn for words in an ended call, or said before the latest answer."""
    if event.kind != "input":
        return
    if call.ended_at:
        raise OutOfTurn("ended")
    if event.turn is not None and event.turn != call.turns:
        raise OutOfTurn("turn")
    if call.said_at and event.at < call.said_at:
        raise OutOfTurn("order")


@transaction.atomic
def answer_after_fault(turn, event):
    call = VoiceCall.objects.select_for_update().get(pk=turn.call_id)
    call.words = f"{call.words}\n{event.words}".strip()[:MAX_SAID]
    with translation.override(call.language):
        return store_answer(call, turn, dialogue.promise_callback(call, CallBack.Reason.FAULT))


# ---- what each event does ----


def start(call, event):
    """Greeting; nothing where the call's start arrives after its first words."""
    if call.turns or call.ended_at:
        return VoiceAnswer(language=call.language)
    return dialogue.greet(call)


def start_ringing(call, event):
    call.words = f"{call.words}\n{event.words}".strip()[:MAX_SAID]
    if not call.ended_at:
        ringing.ring(call, event.ring, event.at)
    return VoiceAnswer(language=call.language)


def hear(call, event):
    if event.language and not call.turns:
        call.language = event.language
    if not call.turns:
        dialogue.begin(call)
    return dialogue.answer_input(call, event)


def end(call, event):
    if not call.ended_at:
        call.ended_at, call.end_reason = now(), event.end_reason[:20]
        missed = ringing.stop_ringing(call) and event.end_reason not in ANSWERED
        dialogue.settle_call(call, event)
        if missed and call.phone and not call.report_id:
            dialogue.promise_to_missed(call)
    return VoiceAnswer(language=call.language, ends=True)


def add_transcript(call, event):
    if event.words:
        call.words = (call.words or event.words)[:MAX_SAID]
        dialogue.add_words_to_promise(call, event.words)
    if event.slots and not call.report_id and call.ended_at:
        dialogue.settle_call(call, event)
    return VoiceAnswer(language=call.language, ends=bool(call.ended_at))


def note_recording(call, event):
    """Do nothing: `store_event` defers the job."""
    return VoiceAnswer(language=call.language, ends=bool(call.ended_at))


ACTS = {"started": start, "input": hear, "ended": end, "transcribed": add_transcript, "recorded": note_recording}


# ---- lost calls ----


def settle_lost_calls(at: datetime | None = None) -> int:
    moment, done = at or now(), 0
    lost = VoiceCall.objects.filter(ended_at=None, heard_at__lt=moment - SILENT_FOR).order_by("pk")
    for key in list(lost.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            call = VoiceCall.objects.select_for_update(skip_locked=True).filter(pk=key, ended_at=None).first()
            if call:
                event = CallEvent("ended", f"lost:{key}", call.call_id, moment, end_reason="error")
                with translation.override(call.language):
                    end(call, event)
                call.save()
                done += 1
    return done
