-- The figures of units and fields by week, of the weeks from "firsts" on that begin before "afters": what is kept, and what
-- is noted.
SELECT kept.first_day, kept.authority_id, kept.category_id, received, done, in_time, in_time_first, ended_late, missed,
       stars, ratings
FROM unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after)
CROSS JOIN LATERAL (
    SELECT * FROM incidents_unitsum WHERE days = 7 AND first_day >= span.first AND first_day < span.after OFFSET 0
) kept
UNION ALL
SELECT week, authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM (SELECT *, date_trunc('week', at AT TIME ZONE %(zone)s)::date AS week FROM ({noted}) noted) noted
JOIN unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after) ON week >= span.first AND week < span.after
