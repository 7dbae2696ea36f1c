-- The first of some rows in the order of their keys, and how many there are, both by one look at them. "rows" below stands
-- for a query of all of them: pk, key.
-- planner: the rows are counted and sorted by one look at them.
WITH wanted AS MATERIALIZED ({rows})
SELECT pk, (SELECT count(*) FROM wanted) FROM wanted ORDER BY key, pk LIMIT %s
