-- Every line with its seal, also seals without lines and lines without seals, in the order of their numbers: the number,
-- the fields in the order of chain.SEALED_FIELDS, the note, its salt, when it was erased, the archive that has its
-- words and reasons, both digests.
SELECT coalesce(event.id, link.event_id) AS number,
       event.id, incident_id, kind, state, at, by_id, authority_id, public, reasons::text, receipt::text,
       note, salt, erased_at, archive, note_digest, digest
FROM incidents_event event
FULL JOIN incidents_eventseal link ON link.event_id = event.id
ORDER BY 1
