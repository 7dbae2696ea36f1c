-- The incidents of a range of keys that have no place in an edition yet, with an index on where they are.
DROP TABLE IF EXISTS to_place;
CREATE TEMP TABLE to_place ON COMMIT DROP AS
SELECT incident.id, incident.place
FROM incidents_incident incident
JOIN gis_data_area own ON own.id = incident.area_id
WHERE incident.id >= %(low)s AND incident.id < %(high)s AND own.edition_id <> %(edition)s
  AND NOT EXISTS (
      SELECT FROM incidents_placement placement
      WHERE placement.incident_id = incident.id AND placement.edition_id = %(edition)s
  );
CREATE INDEX ON to_place USING gist (place);
ANALYZE to_place
