-- Where due dates wait that are calculated anew.
DROP TABLE IF EXISTS staged_date;
CREATE TEMP TABLE staged_date (
    incident bigint, accept_by timestamptz, first_due_at timestamptz, due_at timestamptz, due_date_trace jsonb
) ON COMMIT DROP
