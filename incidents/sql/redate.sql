-- The staged due dates take effect; the next chase looks at each whose clock runs, for its ladder hangs on them.
UPDATE incidents_incident incident
SET accept_by = staged.accept_by, first_due_at = staged.first_due_at, due_at = staged.due_at,
    due_date_trace = staged.due_date_trace, changed_at = %(at)s,
    next_check_at = CASE WHEN incident.state = ANY(%(running)s) THEN %(at)s ELSE incident.next_check_at END
FROM staged_date staged
WHERE incident.id = staged.incident
