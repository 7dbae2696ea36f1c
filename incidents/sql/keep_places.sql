-- What was placed, kept.
INSERT INTO incidents_placement (incident_id, edition_id, area_id)
SELECT id, %(edition)s, area_id FROM placed
ON CONFLICT DO NOTHING
