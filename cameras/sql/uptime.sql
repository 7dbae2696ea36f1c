-- Of each camera, for how many seconds of each of three periods until now it saw, for how many it is known how it was,
-- and for how many nobody looked (these and pauses count for neither). From its first interval on one follows the other
-- (`state_intervals.write_intervals`): only those are read in which it did not see, which are the fewest and stand
-- together in an index. An interval of seeing that is still open counts only as long as pictures came: a patrol that
-- died leaves its cameras "live", and nobody looks at them since. Moments are whole seconds since 1970: sums of them are
-- exact, and where nothing was seen nothing is left.
WITH open AS (
    SELECT camera_id, state_interval.health, floor(date_part('epoch', since)) AS since,
           (SELECT floor(date_part('epoch', min(since))) FROM cameras_healthinterval WHERE camera_id = camera.id) AS first,
           floor(date_part('epoch', coalesce(moved_at, since))) + greatest(%(silent_periods)s::int * period_s,
               %(late_periods)s::int * greatest(period_s, rhythm_s), %(silent_s)s) AS silent
    FROM cameras_healthinterval state_interval JOIN cameras_camera camera ON camera.id = state_interval.camera_id
    WHERE until IS NULL AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
), piece AS ( -- from when to when it did not see, and as what that counts
    SELECT camera_id, health, floor(date_part('epoch', since)) AS since,
           least(floor(date_part('epoch', until)), %(now)s) AS until
    FROM cameras_healthinterval
    WHERE health = ANY(%(blind)s::text[] || %(unknown)s::text[]) AND until > to_timestamp(%(longest)s)
      AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
    UNION ALL
    SELECT camera_id, CASE WHEN health = ANY(%(seeing)s) THEN %(unvisited)s ELSE health END,
           CASE WHEN health = ANY(%(seeing)s) THEN greatest(since, silent) ELSE since END, %(now)s
    FROM open
), part AS (
    SELECT camera_id, health = ANY(%(blind)s) AS blind, health = %(unvisited)s AS unvisited, day, week, longest
    FROM (
        SELECT camera_id, health, sum(greatest(until - greatest(since, %(day)s), 0)) AS day,
               sum(greatest(until - greatest(since, %(week)s), 0)) AS week,
               sum(greatest(until - greatest(since, %(longest)s), 0)) AS longest
        FROM piece GROUP BY camera_id, health
    ) of_a_health
), lost AS (
    SELECT camera_id, sum(day) AS day, sum(week) AS week, sum(longest) AS longest,
           coalesce(sum(day) FILTER (WHERE blind), 0) AS blind_day,
           coalesce(sum(week) FILTER (WHERE blind), 0) AS blind_week,
           coalesce(sum(longest) FILTER (WHERE blind), 0) AS blind_longest,
           coalesce(sum(day) FILTER (WHERE unvisited), 0) AS unvisited_day,
           coalesce(sum(week) FILTER (WHERE unvisited), 0) AS unvisited_week,
           coalesce(sum(longest) FILTER (WHERE unvisited), 0) AS unvisited_longest
    FROM part GROUP BY camera_id
), seen AS ( -- what is left of the whole
    SELECT camera_id, greatest(%(now)s - greatest(first, %(day)s), 0) - day AS day,
           greatest(%(now)s - greatest(first, %(week)s), 0) - week AS week,
           greatest(%(now)s - greatest(first, %(longest)s), 0) - longest AS longest
    FROM open JOIN lost USING (camera_id)
)
SELECT camera_id, seen.day, seen.week, seen.longest,
       seen.day + blind_day, seen.week + blind_week, seen.longest + blind_longest,
       unvisited_day, unvisited_week, unvisited_longest
FROM seen JOIN lost USING (camera_id)
