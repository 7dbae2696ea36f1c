-- planner: the rows are read as they were before the update.
SELECT set_config('incidents.reform', 'on', true);
-- A reform is taken back: its incidents lie in their old areas again, and have their old authority and state where nobody
-- has moved them since; who of the old unit had them has them again. Those that had waited for their reporter when they
-- fell to the duty desk wait again.
WITH waiting AS (
    SELECT * FROM jsonb_to_recordset(%(waiting)s::jsonb)
        AS waiting(incident bigint, since timestamptz, due timestamptz, first timestamptz)
), handled AS (
    SELECT * FROM jsonb_to_recordset(%(handlers)s::jsonb) AS handled(incident bigint, handler bigint)
), held AS MATERIALIZED (
    SELECT ledger.*, incident.authority_id = ledger.new_authority_id AND incident.state = ANY(%(open)s) AS untouched,
           ledger.new_authority_id = %(desk)s AND ledger.old_authority_id <> ledger.new_authority_id
               AND incident.state = 'received' AS fallen
    FROM incidents_reassignment ledger
    JOIN incidents_incident incident ON incident.id = ledger.incident_id
    WHERE ledger.reform_id = %(reform)s
)
UPDATE incidents_incident incident
SET area_id = held.old_area_id, changed_at = %(at)s,
    authority_id = CASE WHEN untouched THEN held.old_authority_id ELSE incident.authority_id END,
    state = CASE WHEN untouched AND fallen THEN held.old_state ELSE incident.state END,
    waiting_since = CASE WHEN untouched AND fallen THEN waiting.since ELSE incident.waiting_since END,
    due_date_trace = CASE WHEN untouched AND fallen AND waiting.due IS NOT NULL THEN incident.due_date_trace - (-1)
                     ELSE incident.due_date_trace END,  -- without the line of the time that it had stood still
    next_check_at = CASE WHEN untouched AND fallen AND held.old_state = 'waiting' THEN NULL
                    WHEN untouched AND held.old_authority_id <> held.new_authority_id THEN %(at)s
                    ELSE incident.next_check_at END,
    due_at = CASE WHEN untouched AND fallen THEN coalesce(waiting.due, incident.due_at) ELSE incident.due_at END,
    first_due_at = CASE WHEN untouched AND fallen AND waiting.due IS NOT NULL THEN waiting.first
                        ELSE incident.first_due_at END,
    handler_id = CASE WHEN untouched AND incident.handler_id IS NULL THEN handled.handler ELSE incident.handler_id END,
    steps_taken = incident.steps_taken + 1
FROM held
LEFT JOIN waiting ON waiting.incident = held.incident_id
LEFT JOIN handled ON handled.incident = held.incident_id
WHERE incident.id = held.incident_id
RETURNING incident.id, incident.state, held.old_area_id, held.new_area_id, incident.authority_id, held.old_authority_id,
          held.new_authority_id
