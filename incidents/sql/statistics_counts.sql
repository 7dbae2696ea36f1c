-- The end of statistics_placed.sql: they are counted by area, by group of fields, and altogether.
SELECT GROUPING(in_area, group_id), in_area, in_district, group_id,
       count(*),
       count(*) FILTER (WHERE done),
       count(*) FILTER (WHERE done AND closed_at <= due_at),
       count(*) FILTER (WHERE done AND closed_at > due_at OR closed_at IS NULL AND state <> 'waiting' AND due_at < now),
       count(*) FILTER (WHERE closed_at IS NULL),
       count(*) FILTER (WHERE state = 'rejected'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - received_at) / 86400)
           FILTER (WHERE done)
FROM placed, given
GROUP BY GROUPING SETS ((in_area, in_district), (group_id), ())
