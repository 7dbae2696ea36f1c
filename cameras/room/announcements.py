"""Log announcements to people nearby in the control room's log, whoever made them."""

from django.conf import settings
from django.db import transaction
from django.utils import translation

from cameras.models import RoomLine
from cameras.room import log
from geoapp.db import locks
from incidents.announcements import acts as announcement_acts
from incidents.models import AnnouncementLine

K, LineKind = RoomLine.Kind, AnnouncementLine.Kind
KIND_OF_LINE: dict[str, str] = {
    LineKind.ISSUED: K.ANNOUNCED,
    LineKind.CORRECTED: K.ANNOUNCED,
    LineKind.ENDED: K.RECALLED,
    LineKind.TAKEN_BACK: K.RECALLED,
}


@transaction.atomic
def log_announcement(line_id: int) -> RoomLine | None:
    """Log an announcement. Returns the line; None if it is logged already."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    if RoomLine.objects.filter(announced=line_id).exists():
        return None
    line = AnnouncementLine.objects.with_pages().get(pk=line_id)
    with translation.override(settings.LANGUAGE_CODE):
        text = announcement_acts.line_in_words(line)
        if line.kind == LineKind.TAKEN_BACK:
            text = f"{line.get_kind_display()}: {text}"
    return log.write_line(
        KIND_OF_LINE[line.kind], line.by, text=text, at=line.at, incident=line.announcement.incident, announced=line
    )
