-- The figures of units by week, of the weeks from "firsts" on that begin before "afters": what is kept, and what is noted,
-- of the units "units" and the fields "fields", or of all where there are none.
SELECT kept.first_day, kept.authority_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after)
CROSS JOIN LATERAL (
    -- Added up here, where they are read: of two years there are a hundred thousand.
    SELECT first_day, authority_id, sum(received)::int AS received, sum(done)::int AS done, sum(in_time)::int AS in_time,
           sum(in_time_first)::int AS in_time_first, sum(ended_late)::int AS ended_late, sum(missed)::int AS missed,
           sum(stars)::int AS stars, sum(ratings)::int AS ratings
    FROM incidents_unitsum
    WHERE days = 7 AND first_day >= span.first AND first_day < span.after
        AND authority_id = ANY(%(units)s) AND (%(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s))
    GROUP BY first_day, authority_id
    OFFSET 0
) kept
UNION ALL
SELECT week, authority_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM (SELECT *, date_trunc('week', at AT TIME ZONE %(zone)s)::date AS week FROM ({noted}) noted) noted
JOIN unnest(%(firsts)s::date[], %(afters)s::date[]) AS span (first, after) ON week >= span.first AND week < span.after
WHERE authority_id = ANY(%(units)s) AND (%(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s))
