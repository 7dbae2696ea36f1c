-- What is open, by unit, field, area, state, and altogether: how many, how many late, how many came in in a period and in
-- the one before, how many were late at the end of that; and by unit how many missed their deadline in each of the last
-- weeks ("starts": the Mondays, rising). "incidents" below stands for a query of those that count, open ones only:
-- state, area_id, authority_id, group_id, received_at, due_at.
WITH dated AS (
    SELECT authority_id, group_id, area_id, state,
           CASE WHEN due_at < %(now)s AND state = ANY(%(running)s) THEN width_bucket(due_at, %(starts)s::timestamptz[]) END
               AS week, -- of the deadline that it missed; 0 is before them
           CASE WHEN received_at >= %(first)s THEN 1 WHEN received_at >= %(before_first)s AND received_at < %(before_last)s
               THEN 2 END AS part,
           due_at < %(before_last)s AND received_at < %(before_last)s AND state = ANY(%(running)s) AS late_before
    FROM ({incidents}) shown
), counted AS ( -- once; the sums over these rows are cheap
    SELECT authority_id, group_id, area_id, state, week, (count(*) FILTER (WHERE part = 1))::int AS came,
           (count(*) FILTER (WHERE part = 2))::int AS came_before, count(*)::int AS open, count(week)::int AS late,
           (count(*) FILTER (WHERE late_before))::int AS late_before
    FROM dated
    GROUP BY authority_id, group_id, area_id, state, week
)
SELECT GROUPING(authority_id, group_id, area_id, state, week), authority_id, group_id, area_id, state, week,
       coalesce(sum(came), 0)::int, coalesce(sum(came_before), 0)::int, coalesce(sum(open), 0)::int,
       coalesce(sum(late), 0)::int, coalesce(sum(late_before), 0)::int
FROM counted
GROUP BY GROUPING SETS ((authority_id), (group_id), (area_id), (state), (), (authority_id, week))
