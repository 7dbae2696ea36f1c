-- Beside section_counts.sql: those that have ended, as they were counted from packed months.
UNION ALL
SELECT state, false, n FROM unnest(%(packed_states)s::text[], %(packed_n)s::int[]) AS packed (state, n)
