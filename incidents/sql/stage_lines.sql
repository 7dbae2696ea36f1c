-- Where the lines of a history wait that are written many at once: the lines, and which incident gets which.
DROP TABLE IF EXISTS staged_line, staged_event;
CREATE TEMP TABLE staged_line (
    line integer, kind text, by bigint, authority bigint, note text, public boolean, reasons jsonb, at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE staged_event (incident bigint, line integer, told boolean, number bigserial) ON COMMIT DROP
