"""Delete, erase and export calls: recordings, and numbers and words of call-backs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from gis_data import policies
from incidents.disclosure import register
from incidents.models import CallBack, PersonalDataView, Recording, SubjectRequest, User, VoiceCall
from incidents.models.calls import CallBackQuerySet


@transaction.atomic
def erase_old_calls(at: datetime | None = None) -> int:
    """Delete recordings and erase finished call-backs `keep_calls_days` after the call. Returns how many."""
    until = (at or now()) - timedelta(days=policies.current().keep_calls_days)
    count = delete_recordings(Recording.objects.filter(told_at__lt=until).exclude(state=Recording.State.DELETED))
    done = CallBack.objects.filter(erased_at=None, asked_at__lt=until).exclude(done_at=None)
    return count + erase_call_backs(done, at or now())


def delete_recordings(recordings: QuerySet[Recording]) -> int:
    """Delete recordings' contents, and their files after the commit; the rows stay. Returns how many."""
    rows = list(recordings.select_for_update())
    files = [row.file for row in rows if row.file]
    Recording.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Recording.State.DELETED, file="", url="", digest="", fault=""
    )

    def delete_files() -> None:
        for file in files:
            file.storage.delete(str(file.name))

    transaction.on_commit(delete_files)
    return len(rows)


def erase_call_backs(call_backs: CallBackQuerySet, moment: datetime) -> int:
    rows = list(call_backs.select_for_update(of=("self",)))
    keys = [row.pk for row in rows]
    delete_recordings(Recording.objects.filter(call_back__in=keys))
    left = CallBack.objects.filter(pk__in=keys)
    left.filter(done_at=None).update(done_at=moment, outcome=CallBack.Outcome.NOTHING)
    return left.update(phone="", words="", note="", erased_at=moment)


def call_backs_of_request(request: SubjectRequest) -> CallBackQuerySet:
    if not request.phone:
        return CallBack.objects.none()
    return CallBack.objects.filter(phone=request.phone, erased_at=None)


def forget_voice_calls(before: datetime) -> int:
    old = VoiceCall.objects.filter(heard_at__lt=before)
    count = old.count()
    old.delete()
    return count


def export_voice_calls(phone: str) -> list[dict[str, Any]]:
    calls = VoiceCall.objects.filter(phone=phone).order_by("pk") if phone else ()
    return [
        {"at": call.began_at.isoformat(), "phone": call.phone, "words": call.words, "reference": call.reference}
        for call in calls
    ]


def record_hearing(recording: Recording, *, by: User) -> None:
    call_backs = CallBack.objects.filter(recording=recording)
    calls = VoiceCall.objects.filter(source=recording.source, call_id=recording.call_id).select_related("report")
    reports = [call.report for call in calls if call.report]
    register.record_views(PersonalDataView.How.BACK, reports, by=by, call_backs=call_backs)


def export_call_backs(call_backs: Iterable[CallBack]) -> list[dict[str, Any]]:
    return [
        {
            "asked_at": call.asked_at.isoformat(),
            "phone": call.phone,
            "language": call.language,
            "words": call.words,
            "reason": call.reason,
            "done_at": call.done_at and call.done_at.isoformat(),
            "outcome": call.outcome,
            "note": call.note,
            "recording": recording_name(call),
        }
        for call in call_backs
    ]


def recording_name(call: CallBack) -> str:
    """File name of the recording in the exported archive; "" for none."""
    if call.recording is None or not call.recording.is_kept:
        return ""
    return f"calls/{call.pk}.{call.recording.kind.rpartition('/')[2]}"
