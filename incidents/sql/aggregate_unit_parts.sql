-- The figures of units and fields of each part of the time between "moments" (1 from the first to the second, and so on;
-- "end": of all, if it has one), as what is kept, what is noted and what is counted now say. "days", "firsts", "afters"
-- and "parts": which kept sums make up the whole days of each part. "counted": the incidents of the one day in which a
-- part begins after midnight, from which nothing that is kept is read.
SELECT span.part, kept.authority_id, kept.category_id, received, done, in_time, in_time_first, ended_late, missed, stars,
       ratings
FROM unnest(%(parts)s::int[], %(days)s::int[], %(firsts)s::date[], %(afters)s::date[]) AS span (part, days, first, after)
CROSS JOIN LATERAL (
    SELECT authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
    FROM incidents_unitsum
    WHERE days = span.days AND first_day >= span.first AND first_day < span.after
) kept
UNION ALL
SELECT width_bucket(at, %(moments)s::timestamptz[]), authority_id, category_id, received, done, in_time, in_time_first,
       ended_late, missed, stars, ratings
FROM ({noted}) noted
WHERE at >= (%(moments)s::timestamptz[])[1] AND at < coalesce(%(end)s::timestamptz, 'infinity')
    AND (%(cut_from)s::timestamptz IS NULL OR at < %(cut_from)s OR at >= %(cut_to)s)
UNION ALL
SELECT width_bucket(at, %(moments)s::timestamptz[]), authority_id, category_id, received, done, in_time, in_time_first,
       ended_late, missed, stars, ratings
FROM ({counted}) counted
WHERE at >= greatest(%(cut_from)s::timestamptz, (%(moments)s::timestamptz[])[1]) AND at < %(cut_to)s::timestamptz
