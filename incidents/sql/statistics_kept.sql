-- The end of statistics_placed.sql where most are kept packed by month and area: those that are open, and those that lie in
-- no area of the law of their day, are counted with how long they took; then the packed ones, by the number of the segment,
-- unless their digest is the parameter known: then a row says so.
-- planner: the months are read once, for their digest and for themselves.
, ended AS MATERIALIZED (
    SELECT CASE WHEN NOT former THEN packed_month.area_id END AS in_area, district.name AS in_district,
           number AS segment, month, version, packed
    FROM packed_month
    JOIN fitting USING (area_id)
    JOIN numbered ON number = segment
    LEFT JOIN district ON former AND district.area_id = packed_month.area_id
    WHERE month <= last AND month + interval '1 month' > first
    UNION ALL
    SELECT CASE WHEN NOT former THEN nullif(placed_month.area_id, 0) END, district.name, number, month, version, packed
    FROM placed_month
    JOIN numbered USING (edition_id)
    LEFT JOIN district ON former AND district.area_id = placed_month.area_id
    WHERE month <= last AND month + interval '1 month' > first AND packed <> ''
), digest AS (
    SELECT count(*) || ' ' || coalesce(sum(hashtextextended(concat_ws('|', in_area, in_district, segment, month, version), 0)), 0)
        AS digest
    FROM ended
), tallied AS ( -- counted by area before the few areas are joined with their districts
    SELECT found_id AS area_id, former, group_id,
           count(*)::int AS received,
           (count(*) FILTER (WHERE state IN ('resolved', 'closed')))::int AS done,
           (count(*) FILTER (WHERE state IN ('resolved', 'closed') AND closed_at <= due_at))::int AS in_time,
           (count(*) FILTER (
               WHERE state IN ('resolved', 'closed') AND closed_at > due_at
                   OR closed_at IS NULL AND state <> 'waiting' AND due_at < now
           ))::int AS late,
           (count(*) FILTER (WHERE closed_at IS NULL))::int AS open,
           (count(*) FILTER (WHERE state = 'rejected'))::int AS rejected,
           array_agg(extract(epoch FROM closed_at - received_at)::float)
               FILTER (WHERE state IN ('resolved', 'closed')) AS took
    FROM known, given WHERE found_id IS NOT NULL
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT pointed.area_id, known.former, group_id,
           count(*)::int AS received,
           (count(*) FILTER (WHERE state IN ('resolved', 'closed')))::int AS done,
           (count(*) FILTER (WHERE state IN ('resolved', 'closed') AND closed_at <= due_at))::int AS in_time,
           (count(*) FILTER (
               WHERE state IN ('resolved', 'closed') AND closed_at > due_at
                   OR closed_at IS NULL AND state <> 'waiting' AND due_at < now
           ))::int AS late,
           (count(*) FILTER (WHERE closed_at IS NULL))::int AS open,
           (count(*) FILTER (WHERE state = 'rejected'))::int AS rejected,
           array_agg(extract(epoch FROM closed_at - received_at)::float)
               FILTER (WHERE state IN ('resolved', 'closed')) AS took
    FROM known
    CROSS JOIN given
    LEFT JOIN pointed ON pointed.id = known.id AND pointed.edition_id = known.edition_id
    WHERE found_id IS NULL
    GROUP BY 1, 2, 3
)
SELECT CASE WHEN NOT former THEN tallied.area_id END AS in_area, district.name AS in_district, group_id,
       received, done, in_time, late, open, rejected, took,
       NULL::text AS digest, NULL::int AS segment, NULL::date AS month, NULL::bytea AS packed
FROM tallied
LEFT JOIN district ON former AND district.area_id = tallied.area_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, digest, NULL, NULL, NULL FROM digest
UNION ALL
SELECT in_area, in_district, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, segment, month, packed
FROM ended, digest
WHERE digest IS DISTINCT FROM %(known)s
