-- The figures of units by week, of the weeks from "firsts" on that begin before "afters": what is kept, and what is noted,
-- of the units "units" and the fields "fields", or of all where there are none.
-- planner: each span is read by its index; flattened, all weeks are read.
SELECT kept.first_day, kept.authority_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after)
CROSS JOIN LATERAL (
    SELECT first_day, authority_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
    FROM incidents_unitsum
    WHERE %(fields)s::bigint[] IS NULL AND days = 0 AND first_day >= span.first AND first_day < span.after
        AND authority_id = ANY(%(units)s)
    UNION ALL
    -- Added up here, where they are read.
    SELECT first_day, authority_id, sum(received)::int, sum(done)::int, sum(in_time)::int, sum(in_time_first)::int,
           sum(ended_late)::int, sum(missed)::int, sum(stars)::int, sum(ratings)::int
    FROM incidents_unitsum
    WHERE %(fields)s::bigint[] IS NOT NULL AND days = 7 AND first_day >= span.first AND first_day < span.after
        AND authority_id = ANY(%(units)s) AND category_id = ANY(%(fields)s)
    GROUP BY first_day, authority_id
    OFFSET 0
) kept
UNION ALL
SELECT week, authority_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM (SELECT *, date_trunc('week', at AT TIME ZONE %(zone)s)::date AS week FROM ({noted}) noted) noted
JOIN unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after) ON week >= span.first AND week < span.after
WHERE authority_id = ANY(%(units)s) AND (%(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s))
