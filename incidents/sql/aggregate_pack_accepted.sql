-- What was accepted of the lines "where", by "key" (the day, as a rule), eight bytes each: unit and field, as they are now,
-- and seconds from its assignment (see incidents/aggregates/days.py).
SELECT {key} AS key, string_agg(int8send(one), '' ORDER BY one) AS packed
FROM (
    SELECT line.at AS moment, (incident.authority_id << 45) | (incident.category_id << 28)
               | least(greatest(extract(epoch FROM line.at - coalesce(given.at, incident.received_at)), 0), 268435455)::bigint
               AS one
    FROM incidents_event line
    JOIN incidents_incident incident ON incident.id = line.incident_id
    CROSS JOIN LATERAL (
        SELECT max(before.at) AS at FROM incidents_event before
        WHERE before.incident_id = line.incident_id AND before.id < line.id AND before.at <= line.at
              AND before.kind IN ('assigned', 'handed_over', 'handed_back', 'claimed')
    ) given
    WHERE line.kind = 'accepted' AND {where}
) accepted
GROUP BY 1
