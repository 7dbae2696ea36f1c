-- Within how many seconds half of what was done in a period was done, and in the one before; by "key" (a field or a
-- unit), and altogether. "incidents" below stands for a query of those that count: state, key, received_at, closed_at.
SELECT GROUPING(key), key,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE now),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE before)
FROM (
    SELECT key, closed_at >= %(first)s AS now, closed_at < %(before_last)s AS before,
           extract(epoch FROM closed_at - received_at)::float AS seconds
    FROM ({incidents}) shown
    WHERE state = ANY(%(done)s) AND closed_at >= %(before_first)s
) ended
GROUP BY GROUPING SETS ((key), ())
