-- The sums of the map over "rows": n (1 or -1), spot, lon, lat, area_id, category_id, state. Those that are taken out
-- have their bounds, too: where they lie on those of the square, it is measured anew.
SELECT level, spot >> 2 * (%(depth)s::int - level) AS cell, CASE WHEN level >= %(areas_from)s THEN area_id ELSE 0 END AS area_id,
       category_id, state, sum(n) AS n, sum(n * lon::bigint) AS lon, sum(n * lat::bigint) AS lat,
       min(lon) FILTER (WHERE n > 0) AS west, min(lat) FILTER (WHERE n > 0) AS south,
       max(lon) FILTER (WHERE n > 0) AS east, max(lat) FILTER (WHERE n > 0) AS north,
       min(lon) FILTER (WHERE n < 0) AS gone_west, min(lat) FILTER (WHERE n < 0) AS gone_south,
       max(lon) FILTER (WHERE n < 0) AS gone_east, max(lat) FILTER (WHERE n < 0) AS gone_north
FROM ({rows}) rows CROSS JOIN generate_series(%(first_level)s::int, %(last_level)s::int) AS level
GROUP BY 1, 2, 3, 4, 5
