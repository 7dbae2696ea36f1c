-- The rows of the frames that were kept of a pack turn to the thin one.
UPDATE cameras_frame frame
SET pack = %(new)s, "offset" = kept."offset"
FROM unnest(%(moments)s::timestamptz[], %(offsets)s::bigint[]) kept(taken_at, "offset")
WHERE frame.camera_id = %(camera)s AND frame.taken_at = kept.taken_at AND frame.pack = %(old)s
