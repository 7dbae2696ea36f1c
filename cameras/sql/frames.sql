-- New frames enter the index of the ring; one that is there already, or whose camera is gone, is passed over.
INSERT INTO cameras_frame (camera_id, taken_at, sha256, pack, "offset", length, kind, width, height, health, received)
SELECT frame.*
FROM unnest(%(camera_id)s::bigint[], %(taken_at)s::timestamptz[], %(sha256)s::text[], %(pack)s::text[],
            %(offset)s::bigint[], %(length)s::integer[], %(kind)s::text[], %(width)s::smallint[], %(height)s::smallint[],
            %(health)s::text[], %(received)s::jsonb[])
     frame(camera_id, taken_at, sha256, pack, "offset", length, kind, width, height, health, received)
JOIN cameras_camera camera ON camera.id = frame.camera_id
ON CONFLICT DO NOTHING
