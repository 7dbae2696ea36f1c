-- The next lines of history to be sealed: the fields in the order of chain.SEALED_FIELDS, then the note and its salt.
SELECT id, incident_id, kind, state, at, by_id, authority_id, public, reasons::text, receipt::text, note, salt
FROM incidents_event
WHERE id > %(after)s
ORDER BY id
LIMIT %(limit)s
