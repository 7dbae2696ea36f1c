-- What the columns of months are made of, in one moment: of each month from first_day to last_day its version; of those that are
-- not as they are known (the parameters months, areas, numbers), at most at_once of them, the packed incidents of all
-- areas; and those of the months and areas of which something is noted, packed now.
-- planner: what is missing and noted is packed once, and only that.
WITH versions AS (
    SELECT month, count(*)::int AS areas, bit_xor(version) AS number
    FROM incidents_endedmonth
    WHERE month >= date_trunc('month', %(first_day)s::date)::date AND month <= %(last_day)s::date
    GROUP BY month
), missing AS MATERIALIZED (
    SELECT versions.month
    FROM versions
    LEFT JOIN unnest(%(months)s::date[], %(areas)s::int[], %(numbers)s::bigint[]) AS known (month, areas, number) USING (month)
    WHERE (versions.areas, versions.number) IS DISTINCT FROM (known.areas, known.number)
    ORDER BY versions.month DESC LIMIT %(at_once)s
), noted AS MATERIALIZED ({noted}
)
SELECT 'month' AS kind, month, number, areas::bigint, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea FROM versions
UNION ALL
SELECT 'missing', month, NULL, area_id, packed, places, units, keys FROM missing JOIN incidents_endedmonth USING (month)
UNION ALL
SELECT 'noted', month, NULL, area_id, packed, places, units, keys FROM noted LEFT JOIN ({packed}) now USING (month, area_id)
