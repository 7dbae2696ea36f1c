-- What came in and what became of it in a period and in the one before, by unit, field, area, state, and altogether.
-- "incidents" below stands for a query of those that count: state, area_id, authority_id, group_id, received_at,
-- due_at, first_due_at, closed_at. What was late at the end of the period before is told by the dates as they are now.
WITH dated AS (
    SELECT authority_id, group_id, area_id, state,
           closed_at IS NULL AS open,
           state = ANY(%(running)s) AND due_at < %(now)s AS late,
           received_at < %(before_last)s AND due_at < %(before_last)s
               AND (state = ANY(%(running)s) OR closed_at >= %(before_last)s) AS late_before,
           received_at >= %(first)s AS came,
           received_at >= %(before_first)s AND received_at < %(before_last)s AS came_before,
           state = ANY(%(done)s) AND closed_at >= %(first)s AS ended,
           state = ANY(%(done)s) AND closed_at >= %(before_first)s AND closed_at < %(before_last)s AS ended_before,
           closed_at <= due_at AS in_time,
           closed_at <= coalesce(first_due_at, due_at) AS in_time_first
    FROM ({incidents}) shown
    WHERE state = ANY(%(open)s) OR closed_at >= %(before_first)s OR received_at >= %(before_first)s
)
SELECT GROUPING(authority_id, group_id, area_id, state), authority_id, group_id, area_id, state,
       count(*) FILTER (WHERE came), count(*) FILTER (WHERE came_before),
       count(*) FILTER (WHERE ended), count(*) FILTER (WHERE ended_before),
       count(*) FILTER (WHERE ended AND in_time), count(*) FILTER (WHERE ended_before AND in_time),
       count(*) FILTER (WHERE ended AND in_time_first),
       count(*) FILTER (WHERE open), count(*) FILTER (WHERE late), count(*) FILTER (WHERE late_before)
FROM dated
GROUP BY GROUPING SETS ((authority_id), (group_id), (area_id), (state), ())
