-- What was done of the incidents "where", by "key" (the day, as a rule), eight bytes each: unit, field and seconds from
-- report to result (see incidents/aggregates/days.py).
SELECT {key} AS key, string_agg(int8send(one), '' ORDER BY one) AS packed
FROM (
    SELECT closed_at AS moment, (authority_id << 45) | (category_id << 28)
               | least(greatest(extract(epoch FROM closed_at - received_at), 0), 268435455)::bigint AS one
    FROM incidents_incident incident
    WHERE state IN ('resolved', 'closed') AND {where}
) done
GROUP BY 1
