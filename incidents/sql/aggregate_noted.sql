-- The incidents of the months and areas "keys".
-- planner: each month and area is read by its index; flattened, all incidents are read.
SELECT there.*
FROM ({keys}) key
CROSS JOIN LATERAL (
    SELECT id, area_id, authority_id, category_id, place, state, published, received_at, due_at, closed_at
    FROM incidents_incident
    WHERE area_id = key.area_id AND received_at >= key.month::timestamp AT TIME ZONE %(zone)s
        AND received_at < (key.month + interval '1 month') AT TIME ZONE %(zone)s
    OFFSET 0
) there
