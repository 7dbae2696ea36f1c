-- Beside section_counts.sql: the published incidents that have ended in ranges of spots that are made of whole squares, as
-- they are counted, and what has come to them since. "categories" and "in_areas" below stand for what is wanted of them.
-- planner: each range is read by itself; together they would be joined by their level alone.
UNION ALL
SELECT state, false, n FROM unnest(%(levels)s::int[], %(firsts)s::bigint[], %(lasts)s::bigint[]) AS range (level, first, last)
CROSS JOIN LATERAL ( -- each range by itself: together they would be joined by their level alone
    SELECT state, n FROM incidents_mapsum kept
    WHERE kept.level = range.level AND kept.cell >= range.first >> 2 * (%(depth)s::int - range.level)
        AND kept.cell < range.last >> 2 * (%(depth)s::int - range.level)
        AND category_id = ANY(ARRAY({categories})) {in_areas}
    OFFSET 0
) kept
UNION ALL
SELECT state, false, n FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS range (first, last)
JOIN incidents_sumchange ON spot >= first AND spot < last
WHERE published AND category_id = ANY(ARRAY({categories})) {in_areas}
