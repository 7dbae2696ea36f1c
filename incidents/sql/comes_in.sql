-- What has to be known when a report comes in: the marks of the rules, whether it is here already, as a report or held, for a
-- new one a number and the keys of its rows, the block that its sender is under, and whether words of it are watched.
SELECT
    marks,
    report.id,
    held.id,
    CASE WHEN report.id IS NULL AND held.id IS NULL AND %(new)s THEN nextval('incident_serial') END,
    CASE WHEN report.id IS NULL AND held.id IS NULL AND %(new)s THEN nextval('incidents_incident_id_seq') END,
    CASE WHEN report.id IS NULL AND held.id IS NULL THEN nextval('incidents_report_id_seq') END,
    (
        SELECT block.id FROM incidents_block block
        WHERE block.digest = ANY (%(sender)s::text[]) AND block.ends > statement_timestamp() AND block.lifted_at IS NULL
        ORDER BY block.ends DESC LIMIT 1
    ),
    EXISTS (SELECT FROM incidents_watchedword WHERE position(' ' || search || ' ' IN %(words)s) > 0)
FROM incidents_edits
LEFT JOIN incidents_report report ON report.sending = %(sending)s
LEFT JOIN incidents_heldreport held ON held.sending = %(sending)s AND held.state <> 'through'
