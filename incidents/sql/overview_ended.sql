-- What became in a period and in the one before of incidents that have ended, by unit, field, and altogether, counted one
-- by one; the same figures are kept as sums (overview_kept.sql). "incidents" below stands for a query of those that count:
-- state, authority_id, group_id, received_at, due_at, first_due_at, closed_at. What was late at the end of the period
-- before is told by the dates as they are now.
WITH dated AS (
    SELECT authority_id, group_id,
           due_at < %(before_last)s AND closed_at >= %(before_last)s AS late_before,
           received_at >= %(first)s AS came,
           received_at >= %(before_first)s AND received_at < %(before_last)s AS came_before,
           state = ANY(%(done)s) AND closed_at >= %(first)s AS ended,
           state = ANY(%(done)s) AND closed_at < %(before_last)s AS ended_before,
           closed_at <= due_at AS in_time,
           closed_at <= coalesce(first_due_at, due_at) AS in_time_first
    FROM ({incidents}) shown
    WHERE closed_at >= %(before_first)s
), counted AS ( -- once; the sums over these few rows are cheap
    SELECT authority_id, group_id,
           count(*) FILTER (WHERE came) AS came, count(*) FILTER (WHERE came_before) AS came_before,
           count(*) FILTER (WHERE ended) AS ended, count(*) FILTER (WHERE ended_before) AS ended_before,
           count(*) FILTER (WHERE ended AND in_time) AS in_time,
           count(*) FILTER (WHERE ended_before AND in_time) AS in_time_before,
           count(*) FILTER (WHERE ended AND in_time_first) AS in_time_first,
           count(*) FILTER (WHERE late_before) AS late_before
    FROM dated
    GROUP BY authority_id, group_id
)
SELECT GROUPING(authority_id, group_id), authority_id, group_id,
       coalesce(sum(came), 0)::int, coalesce(sum(came_before), 0)::int,
       coalesce(sum(ended), 0)::int, coalesce(sum(ended_before), 0)::int,
       coalesce(sum(in_time), 0)::int, coalesce(sum(in_time_before), 0)::int, coalesce(sum(in_time_first), 0)::int,
       coalesce(sum(late_before), 0)::int
FROM counted
GROUP BY GROUPING SETS ((authority_id), (group_id), ())
