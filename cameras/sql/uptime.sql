-- Of each camera, for how many seconds of each of three periods until now it saw, and for how many it is known how it
-- was (pauses count for neither). A spell of seeing that is still open counts only as long as pictures came: a patrol
-- that died leaves its cameras "live". Moments are seconds since 1970.
WITH ended AS (
    SELECT camera_id, health = ANY(%(seeing)s) AS saw,
           date_part('epoch', since) AS since, date_part('epoch', until) AS until
    FROM cameras_spell
    WHERE until > to_timestamp(%(longest)s) AND NOT health = ANY(%(unknown)s)
      AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
    OFFSET 0 -- each moment is turned into seconds once, not once more in every sum below
), open AS (
    SELECT camera_id, spell.health = ANY(%(seeing)s) AS saw, date_part('epoch', since) AS since,
           date_part('epoch', coalesce(moved_at, since)) + greatest(
               %(silent_periods)s::int * period_s, %(late_periods)s::int * greatest(period_s, rhythm_s), %(silent_s)s
           ) AS silent
    FROM cameras_spell spell JOIN cameras_camera camera ON camera.id = spell.camera_id
    WHERE until IS NULL AND NOT spell.health = ANY(%(unknown)s)
      AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
), until_now AS (
    SELECT camera_id, true AS saw, since, least(silent, %(now)s) AS until FROM open WHERE saw
    UNION ALL SELECT camera_id, false, CASE WHEN saw THEN greatest(since, silent) ELSE since END, %(now)s FROM open
), lasted AS (
    SELECT camera_id, saw, sum(until - greatest(since, %(day)s)) FILTER (WHERE until > %(day)s) AS day,
           sum(until - greatest(since, %(week)s)) FILTER (WHERE until > %(week)s) AS week,
           sum(until - greatest(since, %(longest)s)) AS longest
    FROM (SELECT * FROM ended
          UNION ALL SELECT * FROM until_now WHERE until > since AND until > %(longest)s) AS piece
    GROUP BY camera_id, saw
)
SELECT camera_id, coalesce(sum(day) FILTER (WHERE saw), 0), coalesce(sum(week) FILTER (WHERE saw), 0),
       coalesce(sum(longest) FILTER (WHERE saw), 0), coalesce(sum(day), 0), coalesce(sum(week), 0), sum(longest)
FROM lasted
GROUP BY camera_id
