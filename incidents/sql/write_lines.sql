-- The staged lines as events, in the order in which they were staged, with the state that each incident has by now.
INSERT INTO incidents_event (incident_id, kind, state, at, by_id, authority_id, note, public, reasons)
SELECT incident.id, line.kind, incident.state, line.at, line.by, line.authority, line.note, line.public, line.reasons
FROM staged_event staged
JOIN staged_line line USING (line)
JOIN incidents_incident incident ON incident.id = staged.incident
ORDER BY staged.number
