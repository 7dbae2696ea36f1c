-- What was done of the incidents of "incidents", by "key" (the day, as a rule), eight bytes each: unit, field and seconds
-- from report to result (see incidents/sums/units.py).
SELECT {key} AS key, string_agg(int8send(one), '' ORDER BY one) AS packed
FROM (
    SELECT closed_at, (authority_id << 45) | (category_id << 28)
               | least(greatest(extract(epoch FROM closed_at - received_at), 0), 268435455)::bigint AS one
    FROM ({incidents}) incident
    WHERE state IN ('resolved', 'closed')
) done
GROUP BY 1
