-- How cameras were found. Only those that this patrol still looks after; time never runs backwards. With its first word
-- of a camera it is told that somebody looks after it, and that, or since when, nobody did.
WITH word AS (
    SELECT * FROM unnest(%(cameras)s::bigint[], %(healths)s::text[], %(sinces)s::timestamptz[], %(moved)s::timestamptz[],
                         %(taken)s::timestamptz[], %(shas)s::text[], %(aways)s::timestamptz[],
                         %(refusals)s::boolean[])
             word(camera, health, since, moved_at, taken_at, sha256, away_since, refused)
),
held AS (
    SELECT camera.id
    FROM cameras_camera camera
    JOIN word ON word.camera = camera.id
    JOIN cameras_lease lease ON lease.camera_id = camera.id
    JOIN cameras_shift shift ON shift.id = lease.shift_id AND shift.name = %(patrol)s
    ORDER BY camera.id
    FOR NO KEY UPDATE OF camera
)
UPDATE cameras_camera camera
SET health = word.health, health_since = word.since, moved_at = word.moved_at,
    away_since = word.away_since, refused = word.refused, left_at = NULL,
    last_taken_at = greatest(camera.last_taken_at, word.taken_at),
    last_sha256 = CASE WHEN word.taken_at > camera.last_taken_at OR camera.last_taken_at IS NULL AND word.taken_at IS NOT NULL
                       THEN word.sha256 ELSE camera.last_sha256 END
FROM word, held
WHERE camera.id = held.id AND word.camera = held.id
RETURNING camera.id, camera.code
