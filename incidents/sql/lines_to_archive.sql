-- The next lines whose words, reasons and receipts go to an archive: the fields in the order of chain.SEALED_FIELDS, then
-- note, salt, when it was erased, reference and place of its incident (WKB), its own seal and that before it.
-- Of incidents that ended before a day, whose reports are all anonymous and so have nothing left that may have to be
-- erased; only what is sealed. What everybody reads stays, and what says of other lines that they were erased, or of reports
-- of other incidents what their words are.
SELECT event.id, event.incident_id, event.kind, event.state, event.at, event.by_id, event.authority_id, event.public,
       event.reasons::text, event.receipt::text, event.note, event.salt, event.erased_at,
       incident.reference, ST_AsBinary(incident.place), seal.note_digest, seal.digest, before.digest
FROM incidents_event event
JOIN incidents_incident incident ON incident.id = event.incident_id
JOIN incidents_eventseal seal ON seal.event_id = event.id
LEFT JOIN LATERAL (
    SELECT digest FROM incidents_eventseal WHERE event_id < event.id ORDER BY event_id DESC LIMIT 1
) before ON true
WHERE event.id > %(after)s AND event.archive IS NULL AND event.at < %(ends)s AND incident.closed_at < %(ends)s
      AND (event.note <> '' OR event.reasons <> '[]' OR event.receipt IS NOT NULL)
      AND NOT (event.public AND event.note <> '') AND event.kind NOT IN ('erased', 'digested')
      AND NOT EXISTS (SELECT FROM incidents_report report WHERE report.incident_id = incident.id AND erased_at IS NULL)
ORDER BY event.id
LIMIT %(many)s
FOR UPDATE OF event
