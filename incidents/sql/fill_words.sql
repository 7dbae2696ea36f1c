-- The words of the next incidents after the key "after" that have none, "many" of them looked at; gives the last key.
-- Whoever writes words meanwhile is right: their row stands, or they wait for this one and write over it.
WITH next AS (
    SELECT id, search_text, category_id FROM incidents_incident WHERE id > %(after)s ORDER BY id LIMIT %(many)s
), filled AS (
    INSERT INTO incidents_incidentwords (incident_id, text)
    SELECT incident.id, incident.search_text || ' ' || category.search_text || coalesce((
        SELECT string_agg(' ' || report.search_text, '' ORDER BY report.id) FROM incidents_report report
        WHERE report.incident_id = incident.id AND position(report.search_text IN incident.search_text) = 0
    ), '')
    FROM next incident JOIN incidents_category category ON category.id = incident.category_id
    WHERE NOT EXISTS (SELECT FROM incidents_incidentwords words WHERE words.incident_id = incident.id)
    ON CONFLICT DO NOTHING
)
SELECT max(id) FROM next
