-- Incidents of one tile: where few stand in a square of a grid they are points, where many do one cluster with the mix
-- of their states. "shown" below stands for a query of incidents as they are: id, spot, lon, lat, state, late. Where
-- those that have ended are counted already, "kept" brings them; else it is empty. "points" stands for a query of those
-- that stand alone: id, mark (the state, or late). A tile that holds no more than "few_of_tile" incidents altogether has
-- no clusters. A square is a range of spots. "texts" brings which incidents have the words that are wanted.
-- planner: a coordinate is computed once, not for each sum.
WITH tile AS (
    SELECT %(z)s::int AS z, %(x)s::int AS x, %(y)s::int AS y
{serial}{texts}), shown AS ({shown}
), counted AS (
    -- a coordinate is worked out once; and numbers are put together sooner than words
    SELECT spot >> %(bits)s AS square, state, late, count(*) AS n, sum(lon) AS lon, sum(lat) AS lat,
           min(lon) AS west, min(lat) AS south, max(lon) AS east, max(lat) AS north
    FROM (SELECT * FROM shown OFFSET 0) one
    GROUP BY 1, 2, 3
), marks AS (
    SELECT square, mark, sum(n)::bigint AS n, sum(lon) AS lon, sum(lat) AS lat,
           min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north
    FROM (
        SELECT square, CASE WHEN late THEN 'late' ELSE state END AS mark, n, lon, lat, west, south, east, north FROM counted
        {kept}
    ) each_mark
    GROUP BY 1, 2
), squares AS (
    SELECT square, sum(n) AS n, json_object_agg(mark, n ORDER BY mark) AS mix, sum(lon) / sum(n) AS lon, sum(lat) / sum(n) AS lat,
           min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north
    FROM marks GROUP BY square
), sorted AS (
    SELECT squares.*, n <= %(few)s OR sum(n) OVER () <= %(few_of_tile)s AS alone FROM squares
), points AS (
    {points}
    LIMIT %(points_of_tile)s -- no more there are, but the planner would not know
)
