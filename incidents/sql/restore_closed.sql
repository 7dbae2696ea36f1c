-- Closed incidents in areas of an edition that is a draft again lie in the deepest area of those that are the law again.
UPDATE incidents_incident incident
SET area_id = back.area_id
FROM (
    SELECT DISTINCT ON (placement.incident_id) placement.incident_id, placement.area_id
    FROM incidents_incident closed
    JOIN gis_data_area here ON here.id = closed.area_id AND here.edition_id = %(edition)s
    JOIN incidents_placement placement ON placement.incident_id = closed.id AND placement.edition_id = ANY(%(editions)s)
    JOIN gis_data_area area ON area.id = placement.area_id
    WHERE NOT closed.state = ANY(%(open)s)
    ORDER BY placement.incident_id, area.level DESC
) back
WHERE incident.id = back.incident_id
