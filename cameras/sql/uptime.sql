-- Of each camera, for how many seconds of each of three periods until now it saw, and for how many it is known how it
-- was (pauses count for neither). A spell of seeing that is still open counts only as long as pictures came: a patrol
-- that died leaves its cameras "live". Moments are reckoned in seconds since 1970.
WITH spell AS (
    SELECT spell.camera_id, date_part('epoch', spell.since) AS since,
           date_part('epoch', coalesce(spell.until, %(now)s)) AS until,
           CASE WHEN NOT spell.health = ANY(%(seeing)s) THEN 0
                WHEN spell.until IS NOT NULL THEN date_part('epoch', spell.until)
                ELSE date_part('epoch', least(%(now)s, greatest(spell.since, coalesce(camera.moved_at, spell.since)
                     + make_interval(secs => greatest(%(silent_periods)s * camera.period_s, %(silent_s)s))))) END AS seen
    FROM cameras_spell spell
    JOIN cameras_camera camera ON camera.id = spell.camera_id
    WHERE (spell.until IS NULL OR spell.until > %(longest)s) AND NOT spell.health = ANY(%(unknown)s)
      AND (%(cameras)s::bigint[] IS NULL OR spell.camera_id = ANY(%(cameras)s))
), from_when AS MATERIALIZED (
    SELECT date_part('epoch', %(day)s::timestamptz) AS day, date_part('epoch', %(week)s::timestamptz) AS week,
           date_part('epoch', %(longest)s::timestamptz) AS longest
)
SELECT camera_id,
       sum(greatest(seen - greatest(since, day), 0)), sum(greatest(until - greatest(since, day), 0)),
       sum(greatest(seen - greatest(since, week), 0)), sum(greatest(until - greatest(since, week), 0)),
       sum(greatest(seen - greatest(since, longest), 0)), sum(greatest(until - greatest(since, longest), 0))
FROM spell, from_when
GROUP BY camera_id
