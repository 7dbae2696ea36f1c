-- How each unit works in a period: what is open, what was done and when, what it was granted, what citizens dispute and how
-- they rate it, how often it was reminded. "open" below stands for a query of what is open of those that count:
-- authority_id, state, due_at; "shown" for one of all that count: id, authority_id; "parts" for what sums/units.py gives
-- of the period: what was done, and ratings.
WITH lived AS (
    SELECT authority_id, count(*) AS open, count(*) FILTER (WHERE state = ANY(%(running)s) AND due_at < %(now)s) AS late
    FROM ({open}) open
    GROUP BY authority_id
), worked AS (
    SELECT authority_id, sum(done)::int AS done, sum(in_time)::int AS in_time, sum(in_time_first)::int AS in_time_first,
           sum(stars) AS stars, sum(ratings)::int AS ratings
    FROM ({parts}) summed
    WHERE %(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s)
    GROUP BY authority_id
), disputed AS (
    SELECT shown.authority_id, count(*) FILTER (WHERE kind = 'disputed') AS disputes,
           count(*) FILTER (WHERE kind = 'upheld') AS upheld
    FROM incidents_event line JOIN ({shown}) shown ON shown.id = line.incident_id
    WHERE line.kind IN ('disputed', 'upheld') AND line.at >= %(first)s AND line.at < %(last)s
    GROUP BY shown.authority_id
), extended AS (
    SELECT shown.authority_id, count(*) AS asked, count(*) FILTER (WHERE granted) AS granted
    FROM incidents_extension one JOIN ({shown}) shown ON shown.id = one.incident_id
    WHERE one.asked_at >= %(first)s AND one.asked_at < %(last)s
    GROUP BY shown.authority_id
), reminded AS (
    SELECT shown.authority_id, count(*) AS reminders
    FROM incidents_reminder one JOIN ({shown}) shown ON shown.id = one.incident_id
    WHERE one.told AND one.at >= %(first)s AND one.at < %(last)s
    GROUP BY shown.authority_id
)
SELECT unit.id, coalesce(open, 0), coalesce(late, 0), coalesce(done, 0), coalesce(done - in_time, 0), coalesce(in_time, 0),
       coalesce(in_time_first, 0), coalesce(asked, 0), coalesce(granted, 0), coalesce(disputes, 0), coalesce(upheld, 0),
       (stars / nullif(ratings, 0)::float), coalesce(ratings, 0), coalesce(reminders, 0)
FROM incidents_authority unit
LEFT JOIN lived ON lived.authority_id = unit.id
LEFT JOIN worked ON worked.authority_id = unit.id
LEFT JOIN disputed ON disputed.authority_id = unit.id
LEFT JOIN extended ON extended.authority_id = unit.id
LEFT JOIN reminded ON reminded.authority_id = unit.id
WHERE (%(kind)s = '' OR unit.kind = %(kind)s) AND (%(unit)s::bigint IS NULL OR unit.id = %(unit)s)
