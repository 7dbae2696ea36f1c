-- The incidents of "incidents" below that have ended, by the month in which they were reported and their area, eight bytes
-- each: day of the month, whether published, done in time, state (1 resolved, 2 closed, 3 rejected), category, seconds
-- from report to result (see incidents/sums/months.py).
SELECT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS month, area_id,
       string_agg(int8send(
           (extract(day FROM received_at AT TIME ZONE %(zone)s)::bigint << 56)
           | (published::int::bigint << 55)
           | ((closed_at <= due_at)::int::bigint << 54)
           | ((CASE state WHEN 'resolved' THEN 1 WHEN 'closed' THEN 2 ELSE 3 END)::bigint << 52)
           | (category_id << 32)
           | least(greatest(extract(epoch FROM closed_at - received_at), 0), 4294967295)::bigint
       ), '' ORDER BY id) AS packed
FROM ({incidents}) incident
WHERE closed_at IS NOT NULL
GROUP BY 1, 2
