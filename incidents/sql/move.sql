SELECT set_config('incidents.reform', 'on', true);
-- The decisions take effect. Who waited and does so no more has the time of waiting added to the deadline. Another unit
-- has other people and hours: its ladder is looked at anew.
UPDATE incidents_incident incident
SET area_id = move.new_area, authority_id = move.new_authority, state = move.new_state, changed_at = %(at)s,
    waiting_since = CASE WHEN move.new_state = 'waiting' THEN incident.waiting_since END,
    due_at = incident.due_at + stood, first_due_at = incident.first_due_at + stood, steps_taken = incident.steps_taken + 1,
    due_date_trace = CASE WHEN stood = interval '0' THEN incident.due_date_trace ELSE incident.due_date_trace || jsonb_build_array(
        jsonb_build_object('kind', 'pause', 'why', 'waiting', 'plain', true, 'from', before.waiting_since,
                           'to', %(at)s::timestamptz, 'due', incident.due_at + stood)) END,
    next_check_at = CASE WHEN move.new_state = 'waiting' THEN NULL
                    WHEN move.new_authority <> incident.authority_id OR before.waiting_since IS NOT NULL THEN %(at)s
                    ELSE incident.next_check_at END,
    handler_id = CASE WHEN move.new_authority = incident.authority_id THEN incident.handler_id END,
    crew_id = CASE WHEN move.new_authority = incident.authority_id THEN incident.crew_id END,
    -- what another unit's own system calls it says nothing here
    outside_reference = CASE WHEN move.new_authority = incident.authority_id THEN incident.outside_reference ELSE '' END
FROM staged_move move
JOIN incidents_incident before ON before.id = move.incident
CROSS JOIN LATERAL (
    SELECT CASE WHEN move.new_state <> 'waiting' AND before.waiting_since IS NOT NULL
                THEN %(at)s - before.waiting_since ELSE interval '0' END AS stood
) clock
WHERE incident.id = move.incident
