-- What was noted goes into the sums, in one statement: whoever reads sees it in one of the two, never in both. Gives
-- how many notes there were, the keys of the sums that may be empty or smaller than their bounds, and
-- the months and areas that are to be packed anew.
-- planner: the sums are computed once, though three statements read them.
WITH gone AS (
    DELETE FROM incidents_sumchange RETURNING *
), sums AS MATERIALIZED ({sums}
), changed AS (
    UPDATE incidents_mapsum kept
    SET n = kept.n + sums.n, lon = kept.lon + sums.lon, lat = kept.lat + sums.lat,
        west = least(kept.west, sums.west), south = least(kept.south, sums.south),
        east = greatest(kept.east, sums.east), north = greatest(kept.north, sums.north)
    FROM sums
    WHERE (kept.level, kept.cell, kept.area_id, kept.category_id, kept.state)
        = (sums.level, sums.cell, sums.area_id, sums.category_id, sums.state)
    RETURNING kept.*, gone_west <= kept.west OR gone_south <= kept.south OR gone_east >= kept.east
                      OR gone_north >= kept.north OR kept.n = 0 AS to_measure
), added AS (
    INSERT INTO incidents_mapsum (level, cell, area_id, category_id, state, n, lon, lat, west, south, east, north)
    SELECT level, cell, area_id, category_id, state, n, lon, lat, west, south, east, north FROM sums
    WHERE n <> 0 AND NOT EXISTS (
        SELECT FROM incidents_mapsum kept
        WHERE (kept.level, kept.cell, kept.area_id, kept.category_id, kept.state)
            = (sums.level, sums.cell, sums.area_id, sums.category_id, sums.state)
    )
), to_measure AS (
    SELECT level, cell, area_id, category_id, state FROM changed WHERE to_measure
    UNION
    SELECT level, cell, area_id, category_id, state FROM sums
    WHERE gone_west <= west OR gone_south <= south OR gone_east >= east OR gone_north >= north
), months AS (
    SELECT DISTINCT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS month, area_id FROM gone
)
SELECT (SELECT count(*) FROM gone), (SELECT json_agg(to_measure)::text FROM to_measure),
       (SELECT json_agg(months)::text FROM months)
