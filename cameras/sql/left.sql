-- A patrol looks no more after these of its cameras, or after any: since now, or, where it died, since it was heard of
-- last or told of a picture. Where nobody told anything since an earlier patrol left, nobody looked since then.
WITH mine AS (
    SELECT camera.id, greatest(shift.heard_at, CASE WHEN last_taken_at < now() THEN last_taken_at END) AS seen_at
    FROM cameras_lease lease
    JOIN cameras_shift shift ON shift.id = lease.shift_id AND shift.name = %(patrol)s
    JOIN cameras_camera camera ON camera.id = lease.camera_id
    WHERE %(cameras)s::bigint[] IS NULL OR camera.id = ANY(%(cameras)s)
    ORDER BY camera.id
    FOR NO KEY UPDATE OF camera
), free AS (
    DELETE FROM cameras_lease WHERE camera_id IN (SELECT id FROM mine)
)
UPDATE cameras_camera camera
SET left_at = coalesce(left_at, CASE WHEN %(dead)s THEN mine.seen_at ELSE now() END)
FROM mine WHERE camera.id = mine.id
