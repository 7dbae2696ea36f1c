-- Beside incident_squares.sql: the published incidents of a tile that have ended, as they are counted, and what has come
-- to it since. "categories" and "in_areas" below stand for what is wanted of them.
UNION ALL
SELECT square, mark, sum(n), sum(lon) / 1e7::float, sum(lat) / 1e7::float,
       min(west) / 1e7::float, min(south) / 1e7::float, max(east) / 1e7::float, max(north) / 1e7::float
FROM (
    SELECT cell >> %(coarser)s AS square, state AS mark, n, lon, lat, west, south, east, north
    FROM incidents_mapsum
    WHERE level = %(level)s AND cell >= %(first)s >> %(level_bits)s AND cell < %(last)s >> %(level_bits)s
        AND state = ANY(%(ended)s) AND category_id = ANY(ARRAY({categories})) {in_areas}
    UNION ALL
    SELECT spot >> %(bits)s, state, n, n * lon::bigint, n * lat::bigint, CASE WHEN n > 0 THEN lon END,
           CASE WHEN n > 0 THEN lat END, CASE WHEN n > 0 THEN lon END, CASE WHEN n > 0 THEN lat END
    FROM incidents_sumchange
    WHERE published AND spot >= %(first)s AND spot < %(last)s
        AND state = ANY(%(ended)s) AND category_id = ANY(ARRAY({categories})) {in_areas}
) ended
GROUP BY square, mark
HAVING sum(n) > 0
