-- What came in and what became of it in a period and in the one before, by unit, field, area, state, and altogether.
-- "incidents" below stands for a query of those that count: state, area_id, authority_id, group_id, received_at,
-- due_at, first_due_at, closed_at. What is done has no state here. What was late at the end of the period before is
-- told by the dates as they are now.
WITH dated AS (
    SELECT authority_id, group_id, area_id, CASE WHEN closed_at IS NULL THEN state END AS state,
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
), counted AS ( -- once; the sums over these few rows are cheap
    SELECT authority_id, group_id, area_id, state,
           count(*) FILTER (WHERE came) AS came, count(*) FILTER (WHERE came_before) AS came_before,
           count(*) FILTER (WHERE ended) AS ended, count(*) FILTER (WHERE ended_before) AS ended_before,
           count(*) FILTER (WHERE ended AND in_time) AS in_time,
           count(*) FILTER (WHERE ended_before AND in_time) AS in_time_before,
           count(*) FILTER (WHERE ended AND in_time_first) AS in_time_first,
           count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE late) AS late,
           count(*) FILTER (WHERE late_before) AS late_before
    FROM dated
    GROUP BY authority_id, group_id, area_id, state
)
SELECT GROUPING(authority_id, group_id, area_id, state), authority_id, group_id, area_id, state,
       coalesce(sum(came), 0)::int, coalesce(sum(came_before), 0)::int,
       coalesce(sum(ended), 0)::int, coalesce(sum(ended_before), 0)::int,
       coalesce(sum(in_time), 0)::int, coalesce(sum(in_time_before), 0)::int, coalesce(sum(in_time_first), 0)::int,
       coalesce(sum(open), 0)::int, coalesce(sum(late), 0)::int, coalesce(sum(late_before), 0)::int
FROM counted
GROUP BY GROUPING SETS ((authority_id), (group_id), (area_id), (state), ())
