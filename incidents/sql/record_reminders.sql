-- Write the escalation steps that these incidents have reached; those that were written before stay, and are not given.
INSERT INTO incidents_reminder (incident_id, step_id, deadline, at, told)
SELECT reached.incident, reached.step, reached.deadline, %(at)s, reached.told
FROM unnest(%(incidents)s::bigint[], %(steps)s::bigint[], %(deadlines)s::timestamptz[], %(told)s::boolean[])
     reached(incident, step, deadline, told)
ON CONFLICT (incident_id, step_id, deadline) DO NOTHING
RETURNING id, incident_id, step_id, told
