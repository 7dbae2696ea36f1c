-- Many incidents of one kind close together: of each burst its category, its incidents, how many reports they have,
-- since when they come, and the smallest area around them as GeoJSON. `linked` is in metres of EPSG:3857.
WITH clustered AS (
    SELECT
        id, category_id, received_at, reports_count, place,
        ST_ClusterDBSCAN(ST_Transform(place::geometry, 3857), %(linked)s, %(core)s) OVER (PARTITION BY category_id) AS burst
    FROM ({incidents}) AS candidates
)
SELECT
    category_id, array_agg(id), sum(reports_count)::integer, min(received_at),
    ST_AsGeoJSON(ST_ConvexHull(ST_Collect(place::geometry)), 6)
FROM clustered
WHERE burst IS NOT NULL
GROUP BY category_id, burst
HAVING count(*) >= %(places)s
ORDER BY count(*) DESC, min(received_at), category_id
LIMIT %(at_most)s
