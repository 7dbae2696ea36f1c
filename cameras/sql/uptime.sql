-- Of each camera, for how many seconds of each of three periods until now it saw, for how many it is known how it was,
-- and for how many nobody looked (these and pauses count for neither). From its first spell on one spell follows the
-- other (`telling.write_spells`): only those are read in which it did not see, which are the fewest and stand together
-- in an index. A spell of seeing that is still open counts only as long as pictures came: a patrol that died leaves its
-- cameras "live", and nobody looks at them since. Moments are whole seconds since 1970: sums of them are exact, and
-- where nothing was seen nothing is left.
WITH open AS (
    SELECT camera_id, spell.health = ANY(%(blind)s) AS blind, spell.health = ANY(%(seeing)s) AS seeing,
           spell.health = %(unvisited)s AS unvisited, floor(date_part('epoch', since)) AS since,
           (SELECT floor(date_part('epoch', min(since))) FROM cameras_spell WHERE camera_id = camera.id) AS first,
           floor(date_part('epoch', coalesce(moved_at, since))) + greatest(%(silent_periods)s::int * period_s,
               %(late_periods)s::int * greatest(period_s, rhythm_s), %(silent_s)s) AS silent
    FROM cameras_spell spell JOIN cameras_camera camera ON camera.id = spell.camera_id
    WHERE until IS NULL AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
), blind AS (
    SELECT camera_id, sum(greatest(until - greatest(since, %(day)s), 0)) AS day,
           sum(greatest(until - greatest(since, %(week)s), 0)) AS week,
           sum(greatest(until - greatest(since, %(longest)s), 0)) AS longest
    FROM (
        SELECT camera_id, floor(date_part('epoch', since)) AS since,
               least(floor(date_part('epoch', until)), %(now)s) AS until
        FROM cameras_spell
        WHERE health = ANY(%(blind)s) AND until > to_timestamp(%(longest)s)
          AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
        UNION ALL
        SELECT camera_id, since, %(now)s FROM open WHERE blind
    ) piece
    GROUP BY camera_id
), unknown AS (
    SELECT camera_id, sum(day) AS day, sum(week) AS week, sum(longest) AS longest,
           sum(day) FILTER (WHERE unvisited) AS unvisited_day, sum(week) FILTER (WHERE unvisited) AS unvisited_week,
           sum(longest) FILTER (WHERE unvisited) AS unvisited_longest
    FROM (SELECT camera_id, unvisited, greatest(until - greatest(since, %(day)s), 0) AS day,
                 greatest(until - greatest(since, %(week)s), 0) AS week,
                 greatest(until - greatest(since, %(longest)s), 0) AS longest
          FROM (
              SELECT camera_id, health = %(unvisited)s AS unvisited, floor(date_part('epoch', since)) AS since,
                     least(floor(date_part('epoch', until)), %(now)s) AS until
              FROM cameras_spell
              WHERE health = ANY(%(unknown)s) AND until > to_timestamp(%(longest)s)
                AND (%(cameras)s::bigint[] IS NULL OR camera_id = ANY(%(cameras)s))
              UNION ALL
              SELECT camera_id, seeing OR unvisited, CASE WHEN seeing THEN greatest(since, silent) ELSE since END, %(now)s
              FROM open WHERE NOT blind
          ) spell) piece
    GROUP BY camera_id
), whole AS (
    SELECT camera_id, greatest(%(now)s - greatest(first, %(day)s), 0) AS day,
           greatest(%(now)s - greatest(first, %(week)s), 0) AS week,
           greatest(%(now)s - greatest(first, %(longest)s), 0) AS longest
    FROM open
), known AS (
    SELECT camera_id, whole.day - coalesce(unknown.day, 0) AS day, whole.week - coalesce(unknown.week, 0) AS week,
           whole.longest - coalesce(unknown.longest, 0) AS longest, coalesce(unvisited_day, 0) AS unvisited_day,
           coalesce(unvisited_week, 0) AS unvisited_week, coalesce(unvisited_longest, 0) AS unvisited_longest
    FROM whole LEFT JOIN unknown USING (camera_id)
)
SELECT camera_id, known.day - coalesce(blind.day, 0), known.week - coalesce(blind.week, 0),
       known.longest - coalesce(blind.longest, 0), known.day, known.week, known.longest,
       unvisited_day, unvisited_week, unvisited_longest
FROM known LEFT JOIN blind USING (camera_id)
