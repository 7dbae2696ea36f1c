-- The first of some incidents that are few among many, in an order. They are all found first: PostgreSQL thinks that they
-- lie evenly in that order, and would look at most of a unit's history in turn for the first of them. "rows" below stands
-- for a query of all of them: pk, and what "order" names.
-- planner: all are found before they are sorted.
WITH found AS MATERIALIZED ({rows})
SELECT pk FROM found ORDER BY {order} LIMIT %s
