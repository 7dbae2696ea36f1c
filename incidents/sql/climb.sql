-- The rungs that these incidents have reached, as far as nobody has climbed them yet: given are the new ones.
INSERT INTO incidents_reminder (incident_id, rung_id, deadline, at, told)
SELECT climbed.incident, climbed.rung, climbed.deadline, %(at)s, climbed.told
FROM unnest(%(incidents)s::bigint[], %(rungs)s::bigint[], %(deadlines)s::timestamptz[], %(told)s::boolean[])
     climbed(incident, rung, deadline, told)
ON CONFLICT (incident_id, rung_id, deadline) DO NOTHING
RETURNING id, incident_id, rung_id, told
