-- The open incidents in areas of some editions, with an index on where they are.
DROP TABLE IF EXISTS to_place;
CREATE TEMP TABLE to_place ON COMMIT DROP AS
SELECT incident.id, incident.place, incident.area_id
FROM incidents_incident incident
JOIN gis_data_area area ON area.id = incident.area_id
WHERE incident.state = ANY(%(open)s) AND area.edition_id = ANY(%(editions)s);
CREATE INDEX ON to_place USING gist (place);
ANALYZE to_place
