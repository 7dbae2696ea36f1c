-- The decisions take effect. Who waited and does so no more has the time of waiting added to the deadline.
UPDATE incidents_incident incident
SET area_id = move.new_area, authority_id = move.new_authority, state = move.new_state, changed_at = %(at)s,
    waiting_since = CASE WHEN move.new_state = 'waiting' THEN incident.waiting_since END,
    due_at = incident.due_at + CASE WHEN move.new_state <> 'waiting' AND incident.waiting_since IS NOT NULL
                                    THEN %(at)s - incident.waiting_since ELSE interval '0' END
FROM staged_move move
WHERE incident.id = move.incident
