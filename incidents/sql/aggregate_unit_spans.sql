-- The figures of units and fields by day, and by the longer spans of sums/parts.py from Mondays on (LENGTHS: 7 and its
-- multiples, counted from "epoch"); and those of units by week (0 days), of all fields (0): what "rows" of
-- aggregate_unit_rows.sql add up to.
-- planner: the rows are summed by day once, though three sums read them.
WITH by_day AS MATERIALIZED (
    SELECT (at AT TIME ZONE %(zone)s)::date AS first_day, authority_id, category_id, sum(received) AS received,
           sum(done) AS done, sum(in_time) AS in_time, sum(in_time_first) AS in_time_first, sum(ended_late) AS ended_late,
           sum(missed) AS missed, sum(stars) AS stars, sum(ratings) AS ratings
    FROM ({rows}) rows
    GROUP BY 1, 2, 3
)
SELECT 1 AS days, first_day, authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed,
       stars, ratings
FROM by_day
UNION ALL
SELECT length, first_day - (first_day - %(epoch)s::date) %% length, authority_id, category_id, sum(received), sum(done),
       sum(in_time), sum(in_time_first), sum(ended_late), sum(missed), sum(stars), sum(ratings)
FROM by_day CROSS JOIN unnest(%(lengths)s::int[]) AS length
GROUP BY 1, 2, 3, 4
UNION ALL
SELECT 0, date_trunc('week', first_day)::date, authority_id, 0, sum(received), sum(done), sum(in_time),
       sum(in_time_first), sum(ended_late), sum(missed), sum(stars), sum(ratings)
FROM by_day
GROUP BY 2, 3
