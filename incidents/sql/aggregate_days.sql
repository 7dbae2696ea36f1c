-- What happened in each part of the time between "moments" (see aggregate_unit_parts.sql), packed. Of a day of which something
-- is noted it is packed now: so nobody reads what is not so any more.
WITH noted AS (
    SELECT DISTINCT (at AT TIME ZONE %(zone)s)::date AS day FROM ({noted}) note
    WHERE at >= (%(moments)s::timestamptz[])[1]
)
SELECT part, packed
FROM unnest(%(day_parts)s::int[], %(day_firsts)s::date[], %(day_afters)s::date[]) AS span (part, first, after)
CROSS JOIN LATERAL (
    SELECT packed FROM {table} kept
    WHERE kept.day >= span.first AND kept.day < span.after AND NOT EXISTS (SELECT FROM noted WHERE noted.day = kept.day)
    UNION ALL
    SELECT packed FROM noted CROSS JOIN LATERAL ({of_noted}) anew
    WHERE noted.day >= span.first AND noted.day < span.after
) found
UNION ALL
SELECT key, packed FROM ({cut}) cut
