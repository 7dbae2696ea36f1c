-- Where an incident lies in the edition of its own area is said by that area.
DELETE FROM incidents_placement placement
USING incidents_incident incident, gis_data_area own
WHERE placement.edition_id = ANY(%(editions)s) AND incident.id = placement.incident_id
  AND own.id = incident.area_id AND own.edition_id = placement.edition_id
