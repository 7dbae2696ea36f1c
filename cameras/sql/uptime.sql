-- Of each camera, for how many seconds of each of three periods until now it saw, and for how many it is known how it
-- was (pauses count for neither). A spell of seeing that is still open counts only as long as pictures came: a patrol
-- that died leaves its cameras "live".
WITH spell AS (
    SELECT spell.camera_id, spell.since, spell.health = ANY(%(seeing)s) AS sees,
           coalesce(spell.until, %(now)s) AS until,
           CASE WHEN spell.until IS NOT NULL THEN spell.until
                ELSE least(%(now)s, greatest(spell.since, coalesce(camera.moved_at, spell.since)
                           + make_interval(secs => greatest(%(silent_periods)s * camera.period_s, %(silent_s)s)))) END AS seen_until
    FROM cameras_spell spell
    JOIN cameras_camera camera ON camera.id = spell.camera_id
    WHERE (spell.until IS NULL OR spell.until > %(longest)s) AND NOT spell.health = ANY(%(unknown)s)
      AND (%(cameras)s::bigint[] IS NULL OR spell.camera_id = ANY(%(cameras)s))
)
SELECT camera_id,
       sum(extract(epoch FROM seen_until - greatest(since, %(day)s))) FILTER (WHERE sees AND seen_until > %(day)s),
       sum(extract(epoch FROM until - greatest(since, %(day)s))) FILTER (WHERE until > %(day)s),
       sum(extract(epoch FROM seen_until - greatest(since, %(week)s))) FILTER (WHERE sees AND seen_until > %(week)s),
       sum(extract(epoch FROM until - greatest(since, %(week)s))) FILTER (WHERE until > %(week)s),
       sum(extract(epoch FROM seen_until - greatest(since, %(longest)s))) FILTER (WHERE sees AND seen_until > %(longest)s),
       sum(extract(epoch FROM until - greatest(since, %(longest)s))) FILTER (WHERE until > %(longest)s)
FROM spell
GROUP BY camera_id
