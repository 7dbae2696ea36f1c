-- A source goes down when not one of its cameras was reached at its last try, each having been tried, and comes back with
-- the first that is reached. Those that were refused count for neither; where they are as many as those that could not be
-- reached, it is not down (hosts.Host judges alike). One truth for any number of patrols: each finds how its own cameras
-- are, here it is judged.
UPDATE cameras_source source
SET down_since = CASE WHEN found.down THEN found.since END
FROM (
    SELECT one.id, max(camera.away_since) AS since,
        count(*) FILTER (WHERE how = 'reached') = 0
        AND count(*) FILTER (WHERE how = 'away') > count(*) FILTER (WHERE how = 'refused')
        AND (one.down_since IS NOT NULL OR count(*) FILTER (WHERE how = 'away') >= %(fewest)s
             AND count(*) FILTER (WHERE how = 'untried') = 0) AS down
    FROM cameras_source one
    LEFT JOIN (
        SELECT source_id, away_since, CASE WHEN refused THEN 'refused' WHEN away_since IS NOT NULL THEN 'away'
                                           WHEN health = 'unknown' THEN 'untried' ELSE 'reached' END AS how
        FROM cameras_camera WHERE active AND url <> ''
    ) camera ON camera.source_id = one.id
    GROUP BY one.id
) found
WHERE source.id = found.id AND (source.down_since IS NOT NULL) <> found.down
