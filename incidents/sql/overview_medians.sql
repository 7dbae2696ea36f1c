-- Within how many seconds half of what was done in a period was done, by field, by unit, and altogether; and in the
-- one before. "incidents" below stands for a query of those that count: state, authority_id, group_id, received_at,
-- closed_at.
WITH ended AS (
    SELECT authority_id, group_id, closed_at >= %(first)s AS now, closed_at < %(before_last)s AS before,
           extract(epoch FROM closed_at - received_at)::float AS seconds
    FROM ({incidents}) shown
    WHERE state = ANY(%(done)s) AND closed_at >= %(before_first)s
)
SELECT 'groups', group_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE now), NULL::float
FROM ended GROUP BY group_id
UNION ALL
SELECT 'units', authority_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE now), NULL::float
FROM ended WHERE %(units)s GROUP BY authority_id
UNION ALL
SELECT 'total', NULL::bigint, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE now),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE before)
FROM ended
