-- How many sums of the map, with what is noted, are not what the incidents say.
SELECT count(*) FROM (
    SELECT level, cell, area_id, category_id, state, sum(n), sum(lon), sum(lat) FROM (
        SELECT level, cell, area_id, category_id, state, n, lon, lat FROM incidents_mapsum
        UNION ALL
        SELECT level, cell, area_id, category_id, state, n, lon, lat FROM ({noted}) noted
        UNION ALL
        SELECT level, cell, area_id, category_id, state, -n, -lon, -lat FROM ({rows}) counted
    ) both_sides
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(n) <> 0 OR sum(lon) <> 0 OR sum(lat) <> 0
) differences
