-- The end of statistics_placed.sql where most are kept packed by month and area: those that are open, and those that lie in
-- no area of the law of their day, are counted with how long they took; then the packed ones, by the number of the segment.
SELECT in_area, in_district, group_id,
       count(*)::int AS received,
       (count(*) FILTER (WHERE done))::int AS done,
       (count(*) FILTER (WHERE done AND closed_at <= due_at))::int AS in_time,
       (count(*) FILTER (
           WHERE done AND closed_at > due_at OR closed_at IS NULL AND state <> 'waiting' AND due_at < now
       ))::int AS late,
       (count(*) FILTER (WHERE closed_at IS NULL))::int AS open,
       (count(*) FILTER (WHERE state = 'rejected'))::int AS rejected,
       array_agg(extract(epoch FROM closed_at - received_at)::float) FILTER (WHERE done) AS took,
       NULL::int AS segment, NULL::date AS month, NULL::bytea AS packed
FROM placed, given
GROUP BY 1, 2, 3
UNION ALL
SELECT CASE WHEN NOT former THEN packed_month.area_id END, district.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       number, month, packed
FROM packed_month
JOIN fitting USING (area_id)
JOIN numbered ON number = segment
LEFT JOIN district ON former AND district.area_id = packed_month.area_id
WHERE month <= last AND month + interval '1 month' > first
UNION ALL
SELECT CASE WHEN NOT former THEN nullif(placed_month.area_id, 0) END, district.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       number, month, packed
FROM placed_month
JOIN numbered USING (edition_id)
LEFT JOIN district ON former AND district.area_id = placed_month.area_id
WHERE month <= last AND month + interval '1 month' > first AND packed <> ''
