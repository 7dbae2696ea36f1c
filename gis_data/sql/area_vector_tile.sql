-- The areas in force on a day in one tile, as a Mapbox vector tile: their land, and for each a point for its name.
-- Corners are first put on a grid of a pixel or half of one: neighbours share theirs, so their common border stays common.
-- planner: each shape is cut once, though it is read twice.
WITH tile AS (
    SELECT box, (ST_XMax(box) - ST_XMin(box)) / (CASE WHEN %(z)s < 10 THEN 512 WHEN %(z)s < 13 THEN 1024 ELSE 2048 END) AS grid,
           ST_Transform(ST_Expand(box, (ST_XMax(box) - ST_XMin(box)) / 32), 4326) AS reach
    FROM ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box
), law AS (
    SELECT id, code FROM gis_data_edition
    WHERE in_force @> %(day)s::date AND level = coalesce(%(level)s::smallint, level) ORDER BY level DESC LIMIT 1
), said AS (
    SELECT area.id, area.code, area.name, area.full_name,
           coalesce(nullif(area.full_name_en, ''), area.full_name) AS full_name_en, area.kind,
           CASE area.level WHEN 1 THEN 'city' WHEN 2 THEN 'district' ELSE 'ward' END AS level, law.code AS edition,
           CASE WHEN %(z)s < 13 THEN area.outline ELSE area.shape END AS land, area.label_point
    FROM gis_data_area area JOIN law ON law.id = area.edition_id JOIN tile ON area.shape && tile.reach
), land AS MATERIALIZED (
    SELECT said.id, code, name, full_name, full_name_en, kind, level, edition,
           ST_AsMVTGeom(
               ST_SnapToGrid(ST_Transform(ST_ClipByBox2D(land, tile.reach), 3857), tile.grid), tile.box, 4096, 128
           ) AS shape
    FROM said, tile ORDER BY code
), names AS MATERIALIZED (
    SELECT said.id, code, name, full_name, full_name_en,
           ST_AsMVTGeom(ST_Transform(label_point, 3857), tile.box, 4096, 0) AS shape
    FROM said, tile ORDER BY code
)
SELECT coalesce((SELECT ST_AsMVT(land, 'areas', 4096, 'shape', 'id') FROM land WHERE shape IS NOT NULL), '')
    || coalesce((SELECT ST_AsMVT(names, 'names', 4096, 'shape', 'id') FROM names WHERE shape IS NOT NULL), '')
