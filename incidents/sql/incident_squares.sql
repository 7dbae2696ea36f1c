-- Incidents of one tile: where few stand in a square of a grid they are points, where many do one cluster with the mix
-- of their states. "incidents" below stands for a query of those that may be shown: id, lon, lat, mark (the state, or
-- late). A tile that holds no more than "points" of them altogether has no clusters.
WITH tile AS (
    SELECT %s::int AS z, %s::bigint AS x, %s::bigint AS y, %s::int AS grid, %s::int AS few, %s::int AS points
), shown AS ({incidents}
), placed AS MATERIALIZED (
    SELECT shown.*,
           floor(((lon + 180) / 360 * (1::bigint << tile.z) - tile.x) * tile.grid)::int AS col,
           floor(((1 - ln(tan(pi() / 4 + radians(lat) / 2)) / pi()) / 2 * (1::bigint << tile.z) - tile.y) * tile.grid)::int
               AS row
    FROM shown, tile
), marks AS (
    SELECT col, row, mark, count(*) AS n, min(id) AS first, sum(lon) AS lon, sum(lat) AS lat,
           min(lon) AS west, min(lat) AS south, max(lon) AS east, max(lat) AS north
    FROM placed, tile
    WHERE col >= 0 AND col < tile.grid AND row >= 0 AND row < tile.grid
    GROUP BY col, row, mark
), squares AS (
    SELECT col, row, sum(n) AS n, json_object_agg(mark, n ORDER BY mark) AS mix, min(first) AS first,
           sum(lon) / sum(n) AS lon, sum(lat) / sum(n) AS lat,
           min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north
    FROM marks GROUP BY col, row
), sorted AS (
    SELECT squares.*, n <= tile.few OR sum(n) OVER () <= tile.points AS alone FROM squares, tile
)
