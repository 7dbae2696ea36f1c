-- Beside section_counts.sql: those that have ended in ranges of spots that hold the edges of a box. "ended" below stands
-- for a query of them: state, late.
-- planner: each range is read by its index; flattened, all ended ones are joined with all ranges.
UNION ALL
SELECT there.state, there.late FROM unnest(%(edge_firsts)s::bigint[], %(edge_lasts)s::bigint[]) AS edge (first, last)
CROSS JOIN LATERAL ({ended} OFFSET 0) there
