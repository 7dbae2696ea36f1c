"""Encrypt words of incidents that are stored in plain but must not be: those of reports, and non-public ones."""

from geoapp.crypto.sealing import PlainTexts, seal_plain_texts
from geoapp.db import connections

NOT_SHOWN = "EXISTS (SELECT FROM incidents_incident WHERE id = old.incident_id AND NOT published)"
NOTE_NOT_SHOWN = f"NOT old.public OR {NOT_SHOWN}"
COVER_NOT_SHOWN = (
    "EXISTS (SELECT FROM incidents_event event JOIN incidents_incident incident ON incident.id = event.incident_id"
    " WHERE event.id = old.event_id AND NOT (event.public AND incident.published))"
)
# The words by which it is found are written anew without what only the unit may read.
ITS_WORDS = """
    SELECT write_words(array_agg(DISTINCT incident_id)) FROM incidents_report WHERE id = ANY (%(keys)s)
    HAVING count(*) > 0
"""


def texts_of(model: str, *columns: str) -> list[PlainTexts]:
    return [PlainTexts(f"incidents_{model}", column, f"incidents.{model}.{column}") for column in columns]


TEXTS = [
    PlainTexts("incidents_report", "text", "incidents.report.text", also=ITS_WORDS),
    PlainTexts("incidents_report", "public_text", "incidents.report.public_text", NOT_SHOWN),
    *texts_of("report", "address"),
    PlainTexts("incidents_incident", "text", "incidents.incident.text", "NOT old.published"),
    PlainTexts("incidents_event", "note", "incidents.event.note", NOTE_NOT_SHOWN),
    PlainTexts("incidents_coverednote", "text", "incidents.event.note", COVER_NOT_SHOWN, key="event_id"),
    *texts_of("heldreport", "text", "address", "refusal"),
    *texts_of("call", "where", "spot_title", "handed_note"),
    *texts_of("notice", "subject"),
    *texts_of("draft", "text", "where"),
    *texts_of("extension", "reason", "note"),
    *texts_of("subtask", "what", "answer"),
    *texts_of("takeoveroffer", "reason"),
    *texts_of("directive", "what", "report"),
    *texts_of("merge", "reason"),
    *texts_of("rating", "reason"),
    *texts_of("subjectrequest", "note", "outcome"),
]


def seal_words() -> int:
    with connections.as_owner():
        return sum(map(seal_plain_texts, TEXTS))
