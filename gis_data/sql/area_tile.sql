-- What the map draws by itself in one tile: land of the areas in force, and streets, in tile units (0 … 1024, y down).
-- Corners are first put on a grid of a pixel or half of one: neighbours share theirs, so their common border stays common.
-- Streets are on the finer grid for longer: a name runs along what is straight, which a coarse one bends.
WITH tile AS (
    SELECT box, (ST_XMax(box) - ST_XMin(box)) / (CASE WHEN %(z)s < 10 THEN 400 WHEN %(z)s < 14 THEN 512 ELSE 1024 END) AS grid,
           (ST_XMax(box) - ST_XMin(box)) / (CASE WHEN %(z)s < 13 THEN 512 ELSE 1024 END) AS street_grid,
           ST_Transform(ST_Expand(box, (ST_XMax(box) - ST_XMin(box)) / 16), 4326) AS reach
    FROM ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box
), law AS (
    SELECT id FROM gis_data_edition WHERE in_force @> %(day)s::date ORDER BY level DESC LIMIT 1
), land AS (
    SELECT area.code, area.name, area.label_point,
           ST_AsMVTGeom(
               ST_SnapToGrid(
                   ST_Transform(
                       ST_ClipByBox2D(CASE WHEN %(z)s < 13 THEN area.outline ELSE area.shape END, tile.reach), 3857
                   ), tile.grid
               ), tile.box, 1024, 32
           ) AS shape
    FROM gis_data_area area, tile
    WHERE area.edition_id = (SELECT id FROM law) AND area.shape && tile.reach
), streets AS (
    SELECT CASE WHEN street.rank <= %(named)s THEN street.name ELSE '' END AS name, street.rank,
           ST_AsMVTGeom(
               ST_Simplify(
                   ST_LineMerge(ST_SnapToGrid(ST_Transform(ST_Collect(street.line), 3857), tile.street_grid)), tile.grid
               ),
               tile.box, 1024, 32
           ) AS line
    FROM gis_data_street street, tile
    WHERE street.rank <= %(ranks)s AND street.line && tile.reach
    GROUP BY 1, street.rank, tile.box, tile.grid, tile.street_grid
)
SELECT json_build_object(
    'areas', coalesce((
        SELECT json_agg(json_build_object(
            'code', code, 'name', name,
            'label', json_build_array(round(ST_X(label_point)::numeric, 5), round(ST_Y(label_point)::numeric, 5)),
            'shape', ST_AsGeoJSON(ST_Multi(shape), 0, 0)::json->'coordinates'
        ) ORDER BY code) FROM land WHERE shape IS NOT NULL
    ), '[]'),
    'streets', coalesce((
        SELECT json_agg(json_build_array(rank, name, ST_AsGeoJSON(ST_Multi(line), 0, 0)::json->'coordinates')
                        ORDER BY rank DESC, name)
        FROM streets WHERE line IS NOT NULL
    ), '[]')
)::text
