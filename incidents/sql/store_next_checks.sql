-- When each of these incidents is checked next.
UPDATE incidents_incident incident
SET next_check_at = next_check.moment
FROM unnest(%(incidents)s::bigint[], %(moments)s::timestamptz[]) next_check(incident, moment)
WHERE incident.id = next_check.incident AND incident.next_check_at IS DISTINCT FROM next_check.moment
