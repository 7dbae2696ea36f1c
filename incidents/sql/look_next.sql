-- When each of these incidents is looked at next.
UPDATE incidents_incident incident
SET chase_at = look.moment
FROM unnest(%(incidents)s::bigint[], %(moments)s::timestamptz[]) look(incident, moment)
WHERE incident.id = look.incident AND incident.chase_at IS DISTINCT FROM look.moment
