-- The end of incident_squares.sql for programs of others: the tile as a Mapbox vector tile of two layers.
, box AS (
    SELECT ST_TileEnvelope(z, x, y) AS envelope FROM tile
), alone AS (
    SELECT incident.id, incident.reference, incident.state, point.mark = 'late' AS late, category.code AS category,
           category.name AS category_name, coalesce(nullif(category.name_en, ''), category.name) AS category_name_en,
           area.code AS area, incident.reports_count AS reports,
           ST_AsMVTGeom(ST_Transform(incident.place, 3857), box.envelope, 4096, 0, false) AS shape
    FROM points point
    JOIN incidents_incident incident ON incident.id = point.id
    JOIN incidents_category category ON category.id = incident.category_id
    JOIN gis_data_area area ON area.id = incident.area_id
    CROSS JOIN box
    ORDER BY incident.id
), together AS (
    SELECT n::int, (mix->>'late')::int AS late, (mix->>'received')::int AS received, (mix->>'assigned')::int AS assigned,
           (mix->>'passed_on')::int AS passed_on, (mix->>'accepted')::int AS accepted, (mix->>'working')::int AS working,
           (mix->>'extension')::int AS extension, (mix->>'waiting')::int AS waiting,
           (mix->>'disputed')::int AS disputed, (mix->>'resolved')::int AS resolved, (mix->>'closed')::int AS closed,
           (mix->>'rejected')::int AS rejected,
           ST_AsMVTGeom(
               ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857), box.envelope, 4096, 0, false
           ) AS shape
    FROM sorted CROSS JOIN box
    WHERE NOT alone
    ORDER BY square
)
SELECT coalesce((SELECT ST_AsMVT(told, 'incidents', 4096, 'shape') FROM (
           SELECT reference, state, late, category, category_name, category_name_en, area, reports, shape FROM alone
       ) told), '')
    || coalesce((SELECT ST_AsMVT(together, 'clusters', 4096, 'shape') FROM together), '')
