-- A patrol takes up to so many cameras that nobody looks after. Two patrols that ask at once get different ones.
WITH shift AS (SELECT id FROM cameras_shift WHERE name = %(patrol)s),
free AS (
    SELECT camera.id
    FROM cameras_camera camera
    WHERE camera.active AND camera.url <> ''
      AND NOT EXISTS (SELECT FROM cameras_lease lease WHERE lease.camera_id = camera.id)
    ORDER BY hashtext(camera.code)
    LIMIT %(most)s
    FOR NO KEY UPDATE OF camera SKIP LOCKED
)
INSERT INTO cameras_lease (camera_id, shift_id)
SELECT free.id, shift.id FROM free, shift
ON CONFLICT (camera_id) DO NOTHING
