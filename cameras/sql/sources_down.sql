-- A source goes down when not one of its cameras was reached at its last try, each having been tried, and comes back with
-- the first that is reached. One truth for any number of patrols: each finds how its own cameras are, here it is judged.
UPDATE cameras_source source
SET down_since = CASE WHEN found.down THEN found.since END
FROM (
    SELECT one.id, max(camera.away_since) AS since,
        CASE WHEN one.down_since IS NULL THEN count(camera.id) >= %(fewest)s AND bool_and(camera.away_since IS NOT NULL)
             ELSE coalesce(bool_and(camera.away_since IS NOT NULL OR camera.health = 'unknown'), false) END AS down
    FROM cameras_source one
    LEFT JOIN cameras_camera camera ON camera.source_id = one.id AND camera.active AND camera.url <> ''
    GROUP BY one.id
) found
WHERE source.id = found.id AND (source.down_since IS NOT NULL) <> found.down
