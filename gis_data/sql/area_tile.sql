-- The land of the areas in force in one tile as JSON, in so many units from side to side (y down). A ring is a text in Google's
-- encoding of polylines: y before x, whole units, each corner told from the one before it.
-- Corners are first put on the grid of the units: neighbours share theirs, so their common border stays common.
-- Those of far zooms lie on a somewhat finer one (of degrees) before: most of them fall together, and few are left to reckon with.
-- planner: each shape is cut once, though it is read twice.
WITH tile AS (
    SELECT box, (ST_XMax(box) - ST_XMin(box)) / %(units)s AS grid,
           ST_Transform(ST_Expand(box, (ST_XMax(box) - ST_XMin(box)) / 16), 4326) AS reach
    FROM ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box
), law AS (
    SELECT id FROM gis_data_edition WHERE in_force @> %(day)s::date ORDER BY level DESC LIMIT 1
), land AS MATERIALIZED (
    SELECT area.code, area.name, area.label_point,
           ST_AsMVTGeom(
               ST_SnapToGrid(
                   ST_Transform(
                       CASE WHEN %(z)s < 14 THEN ST_SnapToGrid(ST_ClipByBox2D(area.outline, tile.reach), tile.grid / 150000)
                       ELSE ST_ClipByBox2D(area.shape, tile.reach) END, 3857
                   ), tile.grid
               ), tile.box, %(units)s, %(units)s / 32
           ) AS shape
    FROM gis_data_area area, tile
    WHERE area.edition_id = (SELECT id FROM law) AND area.shape && tile.reach
)
SELECT coalesce(json_agg(json_build_object(
    'code', code, 'name', name,
    'label', json_build_array(round(ST_X(label_point)::numeric, 5), round(ST_Y(label_point)::numeric, 5)),
    'shape', (
        SELECT json_agg((
            SELECT json_agg(ST_AsEncodedPolyline(ST_SetSRID(ST_ExteriorRing(ring.geom), 4326), 0) ORDER BY ring.path)
            FROM ST_DumpRings(polygon.geom) AS ring
        ) ORDER BY polygon.path) FROM ST_Dump(shape) AS polygon
    )
) ORDER BY code), '[]')::text
FROM land WHERE shape IS NOT NULL
