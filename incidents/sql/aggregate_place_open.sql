-- Store where open incidents lie in editions other than that of their own area, as many as the parameter most: in those that were
-- the law on the day of their report or are it today. As in aggregate_place.sql; what a reform moved is known already. Those
-- that lie in no area have no placement. Only from the parameter after on, in the order of their keys: gives the last key looked at.
-- planner: the incidents are chosen before their areas are looked up.
WITH law AS MATERIALIZED (
    SELECT id AS edition_id, in_force, in_force @> (now() AT TIME ZONE %(zone)s)::date AS today
    FROM gis_data_edition WHERE in_force IS NOT NULL
), wanted AS MATERIALIZED (
    SELECT incident.id, law.edition_id
    FROM incidents_incident incident
    JOIN gis_data_area own ON own.id = incident.area_id
    JOIN law ON law.edition_id <> own.edition_id
        AND (law.today OR law.in_force @> (incident.received_at AT TIME ZONE %(zone)s)::date)
    WHERE incident.closed_at IS NULL AND incident.id > %(after)s
      AND NOT EXISTS (
          SELECT FROM incidents_placement placement
          WHERE placement.incident_id = incident.id AND placement.edition_id = law.edition_id
      )
      AND NOT EXISTS (
          SELECT FROM incidents_reassignment change
          JOIN incidents_reform reform ON reform.id = change.reform_id AND reform.state = 'enacted'
          JOIN gis_data_area area ON area.id = change.old_area_id
          WHERE change.incident_id = incident.id AND area.edition_id = law.edition_id
      )
    ORDER BY incident.id LIMIT %(most)s
), stored AS (
    INSERT INTO incidents_placement (incident_id, edition_id, area_id)
    SELECT wanted.id, wanted.edition_id, there.area_id
    FROM wanted
    JOIN incidents_incident incident ON incident.id = wanted.id
    CROSS JOIN LATERAL (
        SELECT area.id AS area_id
        FROM gis_data_areapiece piece
        JOIN gis_data_area area ON area.id = piece.area_id
        WHERE ST_Intersects(piece.shape, incident.place) AND area.edition_id = wanted.edition_id
        ORDER BY area.code LIMIT 1
    ) there
    ON CONFLICT DO NOTHING
)
SELECT max(id) FROM wanted
