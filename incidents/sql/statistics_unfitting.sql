-- For statistics_placed.sql: the incidents that count and are not among the packed ones that fit: those that are open, and those
-- that have ended, lie in no area of the law of their day and were not placed in one yet. "open" and "ended" below stand for queries of them.
-- planner: each month and area is read by its index; flattened, all ended ones are joined.
SELECT id, area_id, group_id, state, received_at, due_at, NULL::timestamptz AS closed_at FROM ({open}) open
UNION ALL
SELECT there.id, there.area_id, there.group_id, there.state, there.received_at, there.due_at, there.closed_at
FROM (SELECT DISTINCT area_id, month FROM packed_month) here
JOIN numbered ON month <= last AND month + interval '1 month' > first
LEFT JOIN fitting ON fitting.area_id = here.area_id AND fitting.segment = numbered.number
CROSS JOIN LATERAL (
    {ended} OFFSET 0
) there
WHERE fitting.area_id IS NULL AND (
    numbered.edition_id IS NULL
    -- Hashed once: the planner takes a join of what was just read for one of a few rows.
    OR (numbered.edition_id, here.month, here.area_id) NOT IN (
        SELECT edition_id, month, own_area_id FROM placed_month WHERE area_id = 0
    )
)
