-- The open incidents that a change of boundaries concerns: those in areas of the editions that end, and those that the
-- units of these areas have, or the units named. Not those that the reform has moved already. Locked, in the order of
-- their keys; with the areas in which they lie in other editions.
SELECT incident.id, incident.category_id, incident.area_id, incident.authority_id, incident.state,
       coalesce(other.areas, '{}')
FROM incidents_incident incident
JOIN gis_data_area area ON area.id = incident.area_id
JOIN incidents_authority authority ON authority.id = incident.authority_id
LEFT JOIN gis_data_area home ON home.id = authority.area_id
LEFT JOIN (
    SELECT placement.incident_id AS id, array_agg(placement.area_id ORDER BY placement.area_id) AS areas
    FROM incidents_placement placement
    JOIN incidents_incident open ON open.id = placement.incident_id AND open.state = ANY(%(open)s)
    WHERE placement.edition_id = ANY(%(editions)s)
    GROUP BY placement.incident_id
) other ON other.id = incident.id
WHERE incident.state = ANY(%(open)s)
  AND (area.edition_id = ANY(%(ended)s) OR home.edition_id = ANY(%(ended)s) OR authority.id = ANY(%(units)s))
  AND NOT EXISTS (
      SELECT FROM incidents_reassignment done WHERE done.incident_id = incident.id AND done.reform_id = %(reform)s
  )
ORDER BY incident.id
FOR UPDATE OF incident
