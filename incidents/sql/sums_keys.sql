-- The keys of incidents in packed months, of each by its place in its month.
SELECT n, substring(keys FROM at + 1 FOR 8)
FROM unnest(%(n)s::int[], %(m)s::date[], %(a)s::bigint[], %(p)s::int[]) AS asked (n, month, area_id, at)
JOIN incidents_endedmonth USING (month, area_id)
