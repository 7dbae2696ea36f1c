-- Incidents of one tile: in each square of a grid one point, or one cluster with the mix of its states.
-- "incidents" below stands for a query of those that may be shown: id, lon, lat, mark (the state, or "late"). In a tile that wants
-- every point ("points") there are no clusters, as long as the points are no more than that number.
WITH tile AS (SELECT %s::int AS z, %s::bigint AS x, %s::bigint AS y, %s::int AS grid, %s::int AS points),
shown AS ({incidents}),
placed AS (
    SELECT shown.*, count(*) OVER () AS many,
           (lon + 180) / 360 * (1::bigint << tile.z) AS across,
           (1 - ln(tan(pi() / 4 + radians(lat) / 2)) / pi()) / 2 * (1::bigint << tile.z) AS down
    FROM shown, tile
), marks AS (
    SELECT floor((across - tile.x) * grid) AS col, floor((down - tile.y) * grid) AS row, mark,
           CASE WHEN many <= tile.points THEN placed.id END AS alone, count(*) AS n, min(placed.id) AS one,
           sum(lon) AS lon, sum(lat) AS lat, min(lon) AS west, min(lat) AS south, max(lon) AS east, max(lat) AS north
    FROM placed, tile
    WHERE floor(across) = tile.x AND floor(down) = tile.y
    GROUP BY 1, 2, 3, 4
), squares AS (
    SELECT sum(n)::int AS n, json_object_agg(mark, n ORDER BY mark) AS mix, min(one) AS one,
           round((sum(lon) / sum(n))::numeric, 6) AS lon, round((sum(lat) / sum(n))::numeric, 6) AS lat,
           json_build_array(round(min(west)::numeric, 6), round(min(south)::numeric, 6),
                            round(max(east)::numeric, 6), round(max(north)::numeric, 6)) AS bounds
    FROM marks GROUP BY col, row, alone
)
SELECT json_build_object(
    'incidents', coalesce((
        SELECT json_agg(json_build_object(
            'reference', incident.reference, 'state', incident.state, 'late', squares.mix->'late' IS NOT NULL,
            'icon', category.icon, 'reports', incident.reports_count, 'lon', squares.lon, 'lat', squares.lat,
            'category', json_build_object('vi', category.name, 'en', coalesce(nullif(category.name_en, ''), category.name)),
            'area', json_build_object('code', area.code, 'vi', area.full_name,
                                      'en', coalesce(nullif(area.full_name_en, ''), area.full_name))
        ) ORDER BY incident.id DESC)
        FROM squares
        JOIN incidents_incident incident ON incident.id = squares.one
        JOIN incidents_category category ON category.id = incident.category_id
        JOIN gis_data_area area ON area.id = incident.area_id
        WHERE squares.n = 1
    ), '[]'),
    'clusters', coalesce((
        SELECT json_agg(json_build_object('n', n, 'mix', mix, 'lon', lon, 'lat', lat, 'bounds', bounds) ORDER BY one)
        FROM squares WHERE n > 1
    ), '[]')
)::text
