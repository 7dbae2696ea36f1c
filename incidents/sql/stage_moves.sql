-- Where the decisions about incidents wait until all are made.
DROP TABLE IF EXISTS staged_move;
CREATE TEMP TABLE staged_move (
    incident bigint, old_area bigint, new_area bigint, old_authority bigint, new_authority bigint, old_state text, new_state text
) ON COMMIT DROP
