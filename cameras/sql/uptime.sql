-- Of each camera, for how many seconds of each of three periods until now it saw, and for how many it is known how it
-- was (pauses count for neither). From its first spell on one spell follows the other (`telling.write_spells`): only
-- those are read in which it did not see, which are the fewest and stand together in an index. A spell of seeing that
-- is still open counts only as long as pictures came: a patrol that died leaves its cameras "live". Moments are whole
-- seconds since 1970: sums of them are exact, and where nothing was seen nothing is left.
WITH open AS (
    SELECT camera_id, spell.health = ANY(%(missed)s) AS missed, spell.health = ANY(%(unknown)s) AS unknown,
           floor(date_part('epoch', since)) AS since,
           (SELECT floor(date_part('epoch', min(since))) FROM cameras_spell WHERE camera_id = camera.id) AS first,
           floor(date_part('epoch', coalesce(moved_at, since))) + greatest(%(silent_periods)s::int * period_s,
               %(late_periods)s::int * greatest(period_s, rhythm_s), %(silent_s)s) AS silent
    FROM cameras_spell spell JOIN cameras_camera camera ON camera.id = spell.camera_id
    WHERE until IS NULL AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
), missed AS (
    SELECT camera_id, health = ANY(%(unknown)s) AS unknown, floor(date_part('epoch', since)) AS since,
           least(floor(date_part('epoch', until)), %(now)s) AS until
    FROM cameras_spell
    WHERE health = ANY(%(missed)s) AND until > to_timestamp(%(longest)s)
      AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
    UNION ALL
    SELECT camera_id, unknown, CASE WHEN missed THEN since ELSE greatest(since, silent) END, %(now)s FROM open
), lasted AS (
    SELECT camera_id, sum(day) AS day, sum(week) AS week, sum(longest) AS longest,
           coalesce(sum(day) FILTER (WHERE unknown), 0) AS unknown_day,
           coalesce(sum(week) FILTER (WHERE unknown), 0) AS unknown_week,
           coalesce(sum(longest) FILTER (WHERE unknown), 0) AS unknown_longest
    FROM (SELECT camera_id, unknown, greatest(until - greatest(since, %(day)s), 0) AS day,
                 greatest(until - greatest(since, %(week)s), 0) AS week,
                 greatest(until - greatest(since, %(longest)s), 0) AS longest FROM missed) piece
    GROUP BY camera_id
), whole AS (
    SELECT camera_id, greatest(%(now)s - greatest(first, %(day)s), 0) AS day,
           greatest(%(now)s - greatest(first, %(week)s), 0) AS week,
           greatest(%(now)s - greatest(first, %(longest)s), 0) AS longest
    FROM open
)
SELECT camera_id, whole.day - lasted.day, whole.week - lasted.week, whole.longest - lasted.longest,
       whole.day - unknown_day, whole.week - unknown_week, whole.longest - unknown_longest
FROM whole JOIN lasted USING (camera_id)
