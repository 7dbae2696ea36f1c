-- The keys of the open ones in ranges of spots. "open" below stands for a query of those of a range.
-- planner: each range is read by its index; flattened, all open ones are joined with all ranges.
SELECT there.id
FROM unnest(%(range_firsts)s::bigint[], %(range_lasts)s::bigint[]) AS range (first, last)
CROSS JOIN LATERAL ({open} OFFSET 0) there
