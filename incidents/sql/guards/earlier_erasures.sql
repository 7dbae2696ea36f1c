-- Notes that were erased before erase_notes named them: one line for each incident names them now, for verify_history.
SELECT pg_advisory_xact_lock(7300001);  -- Lock.HISTORY
INSERT INTO incidents_event (incident_id, kind, state, at, note, public, reasons, receipt)
SELECT incident.id, 'erased', incident.state, now(), '', false,
       '[{"vi": "Các ghi chú này đã được xóa trước đó", "en": "These notes were erased before"}]',
       jsonb_build_object('lines', jsonb_agg(line.id ORDER BY line.id))
FROM incidents_event line
JOIN incidents_incident incident ON incident.id = line.incident_id
WHERE line.erased_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM incidents_event named
    WHERE named.incident_id = line.incident_id AND named.kind = 'erased' AND named.receipt -> 'lines' @> to_jsonb(line.id)
)
GROUP BY incident.id
ORDER BY incident.id;
