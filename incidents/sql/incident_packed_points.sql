
-- After incident_points.sql: those of them that may stand alone, by their keys. "ended" below stands for a query of the one
-- with the key "loose", as long as it is wanted: id, mark. What was packed may have changed since.
-- planner: each key is read by its index; flattened, the query of all ended ones is joined.
UNION ALL
SELECT there.id, there.mark
FROM unnest(%(loose_0)s::bigint[], %(loose_1)s::bigint[]) AS loose (id, square)
JOIN sorted USING (square)
CROSS JOIN LATERAL ({ended} OFFSET 0) there
WHERE sorted.alone
