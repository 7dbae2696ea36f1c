-- What has to be known when a report comes in: whether it is here already, as a report or held, the marks of the rules, for a
-- new incident a number, the block that its sender is under, and whether words of it are watched.
SELECT
    marks,
    report.id,
    CASE WHEN report.id IS NULL AND held.id IS NULL AND %(new)s THEN nextval('incident_serial') END,
    held.id,
    (
        SELECT block.id FROM incidents_block block
        WHERE block.digest = ANY (%(sender)s::text[]) AND block.ends > statement_timestamp() AND block.lifted_at IS NULL
        ORDER BY block.ends DESC LIMIT 1
    ),
    EXISTS (SELECT FROM incidents_watchedword WHERE position(' ' || search || ' ' IN %(words)s) > 0)
FROM incidents_edits
LEFT JOIN incidents_report report ON report.sending = %(sending)s
LEFT JOIN incidents_heldreport held ON held.sending = %(sending)s AND held.state <> 'through'
